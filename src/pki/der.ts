import { type ErrorCode, refuse, type Verdict } from "../errors.ts";
import { DerValue } from "./der-value.ts";
import { type BitString, decodeBitString, decodeGeneralizedTime, decodeOid, decodeTime, isMinimalInteger } from "./der-primitives.ts";

export type { DerValue };

/**
 * A strict reader of DER (X.690 10 and 11): definite and minimal lengths, one-octet tags, no octet left
 * over. It gives views of the input and builds no tree; depth and number of values are bounded.
 */

/** Identifier octets of the universal types used by certificates (X.690 8.1.2). */
export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
} as const;

const constructed = 0x20;

/** Identifier octet of `[number]` around a primitive value (IMPLICIT). */
export const context = (number: number): number => 0x80 | number;
/** Identifier octet of `[number]` around a constructed or explicitly tagged value. */
export const contextConstructed = (number: number): number => 0xa0 | number;

export interface DerLimits {
  /** Octets of the whole input. */
  readonly maximumLength: number;
  /** Nested values. */
  readonly maximumDepth: number;
  /** Values read in all. */
  readonly maximumValues: number;
}

/** Never leaves {@link parseDer}. */
class Malformed extends Error {
  readonly at: string;
  constructor(offset: number, reason: string) {
    super(reason);
    this.at = `offset ${offset}: ${reason}`;
  }
}

interface Budget {
  valuesLeft: number;
  readonly maximumDepth: number;
}

export class DerReader {
  readonly #input: Uint8Array;
  readonly #end: number;
  readonly #depth: number;
  readonly #budget: Budget;
  #position: number;

  constructor(input: Uint8Array, start: number, end: number, depth: number, budget: Budget) {
    this.#input = input;
    this.#position = start;
    this.#end = end;
    this.#depth = depth;
    this.#budget = budget;
  }

  /** Where the next value begins in the input. */
  get offset(): number {
    return this.#position;
  }

  get atEnd(): boolean {
    return this.#position === this.#end;
  }

  /** Ends the parse: the input is malformed at the present place. */
  fail(reason: string, offset: number = this.#position): never {
    throw new Malformed(offset, reason);
  }

  /** The identifier octet of the next value, `undefined` at the end. */
  peekTag(): number | undefined {
    return this.#position < this.#end ? this.#input[this.#position] : undefined;
  }

