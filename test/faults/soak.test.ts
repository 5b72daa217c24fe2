import { expect, test } from "vitest";
import { soak } from "../../bench/soak.ts";

/** Seconds of load; `npm run bench -- soak --minutes 60` soaks by hand. */
const seconds = Number(process.env["SOAK_SECONDS"] ?? 20);

test("under mixed load nothing fails, memory stays, and what expires goes", { timeout: (seconds + 120) * 1000 }, async () => {
  const report = await soak(seconds);
  expect(report.errors).toEqual([]);
  for (const { count } of report.acts) expect(count).toBeGreaterThan(0);
  expect(report.signals_delivered).toBeGreaterThan(10);
  expect(report.memory_mib.end).toBeLessThan(400);
  // The heap takes its time to settle: a slope says something after minutes alone.
  if (seconds >= 300) expect(report.memory_mib.slope_per_minute).toBeLessThan(2);
  expect(report.file_descriptors.end).toBeLessThan(report.file_descriptors.warm + 40);
  expect(report.resources.end).toBeLessThan(report.resources.warm + 40);
  expect(report.artifacts.end).toBeGreaterThan(100);
  expect(report.artifacts.expired).toBeLessThanOrEqual(10);
});
