import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { type CrlEntries, type CrlReading, noEntries, readEntries } from "./crl-entries.ts";
import { readIssuingDistributionPoint, type IssuingDistributionPoint } from "./crl-distribution-point.ts";
import { contextConstructed, type DerReader, parseDer, tag } from "./der.ts";
import { readExtensionList } from "./extension-list.ts";
import { type Name, readName } from "./name.ts";
import { extensionOid } from "./oid.ts";
import { equalBytes } from "../bytes.ts";
import { refuse, type Verdict } from "../errors.ts";

/** A CRL (RFC 5280 5.1) as it stands. Byte fields are views of the input. */
export interface CertificateRevocationList {
  /** DER of tbsCertList: what the signature covers. */
  readonly tbs: Uint8Array;
  readonly issuer: Name;
  /** Seconds since the epoch. */
  readonly thisUpdate: number;
  readonly nextUpdate: number | null;
  readonly entries: CrlEntries;
  /** cRLNumber, `null` when absent. */
  readonly number: bigint | null;
  readonly issuingDistributionPoint: IssuingDistributionPoint | null;
  /** BaseCRLNumber of a deltaCRLIndicator, which makes it a list of changes only; `null` for a complete CRL. */
  readonly baseNumber: bigint | null;
  /** DER of the authorityKeyIdentifier's value, `null` when absent. */
  readonly authorityKeyIdentifier: Uint8Array | null;
  /** Object identifiers of critical CRL extensions that are not processed here. */
  readonly unknownCritical: readonly string[];
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** The largest CRL that is read whole into memory, in octets. */
export const maximumCrlLength = 16 * 1024 * 1024;
/** Enough for a CRL of {@link maximumCrlLength} full of the shortest entries. */
const limits = { maximumDepth: 24, maximumValues: 4_000_000 };
const maximumNumberOctets = 20;

/**
 * Reads a CertificateList: strict DER, nothing after it. Says nothing about trust.
 *
 * Refuses with `crl_too_large` above `maximumLength` octets, else `malformed_crl`.
 */
export function parseCrl(der: Uint8Array, maximumLength: number = maximumCrlLength, options: CrlReading = {}): Verdict<CertificateRevocationList> {
  if (der.length > maximumLength) return refuse("crl_too_large", `${der.length} octets`);
  return parseDer(der, { maximumLength, ...limits }, (reader) => readCertificateList(reader, options), "malformed_crl");
}

function readCertificateList(reader: DerReader, options: CrlReading): CertificateRevocationList {
  return reader.within(tag.sequence, (inner) => {
    const tbs = inner.read(tag.sequence);
    const { algorithm, ...fields } = readTbsCertList(inner.inside(tbs), options);
    const offset = inner.offset;
    const signatureAlgorithm = readAlgorithmIdentifier(inner);
    // RFC 5280 5.1.1.2: the same as in tbsCertList, parameters included.
    if (!equalBytes(signatureAlgorithm.der, algorithm.der)) inner.fail("signatureAlgorithm differs from tbsCertList", offset);
    return { tbs: tbs.bytes, ...fields, signatureAlgorithm, signature: inner.bitStringOctets() };
  });
}

function readTbsCertList(reader: DerReader, options: CrlReading) {
  const version = readVersion(reader);
  const algorithm = readAlgorithmIdentifier(reader);
  const issuerOffset = reader.offset;
  const issuer = readName(reader);
  if (issuer.relativeNames.length === 0) reader.fail("issuer empty", issuerOffset);
  const thisUpdate = reader.time();
  const nextUpdate = reader.peekTag() === tag.utcTime || reader.peekTag() === tag.generalizedTime ? reader.time() : null;
  const entriesOffset = reader.offset;
  const entries = reader.peekTag() === tag.sequence ? readEntries(reader, { issuer, ...options }) : noEntries;
  if (version === 1 && entries.hasExtensions) reader.fail("entry extensions in a v1 CRL", entriesOffset);
  if (version === 1 && !reader.atEnd) reader.fail("extensions in a v1 CRL");
  const extensions = reader.withinOptional(contextConstructed(0), readCrlExtensions) ?? noExtensions;
  reader.end();
  return { algorithm, issuer, thisUpdate, nextUpdate, entries, ...extensions };
}

/** v1 is written by leaving the field out, v2 as 1 (RFC 5280 5.1.2.1). */
function readVersion(reader: DerReader): 1 | 2 {
  if (reader.peekTag() !== tag.integer) return 1;
  return reader.smallInteger() === 1 ? 2 : reader.fail("version not v2");
}

type CrlExtensions = Pick<CertificateRevocationList, "number" | "issuingDistributionPoint" | "baseNumber" | "authorityKeyIdentifier" | "unknownCritical">;
const noExtensions: CrlExtensions = { number: null, issuingDistributionPoint: null, baseNumber: null, authorityKeyIdentifier: null, unknownCritical: [] };

function readCrlExtensions(reader: DerReader): CrlExtensions {
  let number: bigint | null = null;
  let issuingDistributionPoint: IssuingDistributionPoint | null = null;
  let baseNumber: bigint | null = null;
  let authorityKeyIdentifier: Uint8Array | null = null;
  const unknownCritical = readExtensionList(reader, (oid, contents) => {
    switch (oid) {
      case extensionOid.cRLNumber:
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
