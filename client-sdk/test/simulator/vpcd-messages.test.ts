import { describe, expect, test } from "vitest";
import { concatBytes, fromHex, toHex } from "../../src/bytes.ts";
import { encodeVpcdMessage, readVpcdMessage, VpcdMessageReader } from "../../src/simulator/vpcd-messages.ts";

const bytes = (hex: string) => fromHex(hex) ?? expect.fail("hexadecimal");

test.each([
  ["00", { kind: "power", power: "off" }],
  ["01", { kind: "power", power: "on" }],
  ["02", { kind: "power", power: "reset" }],
  ["04", { kind: "atr" }],
  ["03", { kind: "unknown" }],
  ["ff", { kind: "unknown" }],
  ["", { kind: "apdu", apdu: bytes("") }],
  ["0020", { kind: "apdu", apdu: bytes("0020") }],
  ["00200080", { kind: "apdu", apdu: bytes("00200080") }],
])("content %s", (content, message) => {
  expect(readVpcdMessage(bytes(content))).toEqual(message);
});

test.each([
  ["", "0000"],
  ["9000", "00029000"],
  ["5a".repeat(258), `0102${"5a".repeat(258)}`],
])("a message of %s", (content, message) => {
  expect(toHex(encodeVpcdMessage(bytes(content)))).toBe(message);
});

describe("a stream of messages", () => {
  const contents = ["04", "00a4040c0ad392f000260100000001", "", "00".repeat(300)];
  const stream = concatBytes(...contents.map((content) => encodeVpcdMessage(bytes(content))));

  test.each([1, 2, 3, 7, 256, stream.length])("cut into chunks of %i octets", (length) => {
    const reader = new VpcdMessageReader();
    const read: string[] = [];
    for (let start = 0; start < stream.length; start += length) read.push(...reader.push(stream.subarray(start, start + length)).map(toHex));
    expect(read).toEqual(contents);
  });
});
