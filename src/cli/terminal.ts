import { styleText } from "node:util";

/** What the process ends with. Documented in the help of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, problems: 4 } as const;

type Style = Parameters<typeof styleText>[0];

/** Colours on a terminal, plain text elsewhere (and with NO_COLOR). */
export function coloured(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}

export function complain(message: string, exitCode: number): void {
  process.stderr.write(`${coloured("red", message, process.stderr)}\n`);
  process.exitCode = exitCode;
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Says on stderr what is being waited for, on a terminal only, once it takes over two seconds. */
export async function withProgress<Result>(what: string, work: Promise<Result>): Promise<Result> {
  if (!process.stderr.isTTY) return work;
  const started = Date.now();
  const timer = setInterval(() => {
    process.stderr.write(`\r${what} … ${Math.round((Date.now() - started) / 1000)} s`);
  }, 2000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (Date.now() - started > 2000) process.stderr.write("\r\u001b[K");
  }
}

/** Rows under headings, columns aligned. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd();
  return [coloured("bold", line(headings)), ...rows.map(line)].join("\n");
}

/** Resolves when the process is asked to stop. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}
