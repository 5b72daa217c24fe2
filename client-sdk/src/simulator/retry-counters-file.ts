import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { SimulatorRefusal } from "./simulator-refusal.ts";

/** Retry counters by the SHA-256 of their certificate (hexadecimal), so that a card made anew begins with all its tries. */
export type RetryCounters = Readonly<Record<string, number>>;

/**
 * What the file holds; nothing if it is not there.
 * @throws SimulatorRefusal if it holds something else.
 */
export function readRetryCounters(file: string): RetryCounters {
  const text = readIfThere(file);
  const counters = text === null ? {} : parse(text);
  if (counters === null) throw new SimulatorRefusal(`${file} does not hold retry counters`);
  return counters;
}

/** Written beside it and renamed, so that the file is never half written. */
export function writeRetryCounters(file: string, triesLeft: RetryCounters): void {
  writeFileSync(`${file}.new`, `${JSON.stringify({ triesLeft }, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new SimulatorRefusal(`${file} cannot be read`, { cause: error });
  }
}

function parse(text: string): RetryCounters | null {
  try {
    const { triesLeft } = JSON.parse(text) as { triesLeft: unknown };
    return isCounters(triesLeft) ? triesLeft : null;
  } catch {
    // No JSON, or no object.
    return null;
  }
}

function isCounters(value: unknown): value is RetryCounters {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((count) => typeof count === "number");
}
