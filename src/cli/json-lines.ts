import { once } from "node:events";
import { z } from "zod";
import { exitCodes } from "./terminal.ts";

/** A line longer than this is not looked at: it would not fit into a string. */
const maximumLineLength = 500 * 2 ** 20;

/**
 * The lines of a stream of bytes, one at a time and without more of the stream in memory than a line.
 * LF alone ends a line: JSON texts may hold the other separators of Unicode. `null` for a line that is too long.
 */
export async function* readLines(input: AsyncIterable<Buffer>, maximumLength: number = maximumLineLength): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer): void => {
    length += part.length;
    if (length <= maximumLength) parts.push(part);
    else parts = [];
  };
  const line = (): string | null => {
    const text = length <= maximumLength ? Buffer.concat(parts).toString("utf8") : null;
    parts = [];
    length = 0;
    return text;
  };
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      take(chunk.subarray(start, end));
      yield line();
      start = end + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (length > 0) yield line();
}

/** Answers every line of stdin with a line on stdout, in the same order. */
export const answerLines = (answer: (line: string | null) => unknown): Promise<void> => printLines(readLines(process.stdin), answer);

/** Prints a line of JSON for each, no faster than they are read. Where whoever reads them has gone (`| head`) it ends without a word, by the exit code of what failed. */
export async function printLines<Item>(items: AsyncIterable<Item>, documentFor: (item: Item) => unknown): Promise<void> {
  const failures: NodeJS.ErrnoException[] = [];
  process.stdout.on("error", (error) => failures.push(error));
  for await (const item of items) {
    // It rejects by the error that the listener has.
    if (!process.stdout.write(`${JSON.stringify(documentFor(item))}\n`)) await once(process.stdout, "drain").catch(() => undefined);
    if (failures.length > 0) break;
  }
  await new Promise((resolve) => process.stdout.write("", resolve));
  const [failure] = failures;
  if (failure === undefined) return;
  if (failure.code !== "EPIPE") throw failure;
  process.exitCode = exitCodes.failed;
}

/** What stands in a line: `null` where that is no JSON, or too long for a line. */
export function documentOf(line: string | null): unknown {
  try {
    return line === null ? null : JSON.parse(line);
  } catch {
    return null;
  }
}

/** The id by which every line is answered. */
export const lineId = z.union([z.string(), z.number()]);

/** The id of a line, also of one that is wrong otherwise; `null` where it has none. */
export function idOf(document: unknown): string | number | null {
  const read = z.object({ id: lineId }).safeParse(document);
  return read.success ? read.data.id : null;
}
