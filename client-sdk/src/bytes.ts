/** Bytes and their texts, with web platform means only. */

/** Bytes that own their buffer, as WebCrypto asks for them. */
export type Bytes = Uint8Array<ArrayBuffer>;

const base64UrlAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** UTF-8 bytes of a string. */
export function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** base64url without padding (RFC 4648 5). */
export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let bitCount = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0x3fff;
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text += base64UrlAlphabet[(bits >> bitCount) & 63];
    }
  }
  if (bitCount > 0) text += base64UrlAlphabet[(bits << (6 - bitCount)) & 63];
  return text;
}

/** Strict base64url: no padding, no other alphabet, no loose trailing bits; `null` otherwise. */
export function fromBase64Url(text: string): Bytes | null {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8));
  let length = 0;
  let bits = 0;
  let bitCount = 0;
  for (const character of text) {
    const sextet = base64UrlAlphabet.indexOf(character);
    if (sextet < 0) return null;
    bits = ((bits << 6) | sextet) & 0x3fff;
    bitCount += 6;
    if (bitCount >= 8) {
      bitCount -= 8;
      bytes[length] = bits >> bitCount;
      length += 1;
    }
  }
  const looseBits = bits & ((1 << bitCount) - 1);
  return bitCount < 6 && looseBits === 0 ? bytes : null;
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Bytes of a hexadecimal text of even length, either case; `null` otherwise. */
export function fromHex(text: string): Bytes | null {
  if (!/^(?:[0-9a-f]{2})*$/iu.test(text)) return null;
  return Uint8Array.from({ length: text.length / 2 }, (_, index) => Number.parseInt(text.slice(index * 2, index * 2 + 2), 16));
}

/** Joins byte strings. */
export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Equality in time that depends on the lengths alone. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

/** SHA-256 (FIPS 180-4): 32 bytes. */
export async function sha256(bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concatBytes(bytes)));
}

/** `length` random octets from the platform's generator. */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
