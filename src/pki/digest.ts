import { hash } from "node:crypto";
import { toBase64Url } from "../bytes.ts";

/** SHA-256 of the bytes: 32 octets. */
export function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash("sha256", bytes, "buffer"));
}

/** SHA-256 in base64url, as thumbprints and code hashes are written. */
export function sha256Base64Url(bytes: Uint8Array): string {
  return toBase64Url(sha256(bytes));
}

/** SHA-1, only to name things: key identifiers (RFC 5280 4.2.1.2) and OCSP CertIDs. Never under a signature. */
export function sha1(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hash("sha1", bytes, "buffer"));
}
