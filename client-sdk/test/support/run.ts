import { spawn } from "node:child_process";
import path from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface RunOptions {
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What it reads on its standard input, at once. */
  readonly input?: string;
  /** What is typed, line by line, each once the program has printed its question. */
  readonly answers?: readonly (readonly [question: string, answer: string])[];
}

/** Runs a program to its end, with this Node; what it printed on both channels. */
export async function run(command: string, parameters: readonly string[], { directory, environment = {}, input, answers = [] }: RunOptions): Promise<Ended> {
  const PATH = `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"] ?? ""}`;
  const child = spawn(command, parameters, { cwd: directory, env: { ...process.env, NO_COLOR: "1", PATH, ...environment } });
  if (input !== undefined) child.stdin.end(input);
  const asked = [...answers];
  let output = "";
  let unread = "";
  const hear = (chunk: Buffer): void => {
    output += chunk.toString();
    unread += chunk.toString();
    const [question, answer] = asked[0] ?? [];
    if (question === undefined || !unread.includes(question)) return;
    asked.shift();
    unread = "";
    child.stdin.write(`${answer}\n`);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  return { code, output };
}
