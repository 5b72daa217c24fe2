import { once } from "node:events";
import type { KeyObject } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { CertificateList, Comparison } from "./listed-certificates.ts";

/** What the thread is given; the tables of the lists are shared, not copied, where their memory allows it. */
export interface ComparisonTask {
  readonly file: string;
  readonly key: KeyObject;
  readonly lists: readonly CertificateList[];
}

/** See `compareWithLists`: in a thread and on a connection of its own, so that nobody waits for it. */
export async function compareInThread(workerData: ComparisonTask, signal: AbortSignal): Promise<Comparison> {
  signal.throwIfAborted();
  const worker = new Worker(new URL("./certificate-comparison-worker.ts", import.meta.url), { workerData });
  try {
    const [comparison] = (await once(worker, "message", { signal })) as [Comparison];
    return comparison;
  } finally {
    await worker.terminate();
  }
}
