import { concatBytes, utf8 } from "../../src/bytes.ts";
import { context, contextConstructed, tag } from "../../src/pki/der.ts";

export { context, contextConstructed, tag };

/** Writes DER; being a test's writer it also writes what DER forbids, when asked octet by octet. */

/** One value: identifier octet, minimal definite length, contents. */
export function der(identifier: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concatBytes(...contents);
  return concatBytes(Uint8Array.of(identifier), lengthOctets(body.length), body);
}

function lengthOctets(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Uint8Array.of(0x80 | octets.length, ...octets);
}

export const sequence = (...items: readonly Uint8Array[]) => der(tag.sequence, ...items);
/** A SET as given: the caller orders the elements. */
export const set = (...items: readonly Uint8Array[]) => der(tag.set, ...items);
export const explicit = (number: number, ...items: readonly Uint8Array[]) => der(contextConstructed(number), ...items);
export const octetString = (...contents: readonly Uint8Array[]) => der(tag.octetString, ...contents);
export const bitString = (contents: Uint8Array, unusedBits = 0) => der(tag.bitString, Uint8Array.of(unusedBits), contents);
export const boolean = (value: boolean) => der(tag.boolean, Uint8Array.of(value ? 0xff : 0));
export const nullValue = () => der(tag.null);
export const enumerated = (value: number) => der(tag.enumerated, Uint8Array.of(value));
export const utf8String = (text: string) => der(tag.utf8String, utf8(text));
export const printableString = (text: string) => der(tag.printableString, utf8(text));
export const ia5String = (text: string, identifier: number = tag.ia5String) => der(identifier, utf8(text));

/** A non-negative INTEGER, minimal. */
export function integer(value: number | bigint): Uint8Array<ArrayBuffer> {
  const hex = BigInt(value).toString(16);
  const magnitude = Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex"));
  return der(tag.integer, (magnitude[0] ?? 0) > 0x7f ? concatBytes(Uint8Array.of(0), magnitude) : magnitude);
}

export function oid(dotted: string): Uint8Array<ArrayBuffer> {
  const [first = 0n, second = 0n, ...rest] = dotted.split(".").map(BigInt);
  return der(tag.oid, ...[first * 40n + second, ...rest].map(base128));
}

function base128(arc: bigint): Uint8Array {
  const octets = [Number(arc & 0x7fn)];
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) octets.unshift(0x80 | Number(rest & 0x7fn));
  return Uint8Array.from(octets);
}

/** A BIT STRING with named bits: the numbers of the bits set, no trailing zero bit. */
export function namedBits(bits: readonly number[], identifier: number = tag.bitString): Uint8Array<ArrayBuffer> {
  const last = Math.max(-1, ...bits);
  const octets = new Uint8Array((last + 8) >> 3);
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return der(identifier, Uint8Array.of(octets.length * 8 - last - 1), octets);
}

function digits(epochSeconds: number): string {
  return `${new Date(epochSeconds * 1000).toISOString().replace(/\.\d+Z$/, "").replace(/\D/g, "")}Z`;
}

export const utcTime = (epochSeconds: number) => der(tag.utcTime, utf8(digits(epochSeconds).slice(2)));
export const generalizedTime = (epochSeconds: number) => der(tag.generalizedTime, utf8(digits(epochSeconds)));

/** A Time as RFC 5280 4.1.2.5 wants it: UTCTime until 2049, GeneralizedTime after. */
export const time = (epochSeconds: number) =>
  epochSeconds < Date.UTC(2050, 0, 1) / 1000 ? utcTime(epochSeconds) : generalizedTime(epochSeconds);
