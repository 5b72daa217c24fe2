import type { KeyObject } from "node:crypto";
import { toBase64Url } from "../../../bytes.ts";

/** One key of a Secure Element with its certificate; certificates are base64url DER. */
export interface SecureElementSlot {
  readonly certificate: string;
  readonly caCertificate: string;
  /** RSA private key (RFC 7518 6.3.2). */
  readonly key: JsonWebKey;
  readonly pin: string;
}

/** Everything that a software Secure Element needs to play a persona's phone or card. Sandbox only. */
export interface SecureElementImage {
  readonly authentication: SecureElementSlot | null;
  readonly signature: SecureElementSlot | null;
}

/** The same for every persona: four digits, and six upper-case letters and digits. */
export const pins = { authentication: "1234", signature: "ABC123" } as const;

export function secureElementSlot(
  certificate: string,
  caCertificate: Uint8Array | string,
  key: KeyObject,
  pin: string,
): SecureElementSlot {
  const issuer = typeof caCertificate === "string" ? caCertificate : toBase64Url(caCertificate);
  return { certificate, caCertificate: issuer, key: key.export({ format: "jwk" }), pin };
}
