import { toBase64Url, utf8 } from "../../src/bytes.ts";

const deep = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

/** Values of every kind that JSON can bring, for members that should be something else. */
export const junk: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["zero", 0],
  ["a negative fraction", -1.5],
  ["the empty string", ""],
  ["a word", "word"],
  ["padded base64url", "AA=="],
  ["base64 of the other alphabet", "+/+/"],
  ["loose trailing bits", "AB"],
  ["an array", []],
  ["an array of arrays", [[[]]]],
  ["an empty object", {}],
  ["an object with a prototype's name", { constructor: 1, toString: "x" }],
  ["a megabyte", "A".repeat(1_000_000)],
  ["base64url of nothing JSON", toBase64Url(utf8("not json"))],
  ["base64url of a JSON null", toBase64Url(utf8("null"))],
  ["base64url of a JSON array", toBase64Url(utf8("[]"))],
  ["base64url of broken UTF-8", toBase64Url(Uint8Array.of(0xff, 0xfe, 0x7b))],
  ["deeply nested JSON", toBase64Url(utf8(deep(1000, "[", "]")))],
  ["deeply nested CBOR", toBase64Url(new Uint8Array(20_000).fill(0x81))],
  ["CBOR of an endless length", toBase64Url(Uint8Array.of(0xbf, 0x5f, 0x9f))],
  ["CBOR that claims four gigabytes", toBase64Url(Uint8Array.of(0x5a, 0xff, 0xff, 0xff, 0xff))],
  ["an empty CBOR map", toBase64Url(Uint8Array.of(0xa0))],
];
