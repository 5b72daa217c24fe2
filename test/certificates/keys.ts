import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { nullValue, oid, sequence } from "./der-writer.ts";
import { signatureOid } from "../../src/pki/oid.ts";

/** Real keys, made once a process, and the schemes they sign by. */

const makers = {
  "rsa-1024": () => generateKeyPairSync("rsa", { modulusLength: 1024 }),
  "rsa-2047": () => generateKeyPairSync("rsa", { modulusLength: 2047 }),
  "rsa-2048": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "rsa-2048-e3": () => generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }),
  p192: () => generateKeyPairSync("ec", { namedCurve: "prime192v1" }),
  p256: () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  p384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  p521: () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  ed25519: () => generateKeyPairSync("ed25519"),
  "dsa-1024": () => generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }),
  "dsa-2048": () => generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }),
} as const;
export type KeyKind = keyof typeof makers;

export interface TestKey {
  readonly kind: KeyKind;
  readonly privateKey: KeyObject;
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
}

const made = new Map<string, TestKey>();

/** The key of this kind and label: the same one for the whole process. */
export function testKey(kind: KeyKind, label = ""): TestKey {
  const name = `${kind} ${label}`;
  const known = made.get(name);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = makers[kind]();
  const key = { kind, privateKey, spki: Uint8Array.from(publicKey.export({ type: "spki", format: "der" })) };
  made.set(name, key);
  return key;
}

export interface SignatureScheme {
  /** DER of the AlgorithmIdentifier. */
  readonly algorithm: Uint8Array;
  /** Name of the digest for node:crypto; `null` for Ed25519. */
  readonly digest: string | null;
}

const withNull = (algorithm: string, digest: string): SignatureScheme => ({ algorithm: sequence(oid(algorithm), nullValue()), digest });
const bare = (algorithm: string, digest: string | null): SignatureScheme => ({ algorithm: sequence(oid(algorithm)), digest });

export const schemes = {
  md5WithRsa: withNull(signatureOid.md5WithRsa, "md5"),
  sha1WithRsa: withNull(signatureOid.sha1WithRsa, "sha1"),
  sha256WithRsa: withNull(signatureOid.sha256WithRsa, "sha256"),
  sha384WithRsa: withNull(signatureOid.sha384WithRsa, "sha384"),
  sha512WithRsa: withNull(signatureOid.sha512WithRsa, "sha512"),
  ecdsaWithSha1: bare(signatureOid.ecdsaWithSha1, "sha1"),
  ecdsaWithSha256: bare(signatureOid.ecdsaWithSha256, "sha256"),
  ecdsaWithSha384: bare(signatureOid.ecdsaWithSha384, "sha384"),
  ecdsaWithSha512: bare(signatureOid.ecdsaWithSha512, "sha512"),
  ed25519: bare(signatureOid.ed25519, null),
  dsaWithSha1: bare(signatureOid.sha1WithDsa, "sha1"),
  dsaWithSha256: bare(signatureOid.sha256WithDsa, "sha256"),
} as const;

/** The scheme a key of this kind usually signs by. */
export function usualScheme(kind: KeyKind): SignatureScheme {
  if (kind.startsWith("rsa")) return schemes.sha256WithRsa;
  if (kind === "ed25519") return schemes.ed25519;
  if (kind.startsWith("dsa")) return kind === "dsa-1024" ? schemes.dsaWithSha1 : schemes.dsaWithSha256;
  if (kind === "p384") return schemes.ecdsaWithSha384;
  return kind === "p521" ? schemes.ecdsaWithSha512 : schemes.ecdsaWithSha256;
}

/** A signature over the data: PKCS#1 v1.5, ECDSA in DER, or Ed25519. */
export function signBy(key: TestKey, data: Uint8Array, scheme: SignatureScheme = usualScheme(key.kind)): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(sign(scheme.digest, data, key.privateKey));
}
