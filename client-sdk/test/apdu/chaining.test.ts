import { describe, expect, test } from "vitest";
import { encodeCommand, type CommandApdu } from "../../src/apdu/apdu.ts";
import { chain } from "../../src/apdu/chaining.ts";
import { toHex } from "../../src/bytes.ts";

const header = { cla: 0x80, ins: 0x2a, p1: 0x00, p2: 0x80 };
const octets = (length: number): Uint8Array => new Uint8Array(length).fill(0xab);
const ab = (length: number): string => "ab".repeat(length);

// ISO/IEC 7816-4, 5.1.1.1: bit 5 of CLA is set in all commands but the last, which alone has Le.
describe("a chain", () => {
  test.each<[string, CommandApdu, string[]]>([
    ["nothing", header, ["802a0080"]],
    ["no data, Ne 256", { ...header, expected: 256 }, ["802a008000"]],
    ["no data, Ne 65536", { ...header, expected: 65536 }, ["802a008000"]],
    ["what is short already", { ...header, data: octets(255), expected: 256 }, [`802a0080ff${ab(255)}00`]],
    ["one octet too many", { ...header, data: octets(256), expected: 256 }, [`902a0080ff${ab(255)}`, "802a008001ab00"]],
    ["twice the longest", { ...header, data: octets(510) }, [`902a0080ff${ab(255)}`, `802a0080ff${ab(255)}`]],
    ["three links, Ne 300", { ...header, data: octets(511), expected: 300 }, [`902a0080ff${ab(255)}`, `902a0080ff${ab(255)}`, "802a008001ab00"]],
    ["Ne 16", { ...header, data: octets(256), expected: 16 }, [`902a0080ff${ab(255)}`, "802a008001ab10"]],
  ])("carries %s", (_, command, links) => {
    expect(chain(command).map((link) => toHex(encodeCommand(link)))).toEqual(links);
  });
});
