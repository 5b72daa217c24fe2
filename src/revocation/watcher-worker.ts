import { parentPort, workerData } from "node:worker_threads";
import { type BoundSerials, findFallen, type Match } from "./fallen.ts";
import type { SerialTable } from "../pki/crl-serials.ts";

/** What the thread is given: memory that is shared, not copied. */
export interface WatcherTask {
  readonly bound: BoundSerials;
  readonly indexes: readonly SerialTable[];
}

/** For each CRL of the task, in its order. */
export type WatcherResult = readonly (readonly Match[])[];

const { bound, indexes } = workerData as WatcherTask;
const result: WatcherResult = indexes.map((index) => findFallen({ bound, index }));
parentPort?.postMessage(result, []);
