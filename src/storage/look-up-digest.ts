import { createHmac, type KeyObject } from "node:crypto";
import { concatBytes } from "../bytes.ts";

/** HMAC-SHA-256 of length-prefixed parts: finds a row by a value that must not be stored. */
export function lookUpDigest(key: KeyObject, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(parts.reduce((length, part) => length + 4 + part.length, 0));
  let offset = 0;
  for (const part of parts) offset = putPart(message, offset, part);
  return Uint8Array.from(createHmac("sha256", key).update(message).digest());
}

/** {@link lookUpDigest} of `first` and many second parts, in half the time: nothing is put together anew. */
export function lookUpDigester(key: KeyObject, first: Uint8Array, longestSecond: number): (second: Uint8Array) => Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(4 + first.length + 4 + longestSecond);
  const offset = putPart(message, 0, first);
  return (second) => createHmac("sha256", key).update(message.subarray(0, putPart(message, offset, second))).digest();
}

function putPart(message: Uint8Array, offset: number, part: Uint8Array): number {
  for (let octet = 0; octet < 4; octet += 1) message[offset + octet] = part.length >>> (24 - octet * 8);
  message.set(part, offset + 4);
  return offset + 4 + part.length;
}

/** Octets of an HMAC, which is all of a digest of level 1. Of a later one an octet with its level stands behind. */
const macLength = 32;

/** Under how many keys a digest stands, one around the other. */
export const levelOf = (digest: Uint8Array): number => digest[macLength] ?? 1;

/** Puts a digest under each of the keys that it does not stand under yet. Nobody needs to know what it is the digest of. */
export function wrapDigest(keys: readonly KeyObject[], digest: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let wrapped = digest;
  for (const key of keys.slice(levelOf(digest))) {
    const mac = createHmac("sha256", key).update(wrapped.subarray(0, macLength)).digest();
    wrapped = concatBytes(mac, Uint8Array.of(levelOf(wrapped) + 1));
  }
  return wrapped;
}
