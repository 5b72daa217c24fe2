import { createHmac, type KeyObject } from "node:crypto";
import { concatBytes } from "../bytes.ts";

/** HMAC-SHA-256 of length-prefixed parts: finds a row by a value that must not be stored. */
export function lookUpDigest(key: KeyObject, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const prefixed = parts.flatMap((part) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, part.length);
    return [length, part];
  });
  return Uint8Array.from(createHmac("sha256", key).update(concatBytes(...prefixed)).digest());
}
