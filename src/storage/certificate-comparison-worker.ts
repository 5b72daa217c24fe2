import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { ComparisonThread } from "./certificate-comparison.ts";
import { compareWithLists } from "./listed-certificates.ts";

const { file, key, lists, stop } = workerData as ComparisonThread;
const database = new Database(file, { readonly: true, timeout: 5000 });
try {
  parentPort?.postMessage(compareWithLists(database, key, lists, () => Atomics.load(stop, 0) !== 0), []);
} finally {
  database.close();
}
