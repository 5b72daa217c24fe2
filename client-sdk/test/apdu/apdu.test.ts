import { assert, integer, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCommand, decodeResponse, encodeCommand, encodeResponse, type CommandApdu } from "../../src/apdu/apdu.ts";
import { fromHex, toHex } from "../../src/bytes.ts";

const header = { cla: 0x00, ins: 0xa4, p1: 0x04, p2: 0x0c };
const octets = (length: number): Uint8Array => new Uint8Array(length).fill(0xab);
const ab = (length: number): string => "ab".repeat(length);
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

// ISO/IEC 7816-3, 12.1.3: the cases 1, 2, 3 and 4, short (S) and extended (E).
const commands: [string, CommandApdu, string][] = [
  ["1", header, "00a4040c"],
  ["2S, Ne 1", { ...header, expected: 1 }, "00a4040c01"],
  ["2S, Ne 256", { ...header, expected: 256 }, "00a4040c00"],
  ["3S", { ...header, data: octets(2) }, "00a4040c02abab"],
  ["3S, Nc 255", { ...header, data: octets(255) }, `00a4040cff${ab(255)}`],
  ["4S", { ...header, data: octets(1), expected: 255 }, "00a4040c01abff"],
  ["4S, Ne 256", { ...header, data: octets(255), expected: 256 }, `00a4040cff${ab(255)}00`],
  ["2E, Ne 257", { ...header, expected: 257 }, "00a4040c000101"],
  ["2E, Ne 65536", { ...header, expected: 65536 }, "00a4040c000000"],
  ["3E, Nc 256", { ...header, data: octets(256) }, `00a4040c000100${ab(256)}`],
  ["3E, Nc 65535", { ...header, data: octets(65535) }, `00a4040c00ffff${ab(65535)}`],
  ["4E, Ne 256", { ...header, data: octets(256), expected: 256 }, `00a4040c000100${ab(256)}0100`],
  ["4E, Nc 1, Ne 65536", { ...header, data: octets(1), expected: 65536 }, "00a4040c000001ab0000"],
];

describe("commands", () => {
  test.each(commands)("case %s is encoded", (_, command, hex) => {
    expect(toHex(encodeCommand(command))).toBe(hex);
  });

  test.each(commands)("case %s is decoded", (_, command, hex) => {
    expect(decodeCommand(bytesOf(hex))).toEqual(command);
  });

  test.each([
    ["nothing", ""],
    ["a cut header", "00a404"],
    ["less data than Lc", "00a4040c03abab"],
    ["more after Le", "00a4040c01ab0000"],
    ["extended: a cut length", "00a4040c0001"],
    ["extended: less data than Lc", "00a4040c000002ab"],
    ["extended: Lc 0 before data", "00a4040c000000ab"],
    ["extended: Lc 0 before Le", "00a4040c0000000001"],
    ["extended: half an Le", "00a4040c000001ab00"],
    ["extended: more after Le", "00a4040c000001ab000000"],
  ])("%s is refused", (_, hex) => {
    expect(decodeCommand(bytesOf(hex))).toBeNull();
  });

  test.each<[string, CommandApdu]>([
    ["an instruction over an octet", { ...header, ins: 0x100 }],
    ["a negative parameter", { ...header, p1: -1 }],
    ["a fraction", { ...header, p2: 0.5 }],
    ["too much data", { ...header, data: octets(65536) }],
    ["too much expected", { ...header, expected: 65537 }],
    ["less than nothing expected", { ...header, expected: -1 }],
  ])("%s cannot be encoded", (_, command) => {
    expect(() => encodeCommand(command)).toThrow(RangeError);
  });

  test("whatever is encoded is decoded to the same", () => {
    const octet = integer({ min: 0, max: 0xff });
    assert(
      property(octet, octet, uint8Array({ minLength: 1, maxLength: 600 }), integer({ min: 1, max: 0x10000 }), (ins, p1, data, expected) => {
        const command = { ...header, ins, p1, data: Uint8Array.from(data), expected };
        expect(decodeCommand(encodeCommand(command))).toEqual(command);
      }),
    );
  });
});

describe("responses", () => {
  test.each([
    ["a status word alone", "9000", "", 0x9000],
    ["data before it", "abab6282", "abab", 0x6282],
  ])("%s", (_, hex, data, status) => {
    const response = { data: bytesOf(data), status };
    expect(decodeResponse(bytesOf(hex))).toEqual(response);
    expect(toHex(encodeResponse(response))).toBe(hex);
  });

  test.each(["", "90"])("%j is no response", (hex) => {
    expect(decodeResponse(bytesOf(hex))).toBeNull();
  });
});
