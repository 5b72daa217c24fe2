import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { readLines } from "../../src/cli/json-lines.ts";
import { cleanEnvironment, program } from "./run-cli.ts";

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

async function linesOf(...texts: readonly string[]): Promise<readonly (string | null)[]> {
  const lines: (string | null)[] = [];
  for await (const line of readLines(chunks(...texts), 8)) lines.push(line);
  return lines;
}

test.each<readonly [string, readonly string[], readonly (string | null)[]]>([
  ["nothing", [], []],
  ["one line", ["a\n"], ["a"]],
  ["last line without LF", ["a\nb"], ["a", "b"]],
  ["lines across chunks", ["a", "b\nc", "\n", "d"], ["ab", "c", "d"]],
  ["empty lines", ["\n\na\n"], ["", "", "a"]],
  ["separators of Unicode end no line", ["a\u2028\u2029\n"], ["a\u2028\u2029"]],
  ["CR is part of the line", ["a\r\n"], ["a\r"]],
  ["as long as allowed", ["12345678\n"], ["12345678"]],
  ["too long", ["123456789\na\n"], [null, "a"]],
  ["too long across chunks, at the end", ["1234", "5678", "9"], [null]],
])("%s", async (_, texts, lines) => {
  expect(await linesOf(...texts)).toEqual(lines);
});

test("whoever reads the lines goes, as `head` does: it ends without a word", async () => {
  const child = spawn(process.execPath, [program, "certificate", "verify", "--batch"], { env: cleanEnvironment() });
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString()));
  child.stdin.on("error", () => undefined).write("{}\n".repeat(100_000));
  await once(child.stdout, "data");
  child.stdout.destroy();
  expect(await once(child, "exit")).toEqual([1, null]);
  expect(complaints).toBe("");
});
