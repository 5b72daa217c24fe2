import { readCrlReason, type CrlReason, type Revocation } from "./crl-reason.ts";
import { type DerReader, tag } from "./der.ts";
import { readExtensionList } from "./extension-list.ts";
import { extensionOid } from "./oid.ts";
import { toHex } from "../bytes.ts";

/** The revoked certificates of one CRL, by serial number (contents octets of the INTEGER). */
export interface RevokedCertificates {
  readonly size: number;
  find(serialNumber: Uint8Array): Revocation | null;
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
  hasCertificateIssuer: boolean;
  hasExtensions: boolean;
  readonly unknownCritical: Set<string>;
}

const maximumSerialOctets = 20;

export const noEntries: CrlEntries = {
  revoked: revokedCertificates(new Map()),
  hasCertificateIssuer: false,
  unknownCritical: new Set(),
  hasExtensions: false,
};

/** Reads revokedCertificates (RFC 5280 5.1.2.6): at least one entry, for an empty list is left out. */
export function readEntries(reader: DerReader): CrlEntries {
  const offset = reader.offset;
  const bySerial = new Map<string, Revocation>();
  const marks: Marks = { hasCertificateIssuer: false, hasExtensions: false, unknownCritical: new Set() };
  reader.within(tag.sequence, (list) => {
    if (list.atEnd) list.fail("revokedCertificates present and empty", offset);
    while (!list.atEnd) readEntry(list, bySerial, marks);
  });
  return { revoked: revokedCertificates(bySerial), ...marks };
}

function readEntry(list: DerReader, bySerial: Map<string, Revocation>, marks: Marks): void {
  list.within(tag.sequence, (entry) => {
    const serial = readSerial(entry);
    const revokedAt = entry.time();
    const reason = entry.atEnd ? null : readEntryExtensions(entry, marks);
    const earlier = bySerial.get(serial);
    // Of two entries for one certificate the final one counts, so that a hold never hides a revocation.
    if (earlier === undefined || earlier.reason === "certificateHold") bySerial.set(serial, { revokedAt, reason });
  });
}

function readSerial(entry: DerReader): string {
  const offset = entry.offset;
  const contents = entry.integer();
  const first = contents[0] ?? 0;
  if (first > 0x7f || (first === 0 && contents.length === 1)) entry.fail("serial number not positive", offset);
  if (contents.length > maximumSerialOctets) entry.fail("serial number longer than 20 octets", offset);
  return toHex(contents);
}

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
        contents.readWellFormed();
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

function revokedCertificates(bySerial: ReadonlyMap<string, Revocation>): RevokedCertificates {
  return {
    size: bySerial.size,
    find: (serialNumber) => bySerial.get(toHex(serialNumber)) ?? null,
    finalOnesMissingIn(other) {
      let missing = 0;
      for (const [serial, { reason }] of bySerial) {
        if (reason !== "certificateHold" && other.find(Buffer.from(serial, "hex")) === null) missing += 1;
      }
      return missing;
    },
  };
}
