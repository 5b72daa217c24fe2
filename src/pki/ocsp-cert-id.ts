import type { Certificate } from "./certificate.ts";
import { type DerReader, tag } from "./der.ts";
import { readAlgorithmIdentifier } from "./algorithm-identifier.ts";
import { sha1, sha256 } from "./digest.ts";
import { digestOid } from "./oid.ts";
import { equalBytes } from "../bytes.ts";

/** The hash that names the issuer in a CertID. It protects nothing: SHA-1 is what responders know. */
export type CertIdHash = "sha1" | "sha256";

/** CertID (RFC 6960 4.1.1). */
export interface CertId {
  /** `null` for a hash that is never asked with here. */
  readonly hash: CertIdHash | null;
  readonly issuerNameHash: Uint8Array;
  readonly issuerKeyHash: Uint8Array;
  /** Contents octets of the INTEGER. */
  readonly serialNumber: Uint8Array;
}

const digests = { sha1, sha256 } as const;

export function certIdOf(certificate: Certificate, issuer: Certificate, hash: CertIdHash): CertId {
  const digest = digests[hash];
  return {
    hash,
    // The issuer's name as the certificate writes it, not as the issuer does (RFC 6960 4.1.1).
    issuerNameHash: digest(certificate.issuer.der),
    issuerKeyHash: digest(issuer.publicKey.keyBits),
    serialNumber: certificate.serialNumber,
  };
}

export function readCertId(reader: DerReader): CertId {
  return reader.within(tag.sequence, (inner) => ({
    hash: readHash(inner),
    issuerNameHash: inner.octetString(),
    issuerKeyHash: inner.octetString(),
    serialNumber: inner.integer(),
  }));
}

function readHash(reader: DerReader): CertIdHash | null {
  const offset = reader.offset;
  const { oid, parameters } = readAlgorithmIdentifier(reader);
  const isNull = parameters !== null && parameters.length === 2 && parameters[0] === tag.null;
  if (parameters !== null && !isNull) reader.fail("parameters of the hash algorithm", offset);
  if (oid === digestOid.sha1) return "sha1";
  return oid === digestOid.sha256 ? "sha256" : null;
}

/** Whether an answer's CertID names exactly this certificate of exactly this issuer. */
export function namesCertificate(certId: CertId, certificate: Certificate, issuer: Certificate): boolean {
  if (certId.hash === null || !equalBytes(certId.serialNumber, certificate.serialNumber)) return false;
  const expected = certIdOf(certificate, issuer, certId.hash);
  return equalBytes(certId.issuerNameHash, expected.issuerNameHash) && equalBytes(certId.issuerKeyHash, expected.issuerKeyHash);
}
