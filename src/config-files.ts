import { fromBase64Url } from "./bytes.ts";
import { parseCertificate } from "./pki/certificate.ts";

/** The one certificate of a PEM or DER file; null when it holds none, several, or something else. */
export function certificateIn(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const text = Buffer.from(bytes).toString("latin1");
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)];
  // Of several the later ones would be left out without a word.
  if (blocks.length > 1) return null;
  const inPem = blocks[0]?.[1];
  const der = Uint8Array.from(inPem === undefined ? bytes : Buffer.from(inPem, "base64"));
  return parseCertificate(der).valid ? der : null;
}

/** The 32 octets of a key file; null when it holds something else. */
export function keyIn(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  const key = fromBase64Url(Buffer.from(bytes).toString("utf8").trim());
  // All zeros is a file that was never filled.
  return key?.length === 32 && key.some((octet) => octet !== 0) ? key : null;
}
