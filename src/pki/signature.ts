import { constants, verify } from "node:crypto";
import type { AlgorithmIdentifier } from "./algorithm-identifier.ts";
import type { SubjectPublicKeyInfo } from "./certificate.ts";
import { signatureOid } from "./oid.ts";
import { type Curve, type EcPublicKey, parsePublicKey, type PublicKey, type RsaPublicKey } from "./public-key.ts";
import { type Digest, readPssParameters } from "./pss-parameters.ts";
import { bigEndian } from "./unsigned-integer.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

/** How a signature is to be checked. */
export type SignatureScheme =
  | { readonly kind: "rsa-pkcs1"; readonly digest: Digest }
  | { readonly kind: "rsa-pss"; readonly digest: Digest; readonly saltLength: number }
  | { readonly kind: "ecdsa"; readonly digest: Digest }
  | { readonly kind: "ed25519" }
  | { readonly kind: "dsa"; readonly digest: "sha1" | "sha256" };

const pkcs1 = new Map<string, Digest>([
  [signatureOid.sha256WithRsa, "sha256"],
  [signatureOid.sha384WithRsa, "sha384"],
  [signatureOid.sha512WithRsa, "sha512"],
]);
const ecdsa = new Map<string, Digest>([
  [signatureOid.ecdsaWithSha256, "sha256"],
  [signatureOid.ecdsaWithSha384, "sha384"],
  [signatureOid.ecdsaWithSha512, "sha512"],
]);
const dsa = new Map<string, "sha1" | "sha256">([
  [signatureOid.sha1WithDsa, "sha1"],
  [signatureOid.sha256WithDsa, "sha256"],
]);
const weak = new Set<string>([
  signatureOid.md2WithRsa,
  signatureOid.md4WithRsa,
  signatureOid.md5WithRsa,
  signatureOid.sha1WithRsa,
  signatureOid.sha1WithRsaOiw,
  signatureOid.sha1WithDsa,
  signatureOid.sha224WithRsa,
  signatureOid.ecdsaWithSha1,
  signatureOid.ecdsaWithSha224,
]);

/** No scheme above gives a longer one. */
const maximumSignatureOctets = 1024;

/**
 * The scheme an AlgorithmIdentifier names (RFC 4055, RFC 5758, RFC 8410).
 *
 * Refuses with `weak_algorithm` (below SHA-256) or `unsupported_algorithm` (unknown, or parameters that
 * the algorithm does not have).
 *
 * @param acceptDsa - whether DSA (RFC 3279 2.2.2, RFC 5758 3.1) is one, with SHA-1 as well.
 */
export function signatureScheme({ oid, parameters }: AlgorithmIdentifier, acceptDsa = false): Verdict<SignatureScheme> {
  const dsaDigest = acceptDsa && parameters === null ? dsa.get(oid) : undefined;
  if (dsaDigest !== undefined) return accept({ kind: "dsa", digest: dsaDigest });
  if (weak.has(oid)) return refuse("weak_algorithm", oid);
  if (oid === signatureOid.rsassaPss) return readPssScheme(parameters);
  const pkcs1Digest = pkcs1.get(oid);
  // RFC 4055 5: NULL, and absence is to be accepted as well.
  if (pkcs1Digest !== undefined) return parametersNullOrAbsent(parameters, { kind: "rsa-pkcs1", digest: pkcs1Digest });
  if (parameters !== null) return refuse("unsupported_algorithm", `${oid} with parameters`);
  const ecdsaDigest = ecdsa.get(oid);
  if (ecdsaDigest !== undefined) return accept({ kind: "ecdsa", digest: ecdsaDigest });
  return oid === signatureOid.ed25519 ? accept({ kind: "ed25519" }) : refuse("unsupported_algorithm", oid);
}

function parametersNullOrAbsent(parameters: Uint8Array | null, scheme: SignatureScheme): Verdict<SignatureScheme> {
  const isNull = parameters?.length === 2 && parameters[0] === 5;
  return parameters === null || isNull ? accept(scheme) : refuse("unsupported_algorithm", "RSA signature with parameters");
}

function readPssScheme(parameters: Uint8Array | null): Verdict<SignatureScheme> {
  const read = readPssParameters(parameters);
  return read.valid ? accept({ kind: "rsa-pss", ...read.value }) : read;
}

/**
 * Checks a signature over the data.
 *
 * Refuses with the codes of {@link signatureScheme} and of `parsePublicKey`, and with `bad_signature` when
 * the key is of another algorithm or the signature is not of this key over these octets.
 */
export function verifySignature(input: {
  readonly algorithm: AlgorithmIdentifier;
  readonly publicKey: SubjectPublicKeyInfo;
  readonly data: Uint8Array;
  readonly signature: Uint8Array;
  /** Default: `false`; see {@link signatureScheme}. */
  readonly acceptDsa?: boolean;
}): Verdict<true> {
  const scheme = signatureScheme(input.algorithm, input.acceptDsa);
  if (!scheme.valid) return scheme;
  const key = parsePublicKey(input.publicKey);
  if (!key.valid) return key;
  return holds(scheme.value, key.value, input.data, input.signature) ? accept(true) : refuse("bad_signature", input.algorithm.oid);
}

function holds(scheme: SignatureScheme, key: PublicKey, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length > maximumSignatureOctets) return false;
  switch (scheme.kind) {
    case "rsa-pkcs1":
      return key.kind === "rsa" && isRsaPkcs1Signature(key, scheme.digest, data, signature);
    case "rsa-pss":
      return key.kind === "rsa" && isRsaPssSignature(key, scheme.digest, scheme.saltLength, data, signature);
    case "ecdsa":
      return key.kind === "ec" && isEcdsaDerSignature(key, scheme.digest, data, signature);
    case "ed25519":
      return key.kind === "ed25519" && signature.length === 64 && verify(null, data, key.key, signature);
    case "dsa":
      return key.kind === "dsa" && verify(scheme.digest, data, key.key, signature);
  }
}

/** RSASSA-PKCS1-v1_5 (RFC 8017 8.2.2): as long as the modulus, to the octet. */
export function isRsaPkcs1Signature(key: RsaPublicKey, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== key.modulus.length) return false;
  // The padding of a key of rsaEncryption when none is named.
  return verify(digest, data, key.key, signature);
}

function isRsaPssSignature(key: RsaPublicKey, digest: Digest, saltLength: number, data: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== key.modulus.length) return false;
  return verify(digest, data, { key: key.key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
}

/** ECDSA (FIPS 186-5 6.4.2) with r and s in DER (RFC 3279 2.2.3). */
function isEcdsaDerSignature(key: EcPublicKey, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  // DER is the encoding when none is named.
  return verify(digest, data, key.key, signature);
}

/** ECDSA with r and s side by side, each as long as the curve's order; neither zero nor the order or above. */
export function isEcdsaP1363Signature(key: EcPublicKey, digest: Digest, data: Uint8Array, signature: Uint8Array): boolean {
  const order = orders[key.curve];
  const length = Math.ceil(order.toString(16).length / 2);
  if (signature.length !== 2 * length) return false;
  const halves = [signature.subarray(0, length), signature.subarray(length)].map(bigEndian);
  if (halves.some((half) => half === 0n || half >= order)) return false;
  return verify(digest, data, { key: key.key, dsaEncoding: "ieee-p1363" }, signature);
}

/** Orders of the curves' base points (SP 800-186 3.2.1). */
const orders: { readonly [Name in Curve]: bigint } = {
  "P-256": 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  "P-384": 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  "P-521":
    0x1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
};
