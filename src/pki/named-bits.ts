import { type DerReader } from "./der.ts";

/**
 * Reads a BIT STRING with named bits (X.690 11.2.2: no trailing zero bit, so one encoding a set).
 * Bits beyond the names are ignored, as an extensible list asks.
 */
export function readNamedBits<Bit extends string>(reader: DerReader, expected: number, names: readonly Bit[]): ReadonlySet<Bit> {
  const offset = reader.offset;
  const { bytes, unusedBits } = reader.bitString(expected);
  const last = bytes.at(-1);
  if (last !== undefined && (last & (1 << unusedBits)) === 0) reader.fail("BIT STRING with trailing zero bits", offset);
  return new Set(names.filter((_, bit) => (((bytes[bit >> 3] ?? 0) << (bit & 7)) & 0x80) !== 0));
}
