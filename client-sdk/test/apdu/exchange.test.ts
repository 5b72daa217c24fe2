import { assert, asyncProperty, array, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import type { CommandApdu } from "../../src/apdu/apdu.ts";
import { exchange } from "../../src/apdu/exchange.ts";
import { toHex } from "../../src/bytes.ts";
import { ScriptedTransport } from "../support/scripted-transport.ts";

const header = { cla: 0x80, ins: 0x2a, p1: 0x00, p2: 0x80 };
const octets = (length: number): Uint8Array => new Uint8Array(length).fill(0xab);
const ab = (length: number): string => "ab".repeat(length);
const long = { ...header, data: octets(300), expected: 256 };

interface Outcome {
  readonly answer: string;
  readonly sent: string[];
  readonly buffers: Uint8Array[];
}

async function run(command: CommandApdu, answers: string[], extendedLength = false): Promise<Outcome> {
  const transport = new ScriptedTransport(...answers);
  const response = exchange((bytes) => transport.transmit(bytes), command, { extendedLength });
  const answer = await response.then(({ data, status }) => toHex(data) + status.toString(16), (error: { code: string }) => error.code);
  return { answer, sent: transport.sent, buffers: transport.buffers };
}

// Each row: the command, the element's answers in order, what is sent, and what comes of it.
describe("exchange", () => {
  test.each<[string, CommandApdu, string[], string[], string]>([
    ["an answer at once", { ...header, expected: 4 }, ["abab9000"], ["802a008004"], "abab9000"],
    ["a refusal", { ...header, expected: 4 }, ["6a82"], ["802a008004"], "6a82"],
    ["61 xx: fetched until there is no more", { ...header, expected: 256 }, ["6100", `${ab(200)}6138`, `${ab(56)}9000`], ["802a008000", "00c0000000", "00c0000038"], `${ab(256)}9000`],
    ["61 xx with data", { ...header, expected: 256 }, ["ab6101", "ab9000"], ["802a008000", "00c0000001"], "abab9000"],
    ["61 xx that ends badly", { ...header, expected: 256 }, ["6110", "6f00"], ["802a008000", "00c0000010"], "6f00"],
    ["61 xx for what nobody asked for", header, ["6110"], ["802a0080"], "9000"],
    ["61 xx, then 6C xx", { ...header, expected: 256 }, ["6100", "6c02", "abab9000"], ["802a008000", "00c0000000", "00c0000002"], "abab9000"],
    ["6C xx: once more with the right Le", { ...header, expected: 256 }, ["6c02", "abab9000"], ["802a008000", "802a008002"], "abab9000"],
    ["6C 00", { ...header, expected: 4 }, ["6c00", `${ab(256)}9000`], ["802a008004", "802a008000"], `${ab(256)}9000`],
    ["6C xx twice", { ...header, expected: 256 }, ["6c10", "6c20"], ["802a008000", "802a008010"], "6c20"],
    ["6C xx, then 61 xx", { ...header, expected: 256 }, ["6c04", "6102", "abab9000"], ["802a008000", "802a008004", "00c0000002"], "abab9000"],
    ["6C xx for a command that wants no data, which may hold a PIN: not once more", { ...header, data: octets(2) }, ["6c02"], ["802a008002abab"], "6c02"],
    ["a chain", long, ["9000", "ab9000"], [`902a0080ff${ab(255)}`, `802a00802d${ab(45)}00`], "ab9000"],
    ["a chain that is refused at once", long, ["6884"], [`902a0080ff${ab(255)}`], "6884"],
    ["a chain with the wrong Le: all of it again", long, ["9000", "6c01", "9000", "ab9000"], [`902a0080ff${ab(255)}`, `802a00802d${ab(45)}00`, `902a0080ff${ab(255)}`, `802a00802d${ab(45)}01`], "ab9000"],
    ["more expected than a short answer holds", { ...header, expected: 300 }, [`${ab(256)}612c`, `${ab(44)}9000`], ["802a008000", "00c000002c"], `${ab(300)}9000`],
    ["nothing", header, [""], ["802a0080"], "protocol_error"],
    ["half a status word", header, ["90"], ["802a0080"], "protocol_error"],
    ["data that nobody asked for", header, ["ab9000"], ["802a0080"], "protocol_error"],
    ["more data than asked for", { ...header, expected: 1 }, ["abab9000"], ["802a008001"], "protocol_error"],
    ["more data than asked for, in parts", { ...header, expected: 3 }, ["abab6102", "abab9000"], ["802a008003", "00c0000002"], "protocol_error"],
    ["more to come, but nothing comes", { ...header, expected: 256 }, ["6110", "6110"], ["802a008000", "00c0000010"], "protocol_error"],
  ])("%s", async (_, command, answers, sent, answer) => {
    const outcome = await run(command, answers);
    expect(outcome.sent).toEqual(sent);
    expect(outcome.answer).toBe(answer);
    expect(outcome.buffers.every((buffer) => buffer.every((octet) => octet === 0))).toBe(true);
  });

  test("by extended length a long command goes at once", async () => {
    const { sent, answer } = await run({ ...long, expected: 300 }, [`${ab(300)}9000`], true);
    expect(sent).toEqual([`802a008000012c${ab(300)}012c`]);
    expect(answer).toBe(`${ab(300)}9000`);
  });

  test.each([1, 256])("an answer that never ends, %i octets at a time, is left once it is longer than asked for", async (length) => {
    const endless = Array.from({ length: 300 }, () => `${ab(length)}6100`);
    const { sent, answer } = await run({ ...header, expected: 256 }, endless);
    expect(answer).toBe("protocol_error");
    expect(sent.length).toBeLessThanOrEqual(257);
  });

  test("whatever the element answers, there is an end", async () => {
    await assert(
      asyncProperty(array(uint8Array({ maxLength: 6 }), { maxLength: 20 }), async (answers) => {
        const { answer } = await run({ ...header, expected: 8 }, [...answers.map(toHex), "9000"]);
        expect(answer).toMatch(/^(?:(?:[0-9a-f]{2}){0,10}[0-9a-f]{1,4}|protocol_error)$/u);
      }),
    );
  });
});
