/** `npm run bench`: benchmarks, each with its baseline in the same run, or a soak; `npm run bench -- --help` says which. */
import { benches } from "./benches.ts";
import { askedOf } from "./command-line.ts";
import type { Measurement } from "./measurement.ts";
import { soak } from "./soak.ts";

const help = `npm run bench -- [--json] [NAME...]         these benchmarks, or all of them, one after another
npm run bench -- soak [--minutes MINUTES]   one bridge under mixed load for so long (5)

${[...benches].map(([name, { measures }]) => `  ${name.padEnd(15)}${measures}`).join("\n")}
  ${"soak".padEnd(15)}errors, and whether memory, descriptors and tables stay bounded; always as JSON

  --json   figures as JSON, each with its baseline and their ratio
  --help   this

Figures go to standard output, progress to standard error. BENCH_SECONDS sets how long the loads of signin,
grants, introspection, nodes and sdk last. Exit codes: 0 done, 1 failed, 2 wrong usage.
`;

const asked = askedOf(process.argv.slice(2), [...benches.keys()]);
switch (asked.kind) {
  case "help":
    process.stdout.write(help);
    break;
  case "wrong":
    process.stderr.write(`${asked.why}\n\n${help}`);
    process.exit(2);
  case "soak":
    process.stdout.write(`${JSON.stringify(await timed(`soak: ${asked.seconds} s of load`, () => soak(asked.seconds)), null, 2)}\n`);
    break;
  case "benches":
    await runAll(asked.names, asked.json);
}
// Connections of the load are kept open.
process.exit(0);

async function runAll(names: readonly string[], json: boolean): Promise<void> {
  const measurements: Measurement[] = [];
  for (const [index, name] of names.entries()) {
    const bench = benches.get(name);
    if (bench === undefined) continue;
    const measured = await timed(`${index + 1} of ${names.length}, ${name}: ${bench.measures}`, bench.run);
    measurements.push(...measured);
    if (!json) process.stdout.write(measured.map(line).join(""));
  }
  if (json) process.stdout.write(`${JSON.stringify(measurements, null, 2)}\n`);
}

/** Says what is waited for, which may be many minutes, and how long it took. */
async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const started = performance.now();
  process.stderr.write(`${what}\n`);
  const result = await work();
  process.stderr.write(`  took ${Math.round((performance.now() - started) / 1000)} s\n`);
  return result;
}

function line({ name, value, unit, baseline, ratio }: Measurement): string {
  return `${name}: ${value} ${unit} (${baseline.name}: ${baseline.value} ${unit}; ratio ${ratio})\n`;
}
