import type { Bench } from "./benches.ts";
import type { Measurement } from "./measurement.ts";

/**
 * Runs benchmarks one after another: figures to standard output, progress to standard error. One that fails is
 * told of, and takes away neither what others measured nor their turn.
 * @returns names of those that failed.
 */
export async function runBenches(names: readonly string[], benches: ReadonlyMap<string, Bench>, json: boolean): Promise<string[]> {
  const measurements: Measurement[] = [];
  const failed: string[] = [];
  for (const [index, name] of names.entries()) {
    const bench = benches.get(name);
    if (bench === undefined) continue;
    try {
      const measured = await timed(`${index + 1} of ${names.length}, ${name}: ${bench.measures}`, bench.run);
      measurements.push(...measured);
      if (!json) process.stdout.write(measured.map(line).join(""));
    } catch (error) {
      failed.push(name);
      process.stderr.write(`  ${name} failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
    }
  }
  if (json) process.stdout.write(`${JSON.stringify(measurements, null, 2)}\n`);
  return failed;
}

/** Says what is waited for, which may be many minutes, and how long it took. */
export async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  process.stderr.write(`${what}\n`);
  const result = await work();
  process.stderr.write(`  took ${Math.round((performance.now() - started) / 1000)} s\n`);
  return result;
}

function line({ name, value, unit, baseline, ratio }: Measurement): string {
  return `${name}: ${value} ${unit} (${baseline.name}: ${baseline.value} ${unit}; ratio ${ratio})\n`;
}
