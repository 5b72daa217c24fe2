import { spawn } from "node:child_process";
import path from "node:path";

/** Runs a program to its end, with this Node first in its path; what it printed on both channels. */
export async function run(command: string, parameters: readonly string[], { cwd, env = {} }: { cwd: string; env?: Record<string, string> }): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, parameters, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env["PATH"] ?? ""}`, ...env },
  });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}
