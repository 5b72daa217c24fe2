import { concatBytes } from "../bytes.ts";

/** A value in DER with the parts as its contents, less than 64 KiB of them: nothing longer is written here. */
export function encodeDer(identifier: number, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const contents = concatBytes(...parts);
  const { length } = contents;
  if (length < 0x80) return concatBytes(Uint8Array.of(identifier, length), contents);
  if (length < 0x100) return concatBytes(Uint8Array.of(identifier, 0x81, length), contents);
  return concatBytes(Uint8Array.of(identifier, 0x82, length >> 8, length & 0xff), contents);
}
