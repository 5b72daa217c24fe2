/** The one module for bytes at the edges: `Uint8Array` inside, text outside. */

const encoder = new TextEncoder();

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** base64url without padding (RFC 4648 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}

/** Strict base64url: no padding, no other alphabet, no loose trailing bits; `null` otherwise. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  return decodeExactly(text, "base64url");
}

/** base64 with padding (RFC 4648 4). */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Strict base64: `null` unless the text is exactly what {@link toBase64} would give. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  return decodeExactly(text, "base64");
}

function decodeExactly(text: string, encoding: "base64" | "base64url"): Uint8Array<ArrayBuffer> | null {
  const decoded = Buffer.from(text, encoding);
  return decoded.toString(encoding) === text ? Uint8Array.from(decoded) : null;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Byte equality. Not constant time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** Equality of secrets of one length, in time that depends on the length alone. */
export function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index += 1) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** `length` random octets from the platform's generator. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Bytes of hexadecimal text; `null` when it is not that. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | null {
  return /^([0-9a-fA-F]{2})*$/.test(text) ? Uint8Array.from(Buffer.from(text, "hex")) : null;
}
