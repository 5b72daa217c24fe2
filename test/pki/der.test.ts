import { expect, test } from "vitest";
import { type DerReader, parseDer } from "../../src/pki/der.ts";
import { decodeOid } from "../../src/pki/der-primitives.ts";
import { bitString, boolean, der, enumerated, explicit, generalizedTime, integer, nullValue, octetString, oid, sequence, set, tag } from "../certificates/der-writer.ts";

const limits = { maximumLength: 1024, maximumDepth: 4, maximumValues: 16 };
const read = (bytes: Uint8Array, body: (reader: DerReader) => unknown) => parseDer(bytes, limits, body, "malformed_crl");

test.each<readonly [string, Uint8Array, (reader: DerReader) => unknown, unknown]>([
  ["small integer", integer(0x1234), (reader) => reader.smallInteger(), 0x1234],
  ["largest small integer", integer(0x7fffffff), (reader) => reader.smallInteger(), 0x7fffffff],
  ["enumerated", enumerated(6), (reader) => reader.smallInteger(tag.enumerated), 6],
  ["integer with the top bit set", integer(0x80), (reader) => reader.integer(), Uint8Array.of(0, 0x80)],
  ["true", boolean(true), (reader) => reader.boolean(), true],
  ["false", boolean(false), (reader) => reader.boolean(), false],
  ["default false, absent", sequence(), (reader) => reader.within(tag.sequence, (inner) => inner.booleanDefaultFalse()), false],
  ["octets", octetString(Uint8Array.of(1, 2)), (reader) => reader.octetString(), Uint8Array.of(1, 2)],
  ["bits", bitString(Uint8Array.of(0xa0), 5), (reader) => reader.bitString(), { bytes: Uint8Array.of(0xa0), unusedBits: 5 }],
  ["object identifier", oid("1.2.392.200149.8.5.1.3.30"), (reader) => reader.oid(), "1.2.392.200149.8.5.1.3.30"],
  ["object identifier under 2", oid("2.999.3"), (reader) => reader.oid(), "2.999.3"],
  ["GeneralizedTime of this year", generalizedTime(1_780_272_000), (reader) => reader.generalizedTime(), 1_780_272_000],
  ["elements", sequence(integer(1), integer(2)), (reader) => reader.each(tag.sequence, (inner) => inner.smallInteger()), [1, 2]],
  ["optional, absent", sequence(), (reader) => reader.within(tag.sequence, (inner) => inner.readOptional(tag.integer)), undefined],
  ["optional, absent and nested", sequence(), (reader) => reader.within(tag.sequence, (inner) => inner.withinOptional(0xa0, () => 1)), undefined],
  ["anything well formed", set(explicit(0, nullValue())), (reader) => reader.readWellFormed().tag, tag.set],
])("reads: %s", (_, bytes, body, expected) => {
  expect(read(bytes, body)).toEqual({ valid: true, value: expected });
});

test.each<readonly [string, Uint8Array, (reader: DerReader) => unknown, string]>([
  ["negative small integer", der(tag.integer, Uint8Array.of(0xff)), (reader) => reader.smallInteger(), "offset 0: INTEGER out of range"],
  ["integer of five octets", integer(2 ** 32), (reader) => reader.smallInteger(), "offset 0: INTEGER out of range"],
  ["integer of 2^31", integer(2 ** 31), (reader) => reader.smallInteger(), "offset 0: INTEGER out of range"],
  ["padded negative integer", der(tag.integer, Uint8Array.of(0xff, 0x80)), (reader) => reader.integer(), "offset 0: INTEGER not minimal"],
  ["NULL with contents", der(tag.null, Uint8Array.of(0)), (reader) => reader.null(), "offset 0: NULL with contents"],
  ["empty object identifier", der(tag.oid), (reader) => reader.oid(), "offset 0: OBJECT IDENTIFIER not valid"],
  ["unread octets inside", sequence(integer(1)), (reader) => reader.within(tag.sequence, () => 1), "offset 2: unexpected octets"],
  ["too deep", sequence(sequence(sequence(sequence(sequence())))), (reader) => reader.readWellFormed(), "offset 8: nested too deep"],
  ["too many", sequence(...Array.from({ length: 16 }, () => nullValue())), (reader) => reader.readWellFormed(), "offset 32: too many values"],
  ["too long", octetString(new Uint8Array(1024)), (reader) => reader.octetString(), "offset 0: longer than 1024 octets"],
  ["garbage inside", sequence(Uint8Array.of(0x30, 0x05)), (reader) => reader.readWellFormed(), "offset 2: length beyond the end"],
  ["what the caller refuses", sequence(), (reader) => reader.fail("not wanted"), "offset 0: not wanted"],
])("refuses: %s", (_, bytes, body, at) => {
  expect(read(bytes, body)).toEqual({ valid: false, code: "malformed_crl", at });
});

test("a fault of our own is not taken for bad input", () => {
  expect(() => read(sequence(), () => { throw new RangeError("ours"); })).toThrow(RangeError);
});

test.each<readonly [string, readonly number[], string | null]>([
  ["padded arc", [0x2a, 0x80, 0x01], null],
  ["padded first arc", [0x80, 0x01], null],
  ["ends within an arc", [0x2a, 0x86], null],
  ["2.39", [0x77], "2.39"],
  ["2.40", [0x78], "2.40"],
  ["1.39", [0x4f], "1.39"],
  ["0.9", [0x09], "0.9"],
])("object identifier: %s", (_, octets, expected) => {
  expect(decodeOid({ input: Uint8Array.from(octets), start: 0, end: octets.length })).toBe(expected);
});

test.each([["Uint8Array", new Uint8Array(3)], ["Buffer", Buffer.alloc(3)]])("an object identifier in a %s that is used again is read anew", (_, room) => {
  const contents = { input: room, start: 0, end: room.length };
  // Two that share one place in the table of known ones: 31 * 28 + 61 = 31 * 29 + 30.
  room.set([0x55, 0x1c, 0x3d]);
  expect(decodeOid(contents)).toBe("2.5.28.61");
  room.set([0x55, 0x1d, 0x1e]);
  expect(decodeOid(contents)).toBe("2.5.29.30");
});
