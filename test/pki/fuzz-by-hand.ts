import { setTimeout } from "node:timers/promises";
import { fuzz } from "./fuzz.ts";
import { fuzzTargets } from "./fuzz-targets.ts";
import { seededRandom } from "./mutate.ts";

/**
 * The long run: `node --expose-gc test/pki/fuzz-by-hand.ts <seconds> [certificate | crl | ocsp] [seed]`.
 * The seconds are shared by the targets. Ends at the first exception or false accept, with its input.
 */

const [seconds = "60", group, seed = String(Date.now())] = process.argv.slice(2);
const targets = fuzzTargets.filter((target) => group === undefined || target.group === group);
/** KiB in use, after what the event loop and the collector still let go of. */
async function inUse(): Promise<number> {
  await setTimeout(100);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return Math.round((heapUsed + external) / 1024);
}

for (const [index, target] of targets.entries()) {
  const random = seededRandom(Number(seed) + index);
  // What the first runs compile and remember is not counted.
  fuzz(target, random, (runs) => runs < 1000);
  const before = await inUse();
  const end = performance.now() + (Number(seconds) * 1000) / targets.length;
  const { runs, outcomes, slowestMs, mostBytes } = fuzz(target, random, () => performance.now() < end);
  const figures = { runs, slowestMs, mostKiB: Math.round(mostBytes / 1024), keptKiB: (await inUse()) - before, seed: Number(seed) + index };
  process.stdout.write(`${JSON.stringify({ group: target.group, name: target.name, ...figures, outcomes: Object.fromEntries(outcomes) })}\n`);
}
