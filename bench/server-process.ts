import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";

/** A server under test, in a process of its own, so that the load does not share its event loop. */
export interface ServerProcess<Ready> {
  readonly ready: Ready;
  /** Milliseconds from starting the process until it answered. */
  readonly startMs: number;
  /** Resident memory in MiB, now. */
  memory(): number;
  stop(): Promise<void>;
}

export async function startServer<Ready>(file: string, ...parameters: readonly string[]): Promise<ServerProcess<Ready>> {
  const started = performance.now();
  const child: ChildProcess = fork(new URL(file, import.meta.url), parameters, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Ready));
    child.once("exit", (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    ready,
    startMs: performance.now() - started,
    memory: () => residentMemory(child.pid),
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
