import { type Revocation } from "./crl-reason.ts";
import { createFinder, emptyTable, revocationAt, serialAt, type SerialTable } from "./crl-serials.ts";
import type { Name } from "./name.ts";

/** The revoked certificates of one CRL, by serial number (contents octets of the INTEGER). */
export interface RevokedCertificates {
  readonly size: number;
  /** `issuer` of the certificate, where it is not the CRL's: entries of an indirect CRL (RFC 5280 5.3.3). */
  find(serialNumber: Uint8Array, issuer?: Name): Revocation | null;
  readonly table: SerialTable;
}

/** What the list of revoked certificates holds besides serial numbers. */
export interface CrlEntries {
  readonly revoked: RevokedCertificates;
  /** An entry names another issuer than the CRL's: the CRL is indirect, whatever its scope says. */
  readonly hasCertificateIssuer: boolean;
  /** Object identifiers of critical entry extensions that are not processed here. */
  readonly unknownCritical: ReadonlySet<string>;
  readonly hasExtensions: boolean;
  /** A certificate is listed more than once. */
  readonly hasDuplicates: boolean;
}

/** Comparable names of the certificate issuers of an indirect CRL, numbered; the CRL's own is zero. */
export type IssuerNumbers = ReadonlyMap<string, number>;

export function revokedCertificates(table: SerialTable, issuers: IssuerNumbers): RevokedCertificates {
  const positionOf = createFinder(table);
  const numberOf = (issuer: Name | undefined) => (issuer === undefined ? 0 : issuers.get(issuer.comparable));
  return {
    size: table.size,
    table,
    find(serialNumber, issuer) {
      const number = numberOf(issuer);
      const entry = number === undefined ? -1 : positionOf(serialNumber, number);
      return entry < 0 ? null : revocationAt(table, entry);
    },
  };
}

/**
 * How many of the entries `from` up to `to` of a list its successor does not have, holds left out: a hold
 * may be lifted, and nothing else. In parts, for a million entries take their time.
 */
export function finalOnesMissing(list: SerialTable, successor: SerialTable, from: number, to: number): number {
  const find = createFinder(successor);
  let missing = 0;
  for (let entry = from; entry < Math.min(to, list.size); entry += 1) {
    if (revocationAt(list, entry).reason !== "certificateHold" && find(serialAt(list, entry), 0) < 0) missing += 1;
  }
  return missing;
}

/** The entries of a CRL that was judged before: direct, and without anything that would have had it refused. */
export function entriesOf(table: SerialTable): CrlEntries {
  return { revoked: revokedCertificates(table, new Map()), hasCertificateIssuer: false, unknownCritical: new Set(), hasExtensions: false, hasDuplicates: false };
}

export const noEntries: CrlEntries = entriesOf(emptyTable);
