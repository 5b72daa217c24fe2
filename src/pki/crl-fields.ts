import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { readIssuingDistributionPoint, type IssuingDistributionPoint } from "./crl-distribution-point.ts";
import { contextConstructed, type DerReader, tag } from "./der.ts";
import { readExtensionList } from "./extension-list.ts";
import { type Name, readName } from "./name.ts";
import { extensionOid } from "./oid.ts";

/** The fields of tbsCertList before its entries (RFC 5280 5.1.2). */
export interface CrlHead {
  readonly version: 1 | 2;
  readonly algorithm: AlgorithmIdentifier;
  readonly issuer: Name;
  /** Seconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
}

/** What the extensions of a CRL say (RFC 5280 5.2). */
export interface CrlExtensions {
  /** cRLNumber, `null` when absent. */
  readonly number: bigint | null;
  readonly issuingDistributionPoint: IssuingDistributionPoint | null;
  /** BaseCRLNumber of a deltaCRLIndicator, which makes it a list of changes only; `null` for a complete CRL. */
  readonly baseNumber: bigint | null;
  /** DER of the authorityKeyIdentifier's value, `null` when absent. */
  readonly authorityKeyIdentifier: Uint8Array | null;
  /** Object identifiers of critical CRL extensions that are not processed here. */
  readonly unknownCritical: readonly string[];
}

const maximumNumberOctets = 20;

export function readCrlHead(reader: DerReader): CrlHead {
  const version = readVersion(reader);
  const algorithm = readAlgorithmIdentifier(reader);
  const issuerOffset = reader.offset;
  const issuer = readName(reader);
  if (issuer.relativeNames.length === 0) reader.fail("issuer empty", issuerOffset);
  const thisUpdate = reader.time();
  const nextUpdate = reader.atEnd ? null : reader.time();
  return { version, algorithm, issuer, thisUpdate, nextUpdate };
}

/** v1 is written by leaving the field out, v2 as 1 (RFC 5280 5.1.2.1). */
function readVersion(reader: DerReader): 1 | 2 {
  if (reader.peekTag() !== tag.integer) return 1;
  return reader.smallInteger() === 1 ? 2 : reader.fail("version not v2");
}

const noExtensions: CrlExtensions = { number: null, issuingDistributionPoint: null, baseNumber: null, authorityKeyIdentifier: null, unknownCritical: [] };

/** Reads what follows the entries: `[0]` Extensions, or nothing. */
export function readCrlExtensions(reader: DerReader, version: 1 | 2): CrlExtensions {
  if (reader.atEnd) return noExtensions;
  return version === 1 ? reader.fail("extensions in a v1 CRL") : reader.within(contextConstructed(0), readExtensions);
}

function readExtensions(reader: DerReader): CrlExtensions {
  let number: bigint | null = null;
  let issuingDistributionPoint: IssuingDistributionPoint | null = null;
  let baseNumber: bigint | null = null;
  let authorityKeyIdentifier: Uint8Array | null = null;
  const unknownCritical = readExtensionList(reader, (oid, contents, critical) => {
    switch (oid) {
      case extensionOid.cRLNumber:
        if (critical) contents.fail("cRLNumber critical (RFC 5280 5.2.3)");
        number = readCrlNumber(contents);
        return true;
      case extensionOid.issuingDistributionPoint:
        issuingDistributionPoint = readIssuingDistributionPoint(contents);
        return true;
      case extensionOid.deltaCRLIndicator:
        baseNumber = readCrlNumber(contents);
        return true;
      case extensionOid.authorityKeyIdentifier:
        authorityKeyIdentifier = contents.readWellFormed().bytes;
        return true;
      default:
        return false;
    }
  });
  return { number, issuingDistributionPoint, baseNumber, authorityKeyIdentifier, unknownCritical };
}

/** CRLNumber: INTEGER (0..MAX), at most 20 octets (RFC 5280 5.2.3). */
function readCrlNumber(reader: DerReader): bigint {
  const offset = reader.offset;
  const contents = reader.integer();
  if ((contents[0] ?? 0) > 0x7f || contents.length > maximumNumberOctets) reader.fail("CRLNumber not valid", offset);
  return contents.reduce((number, octet) => (number << 8n) | BigInt(octet), 0n);
}
