/** `npm run bench`: benchmarks, each with its baseline in the same run, or a soak; `npm run bench -- --help` says which. */
import { benches } from "./benches.ts";
import { askedOf } from "./command-line.ts";
import { runBenches, timed } from "./run-benches.ts";
import { soak } from "./soak.ts";

const help = `npm run bench -- [--json] [NAME...]         these benchmarks, or all of them, one after another
npm run bench -- soak [--minutes MINUTES]   one bridge under mixed load for so long (5)

${[...benches].map(([name, { measures }]) => `  ${name.padEnd(15)}${measures}`).join("\n")}
  ${"soak".padEnd(15)}errors, and whether memory, descriptors and tables stay bounded; always as JSON

  --json   figures as JSON, each with its baseline and their ratio
  --help   this

Figures go to standard output, progress to standard error. BENCH_SECONDS sets how long the loads of signin,
grants, introspection, nodes and sdk last. One that fails does not keep the others from running. Exit codes:
0 done, 1 one failed, 2 wrong usage.
`;

let failed: readonly string[] = [];
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
    failed = await runBenches(asked.names, benches, asked.json);
}
if (failed.length > 0) process.stderr.write(`failed: ${failed.join(", ")}\n`);
// Connections of the load are kept open.
process.exit(failed.length > 0 ? 1 : 0);
