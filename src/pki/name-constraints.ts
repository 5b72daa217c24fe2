import { context, contextConstructed, type DerReader, tag } from "./der.ts";
import { type GeneralName, readGeneralName } from "./general-name.ts";

/** Names that lie within a base, in the sense of the form of that name (RFC 5280 4.2.1.10). */
export interface GeneralSubtree {
  readonly base: GeneralName;
  /** Whether minimum is 0 and maximum absent, the only values RFC 5280 gives a meaning. */
  readonly isWhole: boolean;
}

/** NameConstraints (RFC 5280 4.2.1.10): read, not applied. */
export interface NameConstraints {
  readonly permitted: readonly GeneralSubtree[];
  readonly excluded: readonly GeneralSubtree[];
}

/** Reads NameConstraints; RFC 5280 4.2.1.10 forbids the empty sequence. */
export function readNameConstraints(reader: DerReader): NameConstraints {
  const offset = reader.offset;
  const { permitted, excluded } = reader.within(tag.sequence, (inner) => ({
    permitted: readSubtrees(inner, contextConstructed(0)),
    excluded: readSubtrees(inner, contextConstructed(1)),
  }));
  if (permitted === null && excluded === null) reader.fail("NameConstraints empty", offset);
  return { permitted: permitted ?? [], excluded: excluded ?? [] };
}

function readSubtrees(reader: DerReader, expected: number): readonly GeneralSubtree[] | null {
  if (reader.peekTag() !== expected) return null;
  const offset = reader.offset;
  const subtrees = reader.each(expected, readSubtree);
  return subtrees.length > 0 ? subtrees : reader.fail("GeneralSubtrees empty", offset);
}

function readSubtree(reader: DerReader): GeneralSubtree {
  return reader.within(tag.sequence, (inner) => {
    const base = readGeneralName(inner);
    const minimum = inner.peekTag() === context(0) ? readMinimum(inner) : 0;
    const maximum = inner.peekTag() === context(1) ? inner.smallInteger(context(1)) : null;
    return { base, isWhole: minimum === 0 && maximum === null };
  });
}

/** Zero is the default and so never encoded (X.690 11.5). */
function readMinimum(reader: DerReader): number {
  const offset = reader.offset;
  const minimum = reader.smallInteger(context(0));
  return minimum === 0 ? reader.fail("default value encoded", offset) : minimum;
}
