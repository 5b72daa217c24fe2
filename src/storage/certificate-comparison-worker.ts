import { parentPort, workerData } from "node:worker_threads";
import type { ComparisonThread } from "./certificate-comparison.ts";
import { type ComparedEvidence, compareWithLists, type Comparison } from "./listed-certificates.ts";

const { database, keys, lists, stop } = workerData as ComparisonThread;
const compare = (evidence: ComparedEvidence): Promise<Comparison> => compareWithLists(evidence, keys, lists, () => Atomics.load(stop, 0) !== 0);
// A thread loads the driver that it needs.
const comparison = "file" in database
  ? await (await import("./sqlite-evidence.ts")).withEvidence(database, compare)
  : await (await import("./postgresql-evidence.ts")).withEvidence(database, compare);
parentPort?.postMessage(comparison, []);
