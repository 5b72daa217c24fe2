import { readCrlReasonNumber } from "./crl-reason.ts";
import { noReason } from "./crl-serials.ts";
import { type DerReader, tag } from "./der.ts";
import { readExtensionList } from "./extension-list.ts";
import { readGeneralNames } from "./general-name.ts";
import { extensionOid } from "./oid.ts";

/** One entry of revokedCertificates. */
export interface CrlEntry {
  /** Contents octets. */
  readonly serialNumber: Uint8Array;
  /** Seconds since the epoch. */
  readonly revokedAt: number;
  /** CRLReason by number; {@link noReason} when none is given. */
  readonly reason: number;
  /** The directoryName of certificateIssuer, in comparable form; `null` when the entry has none. */
  readonly issuer: string | null;
  readonly unknownCritical: readonly string[];
  readonly hasExtensions: boolean;
}

const maximumSerialOctets = 20;

export function readEntry(reader: DerReader, anySerialNumber: boolean): CrlEntry {
  return reader.within(tag.sequence, (entry) => {
    const serialNumber = readSerial(entry, anySerialNumber);
    const revokedAt = entry.time();
    if (entry.atEnd) return { serialNumber, revokedAt, reason: noReason, issuer: null, unknownCritical: [], hasExtensions: false };
    return { serialNumber, revokedAt, ...readEntryExtensions(entry), hasExtensions: true };
  });
}

function readSerial(entry: DerReader, anySerialNumber: boolean): Uint8Array {
  const offset = entry.offset;
  const contents = entry.integer();
  const first = contents[0] ?? 0;
  const isPositive = first <= 0x7f && (first > 0 || contents.length > 1);
  if (!isPositive && !anySerialNumber) entry.fail("serial number not positive", offset);
  if (contents.length > maximumSerialOctets) entry.fail("serial number longer than 20 octets", offset);
  return contents;
}

function readEntryExtensions(entry: DerReader): Pick<CrlEntry, "reason" | "issuer" | "unknownCritical"> {
  let reason = noReason;
  let issuer: string | null = null;
  const unknownCritical = readExtensionList(entry, (oid, contents) => {
    switch (oid) {
      case extensionOid.reasonCode:
        reason = readCrlReasonNumber(contents);
        return true;
      case extensionOid.certificateIssuer:
        issuer = readCertificateIssuer(contents);
        return true;
      case extensionOid.invalidityDate:
        contents.generalizedTime();
        return true;
      default:
        return false;
    }
  });
  return { reason, issuer, unknownCritical };
}

/** A certificateIssuer that holds no directoryName is nobody's. */
function readCertificateIssuer(reader: DerReader): string {
  const named = readGeneralNames(reader, tag.sequence).find((name) => name.kind === "directoryName");
  return named?.kind === "directoryName" ? named.name.comparable : "";
}
