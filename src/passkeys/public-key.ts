import { createPublicKey, verify } from "node:crypto";
import type { JsonWebKey, KeyObject } from "node:crypto";
import { decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";
import { toBase64Url } from "../bytes.ts";

/** COSE algorithms a passkey may use, most wanted first: ES256, Ed25519, RS256 (RFC 9053, RFC 8812). */
export const algorithms = [-7, -8, -257] as const;

const smallestModulus = 2048;
/** Above these a verification costs more than a caller may be made to pay (RFC 8230 6). */
const largestModulusOctets = 1024;
const largestExponentOctets = 4;

/**
 * Whether the COSE key is one of {@link algorithms} on the right curve, with a point on that curve, or an
 * RSA key of 2048 to 8192 bits. An unattested registration proves nothing of the key, so it is checked
 * here and not at the first sign-in.
 */
export function isAcceptedPublicKey(coseKey: Uint8Array<ArrayBuffer>): boolean {
  const key = importPublicKey(coseKey);
  return key !== null && (key.asymmetricKeyType !== "rsa" || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= smallestModulus);
}

/** Whether the holder of a COSE key of {@link algorithms} signed these octets (WebAuthn 6.5.5: an ES256 signature is DER). */
export function isSignedBy(coseKey: Uint8Array<ArrayBuffer>, data: Uint8Array, signature: Uint8Array): boolean {
  const key = importPublicKey(coseKey);
  return key !== null && verify(key.asymmetricKeyType === "ed25519" ? null : "sha256", data, key, signature);
}

/** Null for what is no COSE key of {@link algorithms}. */
function importPublicKey(coseKey: Uint8Array<ArrayBuffer>): KeyObject | null {
  try {
    const decoded: unknown = decodeCredentialPublicKey(coseKey);
    const jwk = decoded instanceof Map ? toJwk(decoded) : undefined;
    return jwk === undefined ? null : createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return null;
  }
}

/** The parameters by their COSE labels: 1 kty, 3 alg, then -1, -2, -3 by key type (RFC 9053 7, RFC 8230 4). */
function toJwk(key: ReadonlyMap<unknown, unknown>): JsonWebKey | undefined {
  const octets = (label: number): string => {
    const value = key.get(label);
    return value instanceof Uint8Array ? toBase64Url(value) : "";
  };
  switch (key.get(3)) {
    case -7:
      return key.get(1) === 2 && key.get(-1) === 1 ? { kty: "EC", crv: "P-256", x: octets(-2), y: octets(-3) } : undefined;
    case -8:
      return key.get(1) === 1 && key.get(-1) === 6 ? { kty: "OKP", crv: "Ed25519", x: octets(-2) } : undefined;
    case -257:
      return key.get(1) === 3 && hasAtMost(key.get(-1), largestModulusOctets) && hasAtMost(key.get(-2), largestExponentOctets) ? { kty: "RSA", n: octets(-1), e: octets(-2) } : undefined;
    default:
      return undefined;
  }
}

const hasAtMost = (value: unknown, octets: number): boolean => value instanceof Uint8Array && value.length <= octets;
