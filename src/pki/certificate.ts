import { type AlgorithmIdentifier, readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { context, contextConstructed, type DerLimits, type DerReader, parseDer, tag } from "./der.ts";
import { type Extensions, noExtensions, readExtensions } from "./extensions.ts";
import { type Name, readName } from "./name.ts";
import { equalBytes } from "../bytes.ts";
import { refuse, type Verdict } from "../errors.ts";

/** SubjectPublicKeyInfo (RFC 5280 4.1.2.7). */
export interface SubjectPublicKeyInfo {
  /** DER of the whole SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Contents of subjectPublicKey without the octet of unused bits: what key identifiers and OCSP hash. */
  readonly keyBits: Uint8Array;
  /** Object identifier of the key's algorithm. */
  readonly algorithm: string;
  /** DER of its parameters, `null` when absent. */
  readonly parameters: Uint8Array | null;
}

/** An X.509 certificate (RFC 5280 4.1). Every byte field is a view of {@link der}. */
export interface Certificate {
  readonly der: Uint8Array;
  /** DER of tbsCertificate: what the signature covers. */
  readonly tbs: Uint8Array;
  readonly version: 1 | 2 | 3;
  /** Contents octets: positive, minimal, at most 20. */
  readonly serialNumber: Uint8Array;
  readonly issuer: Name;
  readonly subject: Name;
  /** Seconds since the epoch; the first and the last second in which the certificate is valid. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
  readonly extensions: Extensions;
}

/** The largest certificate that is looked at, in octets. */
export const maximumCertificateLength = 16 * 1024;
const limits: DerLimits = { maximumLength: maximumCertificateLength, maximumDepth: 24, maximumValues: 4096 };
const maximumSerialOctets = 20;

/** Which encodings of the validity are read (RFC 5280 4.1.2.5): those an authority must choose, or all a verifier must know. */
export type ValidityEncoding = "utcTimeUntil2049" | "either";

/**
 * Reads a certificate: strict DER, nothing after it. Says nothing about trust.
 *
 * Refuses with `certificate_too_large` above {@link maximumCertificateLength}, else `malformed_certificate`.
 */
export function parseCertificate(der: Uint8Array, validity: ValidityEncoding = "utcTimeUntil2049"): Verdict<Certificate> {
  if (der.length > maximumCertificateLength) return refuse("certificate_too_large", `${der.length} octets`);
  return parseDer(der, limits, (reader) => readCertificate(reader, validity), "malformed_certificate");
}

/** Reads a Certificate where it stands in another structure (the certs of an OCSP response). */
export function readCertificate(reader: DerReader, validity: ValidityEncoding = "utcTimeUntil2049"): Certificate {
  const whole = reader.read(tag.sequence);
  const inner = reader.inside(whole);
  const tbs = inner.read(tag.sequence);
  const fields = readTbsCertificate(inner.inside(tbs), validity);
  const algorithmOffset = inner.offset;
  const signatureAlgorithm = readAlgorithmIdentifier(inner);
  // RFC 5280 4.1.1.2: the same as in tbsCertificate, parameters included.
  if (!equalBytes(signatureAlgorithm.der, fields.signature.der)) inner.fail("signatureAlgorithm differs from tbsCertificate", algorithmOffset);
  const signature = inner.bitStringOctets();
  inner.end();
  return { der: whole.bytes, tbs: tbs.bytes, ...fields, signatureAlgorithm, signature };
}

function readTbsCertificate(reader: DerReader, validity: ValidityEncoding) {
  const version = readVersion(reader);
  const serialNumber = readSerialNumber(reader);
  const signature = readAlgorithmIdentifier(reader);
  const issuerOffset = reader.offset;
  const issuer = readName(reader);
  if (issuer.relativeNames.length === 0) reader.fail("issuer empty", issuerOffset);
  const { notBefore, notAfter } = readValidity(reader, validity);
  const subject = readName(reader);
  const publicKey = readSubjectPublicKeyInfo(reader);
  skipUniqueIdentifiers(reader, version);
  const extensions = reader.atEnd ? noExtensions : readExtensionsOf(reader, version);
  reader.end();
  return { version, serialNumber, signature, issuer, notBefore, notAfter, subject, publicKey, extensions };
}

function readVersion(reader: DerReader): 1 | 2 | 3 {
  if (reader.peekTag() !== contextConstructed(0)) return 1;
  const number = reader.within(contextConstructed(0), (inner) => inner.smallInteger());
  if (number === 1) return 2;
  // Zero is the default and so never encoded (X.690 11.5).
  return number === 2 ? 3 : reader.fail("version not v2 or v3");
}

function readSerialNumber(reader: DerReader): Uint8Array {
  const offset = reader.offset;
  const serialNumber = reader.integer();
  const first = serialNumber[0] ?? 0;
  if (first > 0x7f || (first === 0 && serialNumber.length === 1)) reader.fail("serialNumber not positive", offset);
  if (serialNumber.length > maximumSerialOctets) reader.fail("serialNumber longer than 20 octets", offset);
  return serialNumber;
}

function readValidity(reader: DerReader, encoding: ValidityEncoding): { notBefore: number; notAfter: number } {
  const time = (inner: DerReader): number =>
    encoding === "either" && inner.peekTag() === tag.generalizedTime ? inner.generalizedTime() : inner.time();
  return reader.within(tag.sequence, (inner) => ({ notBefore: time(inner), notAfter: time(inner) }));
}

/** Reads a SubjectPublicKeyInfo; the key inside is judged by `public-key.ts`. */
export function readSubjectPublicKeyInfo(reader: DerReader): SubjectPublicKeyInfo {
  const value = reader.read(tag.sequence);
  const inner = reader.inside(value);
  const { oid, parameters } = readAlgorithmIdentifier(inner);
  const keyBits = inner.bitStringOctets();
  inner.end();
  return { spki: value.bytes, keyBits, algorithm: oid, parameters };
}

/** issuerUniqueID and subjectUniqueID: no meaning is left to them (RFC 5280 4.1.2.8). */
function skipUniqueIdentifiers(reader: DerReader, version: 1 | 2 | 3): void {
  for (const identifier of [context(1), context(2)]) {
    if (reader.peekTag() !== identifier) continue;
    if (version === 1) reader.fail("unique identifier in a v1 certificate");
    reader.bitString(identifier);
  }
}

function readExtensionsOf(reader: DerReader, version: 1 | 2 | 3): Extensions {
  if (version !== 3) reader.fail("extensions in a certificate that is not v3");
  return reader.within(contextConstructed(3), readExtensions);
}
