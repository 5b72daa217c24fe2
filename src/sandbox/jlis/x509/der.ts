import { ObjectIdentifier, UTCTime, GeneralizedTime, Integer } from "asn1js";
import { concatBytes, utf8 } from "../../../bytes.ts";

/** Writing DER (X.690): each function gives one complete encoding, so encodings nest by concatenation. */
export type Der = Uint8Array<ArrayBuffer>;

function encoding(tag: number, content: Uint8Array): Der {
  return concatBytes(Uint8Array.of(tag), length(content.length), content);
}

function length(octets: number): Der {
  if (octets < 0x80) return Uint8Array.of(octets);
  const digits: number[] = [];
  for (let rest = octets; rest > 0; rest = Math.floor(rest / 0x100)) digits.unshift(rest % 0x100);
  return Uint8Array.of(0x80 | digits.length, ...digits);
}

export const sequence = (...parts: readonly Uint8Array[]): Der => encoding(0x30, concatBytes(...parts));
/** A SET of one element; no name or attribute here needs the sorting that DER asks of more. */
export const setOfOne = (part: Uint8Array): Der => encoding(0x31, part);
export const octetString = (content: Uint8Array): Der => encoding(0x04, content);
export const utf8String = (text: string): Der => encoding(0x0c, utf8(text));
export const printableString = (text: string): Der => encoding(0x13, utf8(text));
export const ia5String = (text: string): Der => encoding(0x16, utf8(text));
export const nothing = (): Der => encoding(0x05, new Uint8Array());
export const yes = (): Der => encoding(0x01, Uint8Array.of(0xff));
export const enumerated = (value: number): Der => encoding(0x0a, Uint8Array.of(value));

export function objectIdentifier(dotted: string): Der {
  return new Uint8Array(new ObjectIdentifier({ value: dotted }).toBER());
}

export function integer(value: number): Der {
  return new Uint8Array(Integer.fromBigInt(BigInt(value)).toBER());
}

/** A BIT STRING of whole octets. */
export const bitString = (content: Uint8Array): Der => encoding(0x03, concatBytes(Uint8Array.of(0), content));

/** A BIT STRING of named bits (X.680 22.7), trailing zeros removed as DER asks; at most eight bits. */
export function namedBits(...positions: readonly number[]): Der {
  const octet = positions.reduce((bits, position) => bits | (0x80 >> position), 0);
  return encoding(0x03, Uint8Array.of(7 - Math.max(...positions), octet));
}

/** Time of a certificate or CRL in seconds since the epoch: UTCTime until 2049 (RFC 5280 4.1.2.5). */
export function time(seconds: number): Der {
  const date = new Date(seconds * 1000);
  if (date.getUTCFullYear() >= 2050) return generalizedTime(seconds);
  return new Uint8Array(new UTCTime({ valueDate: date }).toBER());
}

export function generalizedTime(seconds: number): Der {
  return new Uint8Array(new GeneralizedTime({ valueDate: new Date(seconds * 1000) }).toBER());
}

/** `[tag] EXPLICIT`, and `[tag] IMPLICIT` of a constructed type given its content. */
export const contextConstructed = (tag: number, content: Uint8Array): Der => encoding(0xa0 | tag, content);
/** `[tag] IMPLICIT` of a primitive type given its content. */
export const contextPrimitive = (tag: number, content: Uint8Array): Der => encoding(0x80 | tag, content);
