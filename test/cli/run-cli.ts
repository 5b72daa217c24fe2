import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { sandboxConfigurationFile } from "../../src/config.ts";
import { complete, place } from "../config/place.ts";

export const program = path.resolve("src/cli/jpki-bridge.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Desk {
  readonly directory: string;
  /** Runs a command to its end, in the directory, on the sandbox configuration there. */
  run(...parameters: string[]): Promise<Ended>;
  /** The JSON that a command prints when it succeeds. */
  json<Value>(...parameters: string[]): Promise<Value>;
}

/** Where no bridge is: above what a system gives out by itself, and not the sandbox's, which may be running here. */
export const issuer = "http://localhost:65534";

/** A directory with a sandbox's configuration, where administration commands work. */
export function desk(changes: object = {}): Desk {
  const directory = place();
  writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify({ ...complete(), issuer, ...changes }));
  const run = (...parameters: string[]): Promise<Ended> => runCli(parameters, directory);
  return {
    directory, run,
    json: async <Value>(...parameters: string[]): Promise<Value> => {
      const { code, stdout, stderr } = await run(...parameters, "--json");
      if (code !== 0) throw new Error(`exit ${String(code)}: ${stderr}`);
      return JSON.parse(stdout) as Value;
    },
  };
}

/** Runs the command line program in a process of its own; `input` is its stdin. */
export async function runCli(parameters: readonly string[], directory: string, environment: NodeJS.ProcessEnv = {}, input = ""): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...parameters], { cwd: directory, env: { ...cleanEnvironment(), JPKI_BRIDGE_DATA: directory, ...environment }, stdio: "pipe" });
  child.stdin.end(input);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

/** This process's environment without what would decide about colours or configuration. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NO_COLOR: _1, FORCE_COLOR: _2, JPKI_BRIDGE_CONFIG: _3, JPKI_BRIDGE_DATA: _4, PORT: _5, ...rest } = process.env;
  return rest;
}
