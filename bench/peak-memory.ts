import { readFileSync } from "node:fs";

/**
 * Peak resident memory of a process in MiB as Linux tells it; zero elsewhere. Not by getrusage, whose
 * figure a process inherits from the one that started it.
 */
export function peakOf(pid: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
