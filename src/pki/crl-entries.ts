import { readCrlReason, type CrlReason, type Revocation } from "./crl-reason.ts";
import { type DerReader, tag } from "./der.ts";
import { readExtensionList } from "./extension-list.ts";
import { readGeneralNames } from "./general-name.ts";
import type { Name } from "./name.ts";
import { extensionOid } from "./oid.ts";
import { toHex } from "../bytes.ts";

/** The revoked certificates of one CRL, by serial number (contents octets of the INTEGER). */
export interface RevokedCertificates {
  readonly size: number;
  /** `issuer` of the certificate, where it is not the CRL's: entries of an indirect CRL (RFC 5280 5.3.3). */
  find(serialNumber: Uint8Array, issuer?: Name): Revocation | null;
  /** Revocations of this list that `other` does not have, holds left out: a hold may be lifted. */
  finalOnesMissingIn(other: RevokedCertificates): number;
}

/** What the list of revoked certificates holds besides serial numbers. */
export interface CrlEntries {
  readonly revoked: RevokedCertificates;
  /** An entry names another issuer than the CRL's: the CRL is indirect, whatever its scope says. */
  readonly hasCertificateIssuer: boolean;
  /** Object identifiers of critical entry extensions that are not processed here. */
  readonly unknownCritical: ReadonlySet<string>;
  readonly hasExtensions: boolean;
}

interface Marks {
  /** In comparable form: an entry is of the issuer of the one before it unless it names another. */
  issuer: string;
  hasCertificateIssuer: boolean;
  hasExtensions: boolean;
  readonly unknownCritical: Set<string>;
}

/** How a CRL is read. */
export interface CrlReading {
  /** Whether serial numbers that are zero or negative are read as they stand (RFC 5280 4.1.2.2). */
  readonly anySerialNumber?: boolean;
}

interface EntryReading extends CrlReading {
  /** Of the CRL, and so of its entries until one names another. */
  readonly issuer: Name;
}

const maximumSerialOctets = 20;

export const noEntries: CrlEntries = {
  revoked: revokedCertificates(new Map(), null),
  hasCertificateIssuer: false,
  unknownCritical: new Set(),
  hasExtensions: false,
};

/** Reads revokedCertificates (RFC 5280 5.1.2.6): at least one entry, for an empty list is left out. */
export function readEntries(reader: DerReader, reading: EntryReading): CrlEntries {
  const offset = reader.offset;
  const bySerial = new Map<string, Revocation>();
  const marks: Marks = { issuer: reading.issuer.comparable, hasCertificateIssuer: false, hasExtensions: false, unknownCritical: new Set() };
  reader.within(tag.sequence, (list) => {
    if (list.atEnd) list.fail("revokedCertificates present and empty", offset);
    while (!list.atEnd) readEntry(list, bySerial, marks, reading);
  });
  return { revoked: revokedCertificates(bySerial, reading.issuer), ...marks };
}

function readEntry(list: DerReader, bySerial: Map<string, Revocation>, marks: Marks, reading: EntryReading): void {
  list.within(tag.sequence, (entry) => {
    const contents = readSerial(entry, reading);
    const revokedAt = entry.time();
    const reason = entry.atEnd ? null : readEntryExtensions(entry, marks);
    const serial = key(marks.issuer, contents);
    const earlier = bySerial.get(serial);
    // Of two entries for one certificate the final one counts, so that a hold never hides a revocation.
    if (earlier === undefined || earlier.reason === "certificateHold") bySerial.set(serial, { revokedAt, reason });
  });
}

function readSerial(entry: DerReader, { anySerialNumber = false }: EntryReading): Uint8Array {
  const offset = entry.offset;
  const contents = entry.integer();
  const first = contents[0] ?? 0;
  const isPositive = first <= 0x7f && (first > 0 || contents.length > 1);
  if (!isPositive && !anySerialNumber) entry.fail("serial number not positive", offset);
  if (contents.length > maximumSerialOctets) entry.fail("serial number longer than 20 octets", offset);
  return contents;
}

const key = (issuer: string, serialNumber: Uint8Array): string => `${toHex(serialNumber)} ${issuer}`;

function readEntryExtensions(entry: DerReader, marks: Marks): CrlReason | null {
  let reason: CrlReason | null = null;
  marks.hasExtensions = true;
  const unknown = readExtensionList(entry, (oid, contents) => {
    switch (oid) {
      case extensionOid.reasonCode:
        reason = readCrlReason(contents);
        return true;
      case extensionOid.certificateIssuer:
        marks.hasCertificateIssuer = true;
        marks.issuer = readCertificateIssuer(contents);
        return true;
      case extensionOid.invalidityDate:
        contents.generalizedTime();
        return true;
      default:
        return false;
    }
  });
  for (const oid of unknown) marks.unknownCritical.add(oid);
  return reason;
}

/** The directoryName of a certificateIssuer, in comparable form; what holds none is nobody's. */
function readCertificateIssuer(reader: DerReader): string {
  const named = readGeneralNames(reader, tag.sequence).find((name) => name.kind === "directoryName");
  return named?.kind === "directoryName" ? named.name.comparable : "";
}

function revokedCertificates(bySerial: ReadonlyMap<string, Revocation>, crlIssuer: Name | null): RevokedCertificates {
  return {
    size: bySerial.size,
    find: (serialNumber, issuer) => bySerial.get(key((issuer ?? crlIssuer)?.comparable ?? "", serialNumber)) ?? null,
    finalOnesMissingIn(other) {
      let missing = 0;
      for (const [serial, { reason }] of bySerial) {
        if (reason !== "certificateHold" && other.find(Buffer.from(serial.slice(0, serial.indexOf(" ")), "hex")) === null) missing += 1;
      }
      return missing;
    },
  };
}