  readAny(): DerValue {
    const offset = this.#position;
    this.#budget.valuesLeft -= 1;
    if (this.#budget.valuesLeft < 0) this.fail("too many values");
    const identifier = this.#octet();
    if ((identifier & 0x1f) === 0x1f) this.fail("tag of more than one octet", offset);
    const length = this.#length();
    if (length > this.#end - this.#position) this.fail("length beyond the end", offset);
    const start = this.#position;
    this.#position += length;
    return new DerValue(this.#input, identifier, offset, start, this.#position);
  }

  read(expected: number): DerValue {
    const found = this.peekTag();
    if (found !== expected) {
      this.fail(`expected tag ${expected.toString(16)}, found ${found === undefined ? "the end" : found.toString(16)}`);
    }
    return this.readAny();
  }

  readOptional(expected: number): DerValue | undefined {
    return this.peekTag() === expected ? this.readAny() : undefined;
  }

  /** Reads any value and everything nested in it: for fields whose meaning is not looked at. */
  readWellFormed(): DerValue {
    const value = this.readAny();
    if ((value.tag & constructed) !== 0) {
      const inner = this.inside(value);
      while (!inner.atEnd) inner.readWellFormed();
    }
    return value;
  }

  /** A reader of the contents of a value that this reader, or one inside it, gave. */
  inside(value: DerValue): DerReader {
    if (this.#depth >= this.#budget.maximumDepth) this.fail("nested too deep", value.offset);
    return new DerReader(this.#input, value.start, value.end, this.#depth + 1, this.#budget);
  }

  /** Reads a constructed value whole: what `body` leaves unread is an error. */
  within<Result>(expected: number, body: (reader: DerReader) => Result): Result {
    const reader = this.inside(this.read(expected));
    const result = body(reader);
    reader.end();
    return result;
  }

  /** As {@link within}, `undefined` when the next value has another tag. */
  withinOptional<Result>(expected: number, body: (reader: DerReader) => Result): Result | undefined {
    return this.peekTag() === expected ? this.within(expected, body) : undefined;
  }

  /** Reads a SEQUENCE OF or SET OF: `body` reads one element. */
  each<Result>(expected: number, body: (reader: DerReader) => Result): Result[] {
    const reader = this.inside(this.read(expected));
    const results: Result[] = [];
    while (!reader.atEnd) results.push(body(reader));
    return results;
  }

  end(): void {
    if (!this.atEnd) this.fail("unexpected octets");
  }

  /** The contents octets of an INTEGER: two's complement, minimal. */
  integer(expected: number = tag.integer): Uint8Array {
    const value = this.read(expected);
    return isMinimalInteger(value) ? value.contents : this.fail("INTEGER not minimal", value.offset);
  }

  /** An INTEGER or ENUMERATED between 0 and 2^31-1. */
  smallInteger(expected: number = tag.integer): number {
    const offset = this.#position;
    const contents = this.integer(expected);
    if (contents.length > 4 || (contents[0] ?? 0) > 0x7f) this.fail("INTEGER out of range", offset);
    return contents.reduce((number, octet) => number * 256 + octet, 0);
  }

  boolean(expected: number = tag.boolean): boolean {
    const value = this.read(expected);
    const octet = this.#input[value.start];
    if (value.end - value.start !== 1 || (octet !== 0 && octet !== 0xff)) this.fail("BOOLEAN neither 00 nor FF", value.offset);
    return octet === 0xff;
  }

  /** A BOOLEAN with DEFAULT FALSE: absent or TRUE, never an encoded FALSE (X.690 11.5). */
  booleanDefaultFalse(expected: number = tag.boolean): boolean {
    if (this.peekTag() !== expected) return false;
    const offset = this.#position;
    return this.boolean(expected) || this.fail("default value encoded", offset);
  }

  /** An OBJECT IDENTIFIER in dotted form. */
  oid(expected: number = tag.oid): string {
    const value = this.read(expected);
    return decodeOid(value) ?? this.fail("OBJECT IDENTIFIER not valid", value.offset);
  }

  bitString(expected: number = tag.bitString): BitString {
    const value = this.read(expected);
    return decodeBitString(value) ?? this.fail("BIT STRING not valid", value.offset);
  }

  /** A BIT STRING that holds whole octets, as keys and signatures do. */
  bitStringOctets(expected: number = tag.bitString): Uint8Array {
    const offset = this.#position;
    const { bytes, unusedBits } = this.bitString(expected);
    return unusedBits === 0 ? bytes : this.fail("BIT STRING with unused bits", offset);
  }

  octetString(expected: number = tag.octetString): Uint8Array {
    return this.read(expected).contents;
  }

  null(expected: number = tag.null): void {
    const value = this.read(expected);
    if (value.end > value.start) this.fail("NULL with contents", value.offset);
  }

  /** A `Time` (RFC 5280 4.1.2.5): UTCTime until 2049, GeneralizedTime from 2050. Epoch seconds. */
  time(): number {
    const value = this.readAny();
    return decodeTime(value.tag, value.contents) ?? this.fail("Time not valid", value.offset);
  }

  /** A GeneralizedTime of any year, in whole seconds with `Z` (RFC 6960 4.2.2.1). Epoch seconds. */
  generalizedTime(expected: number = tag.generalizedTime): number {
    const value = this.read(expected);
    return decodeGeneralizedTime(value.contents) ?? this.fail("GeneralizedTime not valid", value.offset);
  }

  #octet(): number {
    const octet = this.peekTag();
    if (octet === undefined) this.fail("truncated");
    this.#position += 1;
    return octet;
  }

  #length(): number {
    const offset = this.#position;
    const first = this.#octet();
    if (first < 0x80) return first;
    if (first === 0x80) this.fail("indefinite length", offset);
    const count = first & 0x7f;
    if (count > 4) this.fail("length of more than four octets", offset);
    let length = 0;
    for (let index = 0; index < count; index += 1) length = length * 256 + this.#octet();
    const minimal = count === 1 ? length >= 0x80 : length >= 256 ** (count - 1);
    return minimal ? length : this.fail("length not minimal", offset);
  }
}

/**
 * Reads one DER value that is the whole input. Never throws for what the input holds.
 *
 * @param code - the refusal for malformed input; its `at` says `offset N: reason`.
 */
export function parseDer<Result>(
  bytes: Uint8Array,
  limits: DerLimits,
  read: (reader: DerReader) => Result,
  code: ErrorCode,
): Verdict<Result> {
  if (bytes.length > limits.maximumLength) return refuse(code, `offset 0: longer than ${limits.maximumLength} octets`);
  const { maximumDepth, maximumValues } = limits;
  const reader = new DerReader(bytes, 0, bytes.length, 0, { valuesLeft: maximumValues, maximumDepth });
  try {
    const value = read(reader);
    reader.end();
    return { valid: true, value };
  } catch (error) {
    if (error instanceof Malformed) return refuse(code, error.at);
    throw error;
  }
}
