import type { KeyObject } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import Database, { type Statement } from "better-sqlite3";
import { isOutage } from "./outage.ts";
import { signerBy } from "./receipt-signing.ts";
import { configureConnection } from "./sqlite-connection.ts";
import { defineReceiptFunctions } from "./sqlite-receipts.ts";
import type { Answer, Write, WriterMessage } from "./sqlite-writer.ts";

const database = new Database(workerData as string, { timeout: 5000 });
configureConnection(database);
let receiptKey: { readonly id: string; readonly key: KeyObject } | null = null;
defineReceiptFunctions(database, signerBy(() => {
  if (receiptKey === null) throw new Error("no key that signs receipts was given to this thread");
  return receiptKey;
}));

const statements = new Map<string, Statement>();
function run({ sql, parameters }: Write): Answer {
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = database.prepare(sql);
    statements.set(sql, statement);
  }
  return { changes: statement.run(...parameters).changes };
}

const together = database.transaction((writes: readonly Write[]) => writes.map(run));

/** One that fails must not take the others with it: each then gets a transaction of its own. */
function alone(write: Write): Answer {
  try {
    return run(write);
  } catch (error) {
    return failure(error);
  }
}

/** Of an error only its kind and its message arrive at another thread. */
const failure = (error: unknown): Answer => ({ message: error instanceof Error ? error.message : String(error), code: (error as { readonly code?: string }).code });

function commit(writes: readonly Write[]): readonly Answer[] {
  try {
    return together.immediate(writes);
  } catch (error) {
    // No room, or a lock that another process keeps: it would be the same for each, after waiting as long again.
    return isOutage(error) ? writes.map(() => failure(error)) : writes.map(alone);
  }
}

parentPort?.on("message", (message: WriterMessage) => {
  if (message.kind === "write") parentPort?.postMessage(commit(message.writes), []);
  else if (message.kind === "receipt key") receiptKey = message;
  else {
    database.close();
    parentPort?.close();
  }
});
