import { styleText } from "node:util";
import { catalogue, type Refusal } from "../errors.ts";

/** What the process ends with. Documented in the help of every command. */
export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, problems: 4 } as const;

type Style = Parameters<typeof styleText>[0];

/** Colours on a terminal, plain text elsewhere (and with NO_COLOR). */
export function coloured(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** A command that was written wrongly. */
export class UsageError extends Error {}

/** What kept a command from its work, in a sentence that says it all. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Whether a program reads what is printed: then failures are JSON too. */
const isForPrograms = (): boolean => process.argv.includes("--json");

/** Says on stderr what went wrong: a sentence for people, and with `--json` an object with its code. */
export function complain(message: string, exitCode: number, code = exitCode === exitCodes.usage ? "usage" : "failed"): void {
  process.stderr.write(isForPrograms() ? `${JSON.stringify({ error: code, error_description: message })}\n` : `${coloured("red", message, process.stderr)}\n`);
  process.exitCode = exitCode;
}

/** Says how a command was written wrongly, and to people where its help is. `command` is its whole name. */
export function complainOfUsage(message: string, command: string): void {
  complain(message, exitCodes.usage);
  if (!isForPrograms()) process.stderr.write(`try: npx ${command} --help\n`);
}

/** Says what was refused. People see the code before the sentence; for programs it is a member of its own. */
export function complainOfRefusal({ code, detail }: Refusal): void {
  const sentence = detail === "" ? catalogue[code].en : detail;
  complain(isForPrograms() ? sentence : `${code}: ${sentence}`, exitCodes.refused, code);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Says on stderr what is being waited for, on a terminal only, once it takes over two seconds. */
export async function withProgress<Result>(what: string | (() => string), work: Promise<Result>): Promise<Result> {
  if (!process.stderr.isTTY) return work;
  const started = Date.now();
  const timer = setInterval(() => {
    process.stderr.write(`\r${typeof what === "string" ? what : what()} … ${Math.round((Date.now() - started) / 1000)} s`);
  }, 2000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (Date.now() - started > 2000) process.stderr.write("\r\u001b[K");
  }
}

// East Asian Wide and Fullwidth (Unicode UAX 11): two columns each on a terminal.
const wide = /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const ofNoWidth = /\p{Mn}|\p{Me}|\p{Cf}/u;

/** Columns that a text takes on a terminal. */
export function columnsOf(text: string): number {
  return [...text].reduce((columns, character) => columns + (ofNoWidth.test(character) ? 0 : wide.test(character) ? 2 : 1), 0);
}

/** Rows under headings, columns aligned. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(...[heading, ...rows.map((row) => row[column] ?? "")].map(columnsOf)));
  const padded = (cell: string, column: number): string => cell + " ".repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)));
  const line = (cells: readonly string[]): string => cells.map(padded).join("  ").trimEnd();
  return [coloured("bold", line(headings)), ...rows.map(line)].join("\n");
}

// As npm sets it. Its shell dies by a signal and does not hand it on, so that what it ran would go on alone.
const underNpm = ["exec", "start"].includes(process.env["npm_command"] ?? "");
const parent = process.ppid;

/** Resolves when the process is asked to stop: by a signal, or by the end of the npx or `npm start` it runs under. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    if (!underNpm) return;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve();
    }, 500);
    watch.unref();
  });
}

/** What was started. Asked to stop before it answers, the process ends at once: nobody has begun anything with it. */
export async function startedUnlessStopped<Result>(stopped: Promise<void>, start: () => Promise<Result>): Promise<Result> {
  let isStarting = true;
  const endIfAsked = async (): Promise<void> => {
    await stopped;
    if (isStarting) process.exit(exitCodes.done);
  };
  void endIfAsked();
  const result = await start();
  isStarting = false;
  return result;
}

/** What a further signal does while the process comes to its end: also in the first process of a container, which signals do not end by themselves. */
export function stopAtOnceWhenAskedAgain(stop: () => void = () => process.exit(exitCodes.failed)): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
}
