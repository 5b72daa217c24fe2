import { sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { bitString, contextConstructed, integer, nothing, objectIdentifier, sequence, time } from "./der.ts";
import type { Der } from "./der.ts";
import { oid } from "./object-identifiers.ts";

const signAsync = promisify(sign);

/** AlgorithmIdentifier of RSA PKCS#1 v1.5 with SHA-256 (RFC 4055 5). */
export const signatureAlgorithm = (): Der => sequence(objectIdentifier(oid.sha256WithRsaEncryption), nothing());

/** Signs `tbs` and gives SEQUENCE { tbs, algorithm, signature }: certificate and CRL have this shape. */
export async function signed(tbs: Uint8Array, privateKey: KeyObject): Promise<Der> {
  return sequence(tbs, signatureAlgorithm(), bitString(await signature(tbs, privateKey)));
}

/** The bare signature, computed off the main thread. */
export async function signature(tbs: Uint8Array, privateKey: KeyObject): Promise<Uint8Array> {
  return signAsync("sha256", tbs, privateKey);
}

export interface CertificateFields {
  readonly serial: number;
  /** DER Names. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Seconds since the epoch, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

/** An X.509 v3 certificate (RFC 5280 4.1) in DER. */
export async function buildCertificate(fields: CertificateFields, issuerKey: KeyObject): Promise<Der> {
  const tbs = sequence(
    contextConstructed(0, integer(2)),
    integer(fields.serial),
    signatureAlgorithm(),
    fields.issuer,
    sequence(time(fields.notBefore), time(fields.notAfter)),
    fields.subject,
    fields.publicKey,
    contextConstructed(3, sequence(...fields.extensions)),
  );
  return signed(tbs, issuerKey);
}
