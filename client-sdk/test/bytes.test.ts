import { assert, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, equalBytes, fromBase64Url, fromHex, sha256, toBase64Url, toHex, utf8 } from "../src/bytes.ts";

describe("base64url", () => {
  test("agrees with the platform's own, both ways", () => {
    assert(
      property(uint8Array({ maxLength: 70 }), (bytes) => {
        const text = Buffer.from(bytes).toString("base64url");
        expect(toBase64Url(bytes)).toBe(text);
        expect(fromBase64Url(text)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });

  test.each([
    ["padding", "QQ=="],
    ["the other alphabet", "+/+/"],
    ["one loose character", "QUJDA"],
    ["loose trailing bits, 2 characters", "QR"],
    ["loose trailing bits, 3 characters", "QUJ"],
    ["a space", "QU JD"],
    ["a character outside ASCII", "QUJÄ"],
    ["a character outside the BMP", "QU\u{1F600}D"],
  ])("refuses %s", (_, text) => {
    expect(fromBase64Url(text)).toBeNull();
  });
});

describe("hexadecimal", () => {
  test.each([
    ["", []],
    ["00ff10", [0, 255, 16]],
    ["00FF10", [0, 255, 16]],
  ])("reads %j", (text, octets) => {
    expect(fromHex(text)).toEqual(Uint8Array.from(octets));
    expect(toHex(Uint8Array.from(octets))).toBe(text.toLowerCase());
  });

  test.each(["0", "0g", "0x00", " 00", "00\n"])("refuses %j", (text) => {
    expect(fromHex(text)).toBeNull();
  });
});

test("concatBytes joins in order and copies", () => {
  const part = Uint8Array.of(2, 3);
  const joined = concatBytes(Uint8Array.of(1), new Uint8Array(), part);
  part.fill(9);
  expect(joined).toEqual(Uint8Array.of(1, 2, 3));
});

test.each([
  ["same", [1, 2], [1, 2], true],
  ["one bit", [1, 2], [1, 3], false],
  ["shorter", [1, 2], [1], false],
  ["longer", [1], [1, 0], false],
])("equalBytes: %s", (_, a, b, expected) => {
  expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(expected);
});

test("sha256 of a view hashes the view alone", async () => {
  const view = utf8("xabcx").subarray(1, 4);
  // FIPS 180-4, the example of one block.
  expect(toHex(await sha256(view))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});
