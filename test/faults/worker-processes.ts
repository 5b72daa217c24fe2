import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { NodeProcess } from "./node-process.ts";

/** The workers of a supervisor, by Linux's own list. */

export const linux = process.platform === "linux";

export const workersOf = ({ child: { pid } }: Pick<NodeProcess, "child">): number[] => execFileSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" }).trim().split(/\s+/u).map(Number).filter((id) => isWorker(id));

/** Whether the process is there, and is one of ours. */
export const isWorker = (id: number): boolean => {
  try {
    return readFileSync(`/proc/${id}/cmdline`, "utf8").includes("serve");
  } catch {
    return false;
  }
};

/** Seconds of processor time that the process has used. */
export function processorSeconds(id: number): number {
  const [user, system] = (readFileSync(`/proc/${id}/stat`, "utf8").split(") ")[1] ?? "").split(" ").slice(11, 13).map(Number);
  return ((user ?? 0) + (system ?? 0)) / 100;
}
