import { once } from "node:events";
import { z } from "zod";

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

/** Answers every line of stdin with a line on stdout, in the same order, no faster than they are read. */
export async function answerLines(answer: (line: string | null) => unknown): Promise<void> {
  for await (const line of readLines(process.stdin)) {
    if (!process.stdout.write(`${JSON.stringify(answer(line))}\n`)) await once(process.stdout, "drain");
  }
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
