import { type ChildProcess, fork, type ForkOptions } from "node:child_process";
import { readFileSync } from "node:fs";
import { type BridgeStart, bridgeStart } from "./bridge-start.ts";
import type { Usage } from "./servers/probe.ts";

/** A server under test, in a process of its own, so that the load does not share its event loop. */
export interface ServerProcess<Ready> {
  readonly ready: Ready;
  /** Milliseconds from starting the process until it answered. */
  readonly startMs: number;
  /** Resident memory in MiB, now. */
  memory(): number;
  /** Processor time of all its threads so far, in milliseconds. */
  cpuMs(): number;
  /** What it took since this was asked last, of servers that have a probe. */
  usage(): Promise<Usage>;
  stop(): Promise<void>;
}

export const startServer = <Ready>(file: string, ...parameters: readonly string[]): Promise<ServerProcess<Ready>> => start(file, parameters, startOf(file));

/** The same on one core alone, by `taskset` (Linux). */
export const startServerOnCore = <Ready>(core: number, file: string, ...parameters: readonly string[]): Promise<ServerProcess<Ready>> => {
  const { execArgv, env } = startOf(file);
  return start(file, parameters, { execPath: "taskset", execArgv: ["-c", String(core), process.execPath, ...execArgv], env });
};

const startOf = (file: string): BridgeStart => (file.endsWith("bridge.ts") ? bridgeStart : { execArgv: [], env: process.env });

async function start<Ready>(file: string, parameters: readonly string[], options: ForkOptions): Promise<ServerProcess<Ready>> {
  const started = performance.now();
  const child: ChildProcess = fork(new URL(file, import.meta.url), parameters, { stdio: ["ignore", "ignore", "inherit", "ipc"], ...options });
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Ready));
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    ready,
    startMs: performance.now() - started,
    memory: () => residentMemory(child.pid),
    cpuMs: () => processorTime(child.pid),
    usage: () =>
      new Promise((resolve) => {
        child.once("message", (message) => resolve(message as Usage));
        child.send("usage");
      }),
    stop: () =>
      new Promise((resolve) => {
        child.once("exit", () => resolve());
        child.kill();
      }),
  };
}

/** Resident memory of a process in MiB, as Linux tells it. */
export function residentMemory(pid: number | undefined): number {
  const found = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"));
  return Number(found?.[1] ?? 0) / 1024;
}

/** Milliseconds of all its threads so far, in the hundredths of a second that Linux counts by. */
export function processorTime(pid: number | undefined): number {
  const afterName = readFileSync(`/proc/${String(pid)}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  return (Number(afterName[11]) + Number(afterName[12])) * 10;
}
