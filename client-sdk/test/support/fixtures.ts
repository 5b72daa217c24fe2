import { toBase64Url } from "../../src/bytes.ts";
import type { SecureElementImage, SecureElementKeyImage } from "../../src/software/secure-element-image.ts";

export interface KeyPair {
  readonly privateJwk: JsonWebKey;
  readonly publicKey: CryptoKey;
}

const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) } as const;

export async function newKeyPair(hash: "SHA-256" | "SHA-384" | "SHA-512" = "SHA-256"): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey({ ...algorithm, hash }, true, ["sign", "verify"]);
  return { privateJwk: await crypto.subtle.exportKey("jwk", pair.privateKey), publicKey: pair.publicKey };
}

/** Whether a signature over a message verifies, by the platform's own implementation. */
export async function verifies(publicKey: CryptoKey, signature: Uint8Array, message: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify(algorithm.name, publicKey, Uint8Array.from(signature), Uint8Array.from(message));
}

/** A DER SEQUENCE of `length` octets in all that stands for a certificate; its octets tell their offset. */
export function derOf(length: number): Uint8Array<ArrayBuffer> {
  const der = Uint8Array.from({ length }, (_, offset) => offset % 251);
  if (length < 130) der.set([0x30, length - 2]);
  else if (length < 259) der.set([0x30, 0x81, length - 3]);
  else der.set([0x30, 0x82, (length - 4) >> 8, (length - 4) & 0xff]);
  return der;
}

export const certificates = { authentication: derOf(1534), signature: derOf(1999), ca: derOf(1000) };

export function imageOf(key: JsonWebKey, more: Partial<Record<"authentication" | "signature", Partial<SecureElementKeyImage> | null>> = {}): SecureElementImage {
  const part = (use: "authentication" | "signature", pin: string): SecureElementKeyImage | null =>
    more[use] === null
      ? null
      : { certificate: toBase64Url(certificates[use]), caCertificate: toBase64Url(certificates.ca), key, pin, ...more[use] };
  return { authentication: part("authentication", "1234"), signature: part("signature", "ABC123") };
}
