import { getHeapStatistics } from "node:v8";
import type { FuzzTarget } from "./fuzz-targets.ts";
import { mutate, type Random } from "./mutate.ts";
import { mutateStructure } from "./mutate-structure.ts";

/** Judges damaged inputs, and measures each run. */

export interface FuzzFigures {
  readonly runs: number;
  /** How often each outcome came. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** Processor time of the slowest run. */
  readonly slowestMs: number;
  /** Most octets that one run took of the heap and outside it. */
  readonly mostBytes: number;
}

type Damage = (target: FuzzTarget, random: Random) => Uint8Array;
/** What is signed is damaged, and signed by the right key: whatever is said of it may be right. */
const signedDamage: Damage = ({ signAnew }, random) => signAnew((toBeSigned) => mutateStructure(toBeSigned, random));
const damages: readonly Damage[] = [
  ({ original }, random) => mutate(original, random),
  ({ original }, random) => mutateStructure(original, random),
  signedDamage,
];

/**
 * Damages the target's original and has it judged, as long as `goesOn` says of the runs so far.
 *
 * @throws Error with the input in hexadecimal, when the judge throws or accepts what nobody signed.
 */
export function fuzz(target: FuzzTarget, random: Random, goesOn: (runs: number) => boolean): FuzzFigures {
  const outcomes = new Map<string, number>();
  let [runs, slowestMs, mostBytes] = [0, 0, 0];
  for (; goesOn(runs); runs += 1) {
    const damage = damages[runs % damages.length] ?? signedDamage;
    const input = damage(target, random);
    if (Buffer.from(input).equals(target.original)) continue;
    const { outcome, milliseconds, bytes } = judged(target, input);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const isUnharmed = outcome === target.outcome && Buffer.from(input).indexOf(target.signed) >= 0;
    if (damage !== signedDamage && accepting.has(outcome) && !isUnharmed) fail(`accepted: ${outcome}`, input);
    slowestMs = Math.max(slowestMs, milliseconds);
    mostBytes = Math.max(mostBytes, bytes);
  }
  return { runs, outcomes, slowestMs, mostBytes };
}

const accepting = new Set(["good", "valid"]);
/** A run that seems slower is looked at again: a pause for garbage collection is not its own. */
const suspiciousMs = 10;

function judged(target: FuzzTarget, input: Uint8Array): { outcome: string; milliseconds: number; bytes: number } {
  const measured = measure(target, input);
  if (measured.milliseconds < suspiciousMs) return measured;
  return [measured, measure(target, input), measure(target, input)].reduce((quickest, next) => (next.milliseconds < quickest.milliseconds ? next : quickest));
}

function measure({ judge }: FuzzTarget, input: Uint8Array): { outcome: string; milliseconds: number; bytes: number } {
  const before = octetsInUse();
  const start = process.cpuUsage();
  try {
    const outcome = judge(input);
    return { outcome, milliseconds: process.cpuUsage(start).user / 1000, bytes: octetsInUse() - before };
  } catch (error) {
    return fail(String(error), input);
  }
}

function octetsInUse(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

function fail(reason: string, input: Uint8Array = new Uint8Array()): never {
  throw new Error(`${reason}: ${Buffer.from(input).toString("hex")}`);
}
