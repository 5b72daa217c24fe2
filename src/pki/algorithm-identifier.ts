import { type DerReader, tag } from "./der.ts";

/** An AlgorithmIdentifier (RFC 5280 4.1.1.2). */
export interface AlgorithmIdentifier {
  readonly oid: string;
  /** DER of the parameters, `null` when absent (which is not the same as NULL, `05 00`). */
  readonly parameters: Uint8Array | null;
  readonly der: Uint8Array;
}

export function readAlgorithmIdentifier(reader: DerReader): AlgorithmIdentifier {
  const value = reader.read(tag.sequence);
  const inner = reader.inside(value);
  const oid = inner.oid();
  const parameters = inner.atEnd ? null : inner.readWellFormed().bytes;
  inner.end();
  return { oid, parameters, der: value.bytes };
}
