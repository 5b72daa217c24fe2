import { fromBase64 } from "../bytes.ts";

/** A picture that was looked at: what it says it is, it is. */
export interface ModelIcon {
  readonly type: "image/png" | "image/jpeg";
  readonly body: Uint8Array;
}

const maximumOctets = 64 * 1024;
const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const jpeg = [0xff, 0xd8, 0xff];

/**
 * The icon of a metadata statement, a `data:` URL (RFC 2397); `null` unless it is a small PNG or JPEG.
 * SVG is left out: it may hold scripts.
 */
export function readIcon(url: unknown): ModelIcon | null {
  if (typeof url !== "string" || url.length > maximumOctets * 1.5) return null;
  const found = /^data:image\/(?:png|jpe?g);base64,([A-Za-z0-9+/=]+)$/.exec(url);
  const body = fromBase64(found?.[1] ?? "");
  if (body === null || body.length > maximumOctets) return null;
  if (startsWith(body, png)) return { type: "image/png", body };
  return startsWith(body, jpeg) ? { type: "image/jpeg", body } : null;
}

const startsWith = (body: Uint8Array, signature: readonly number[]): boolean => signature.every((octet, index) => body[index] === octet);
