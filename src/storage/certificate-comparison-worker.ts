import { parentPort, workerData } from "node:worker_threads";
import Database from "better-sqlite3";
import type { ComparisonTask } from "./certificate-comparison.ts";
import { compareWithLists } from "./listed-certificates.ts";

const { file, key, lists } = workerData as ComparisonTask;
const database = new Database(file, { readonly: true, timeout: 5000 });
try {
  parentPort?.postMessage(compareWithLists(database, key, lists), []);
} finally {
  database.close();
}
