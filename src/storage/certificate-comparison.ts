import type { KeyObject } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { CertificateList, Comparison } from "./listed-certificates.ts";

/** The tables of the lists are shared, not copied, where their memory allows it. */
export interface ComparisonTask {
  readonly database: { readonly file: string } | { readonly url: string };
  /** See `Sealing.lookUpKeys`. */
  readonly keys: readonly KeyObject[];
  readonly lists: readonly CertificateList[];
}

/** What the thread is given; `stop` is one shared word, not zero when it is to end. */
export interface ComparisonThread extends ComparisonTask {
  readonly stop: Int32Array;
}

/** See `compareWithLists`: in a thread and on a connection of its own, so that nobody waits for it. */
export async function compareInThread(task: ComparisonTask, signal: AbortSignal): Promise<Comparison> {
  signal.throwIfAborted();
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const workerData: ComparisonThread = { ...task, stop };
  const worker = new Worker(new URL("./certificate-comparison-worker.ts", import.meta.url), { workerData });
  // Ended from outside while it loads the database's driver, the thread would take the process with it.
  const askToStop = (): void => void Atomics.store(stop, 0, 1);
  signal.addEventListener("abort", askToStop);
  let comparison: Comparison | null = null;
  worker.on("message", (message: Comparison) => (comparison = message));
  try {
    await ended(worker);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", askToStop);
  }
  if (comparison === null) throw new Error("the thread ended without an answer");
  return comparison;
}

/** Resolves when the thread is gone, and rejects then with what it failed with. */
async function ended(worker: Worker): Promise<void> {
  const failures: unknown[] = [];
  worker.on("error", (error) => failures.push(error));
  await new Promise((resolve) => worker.once("exit", resolve));
  if (failures.length > 0) throw failures[0];
}
