import type { Random } from "./mutate.ts";
import { bitString, der, sequence } from "../certificates/der-writer.ts";

/** Damages DER by its values: some go, come twice, move or change; the lengths around them stay right. */

interface Value {
  tag: number;
  contents: Uint8Array | Value[];
}

/** A copy with one or two values damaged; octets that are no DER come back as they are. */
export function mutateStructure(original: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const values = readValues(original);
  if (values === null) return Uint8Array.from(original);
  for (let times = 1 + below(random, 2); times > 0; times -= 1) damage(values, random);
  return encodeAll(values);
}

/**
 * `SEQUENCE { what is signed, algorithm, signature, ... }` with what is signed changed, and signed again:
 * the damage is no longer found by the signature.
 */
export function signedAnew(
  signed: Uint8Array,
  change: (toBeSigned: Uint8Array) => Uint8Array,
  sign: (toBeSigned: Uint8Array) => Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { toBeSigned, algorithm, rest } = signedParts(signed);
  const changed = change(toBeSigned);
  return sequence(changed, algorithm, bitString(sign(changed)), ...rest);
}

/** DER of what is signed, and of what stands around the signature. */
export function signedParts(signed: Uint8Array): { toBeSigned: Uint8Array; algorithm: Uint8Array; rest: readonly Uint8Array[] } {
  const [whole] = readValues(signed) ?? [];
  const [toBeSigned, algorithm, , ...rest] = whole === undefined || whole.contents instanceof Uint8Array ? [] : whole.contents.map(encode);
  if (toBeSigned === undefined || algorithm === undefined) throw new Error("not a signed structure");
  return { toBeSigned, algorithm, rest };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <Item>(items: readonly Item[], random: Random): Item | undefined => items[below(random, items.length)];

const tags = [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x16, 0x17, 0x18, 0x1e, 0x30, 0x31, 0x80, 0x81, 0x82, 0xa0, 0xa1, 0xa2, 0xa3];
const oneOctet = [0x00, 0x01, 0x7f, 0x80, 0xff].map((octet) => Uint8Array.of(octet));
const contents: readonly Uint8Array[] = [new Uint8Array(), ...oneOctet, new Uint8Array(21).fill(0x7f), new Uint8Array(300), new Uint8Array(3000).fill(0x81)];

function damage(values: Value[], random: Random): void {
  const place = pick(placesIn(values), random);
  const value = place?.siblings[place.index];
  if (place === undefined || value === undefined) return;
  const { siblings, index } = place;
  const replaceBy = (...others: readonly Value[]): unknown => siblings.splice(index, 1, ...others.map(copy));
  const actions: readonly (() => unknown)[] = [
    () => replaceBy(),
    () => replaceBy(value, value),
    () => replaceBy(...Array<Value>(2 + below(random, 60)).fill(value)),
    () => replaceBy(anyOf(values, random) ?? value),
    () => replaceBy(value, anyOf(values, random) ?? value),
    () => replaceBy(nested(value, 1 + below(random, 40))),
    () => (value.tag = pick(tags, random) ?? 0x30),
    () => (value.contents = pick(contents, random) ?? new Uint8Array()),
    () => (value.contents = changedOctet(value.contents, random)),
    () => (value.contents = value.contents instanceof Uint8Array ? value.contents : value.contents.toReversed()),
  ];
  pick(actions, random)?.();
}

const nested = (value: Value, depth: number): Value => (depth === 0 ? value : { tag: 0x30, contents: [nested(value, depth - 1)] });

function changedOctet(before: Value["contents"], random: Random): Uint8Array {
  const changed = before instanceof Uint8Array ? Uint8Array.from(before) : encodeAll(before);
  const at = below(random, changed.length);
  if (at < changed.length) changed[at] = below(random, 256);
  return changed;
}

interface Place {
  readonly siblings: Value[];
  readonly index: number;
}

function placesIn(values: Value[]): readonly Place[] {
  return values.flatMap((value, index) => [{ siblings: values, index }, ...(value.contents instanceof Uint8Array ? [] : placesIn(value.contents))]);
}

function anyOf(values: Value[], random: Random): Value | undefined {
  const place = pick(placesIn(values), random);
  return place?.siblings[place.index];
}

const copy = ({ tag, contents: inner }: Value): Value => ({ tag, contents: inner instanceof Uint8Array ? inner : inner.map(copy) });
const encode = ({ tag, contents: inner }: Value): Uint8Array<ArrayBuffer> => der(tag, inner instanceof Uint8Array ? inner : encodeAll(inner));
const encodeAll = (values: readonly Value[]): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.concat(values.map(encode)));

/** The values side by side; `null` when the octets are not exactly that. OCTET STRINGs of DER are read as well. */
function readValues(octets: Uint8Array): Value[] | null {
  const values: Value[] = [];
  for (let at = 0; at < octets.length; ) {
    const [tag = 0, first = 0] = octets.subarray(at);
    const count = first > 0x80 ? first - 0x80 : 0;
    const length = count === 0 ? first : octets.subarray(at + 2, at + 2 + count).reduce((sum, octet) => sum * 256 + octet, 0);
    const start = at + 2 + count;
    if (first === 0x80 || start + length > octets.length || start + length <= at) return null;
    const inner = octets.subarray(start, start + length);
    const mayHold = (tag & 0x20) !== 0 || tag === 0x04;
    values.push({ tag, contents: (mayHold ? readValues(inner) : null) ?? Uint8Array.from(inner) });
    at = start + length;
  }
  return values;
}
