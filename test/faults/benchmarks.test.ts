import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Measurement } from "../../bench/measurement.ts";

const program = path.resolve(import.meta.dirname, "../../bench/main.ts");

/** One for each way in which a benchmark sets up what it measures; how fast it is says nothing here. */
const benchmarks = ["signin", "introspection", "sdk", "receipts"];

test.each(benchmarks)("the benchmark %s runs outside of the tests and compares each figure", async (name) => {
  // As by hand: vitest's own variables are not there.
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith("VITEST")));
  const { stdout } = await promisify(execFile)(process.execPath, [program, "--json", name], { env: { ...env, BENCH_SECONDS: "0.2" } });
  const measurements = JSON.parse(stdout) as Measurement[];
  expect(measurements.length).toBeGreaterThan(0);
  for (const { value, baseline, ratio } of measurements) {
    expect(value).toBeGreaterThan(0);
    expect(baseline.value).toBeGreaterThan(0);
    expect(ratio).toBeGreaterThan(0);
  }
});
