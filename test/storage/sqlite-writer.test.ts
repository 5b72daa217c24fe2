import path from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { firstBrokenReceipt, isOutage, rotateReceiptKey } from "../../src/storage/index.ts";
import { SqliteWriter } from "../../src/storage/sqlite-writer.ts";
import { temporaryDirectory, temporaryStorage } from "./temporary.ts";

const insert = `INSERT INTO "word" ("id") VALUES (?)`;

async function writerOf(file = path.join(temporaryDirectory(), "bridge.db")): Promise<SqliteWriter> {
  const { receiptSigner } = temporaryStorage({ file });
  const writer = new SqliteWriter(file, receiptSigner);
  expect(await writer.commit([{ sql: `CREATE TABLE "word" ("id" TEXT PRIMARY KEY)`, parameters: [] }])).toEqual([{ changes: expect.any(Number) }]);
  return writer;
}

test("each write has its own count, and one that fails takes none with it", async () => {
  const writer = await writerOf();
  const written = await writer.commit([
    { sql: insert, parameters: ["a"] },
    { sql: insert, parameters: ["a"] },
    { sql: insert, parameters: ["b"] },
    { sql: `UPDATE "word" SET "id"="id"||'!'`, parameters: [] },
    { sql: `UPDATE "no_such_table" SET "id"=1`, parameters: [] },
  ]);
  expect(written).toEqual([{ changes: 1 }, { error: expect.objectContaining({ code: "SQLITE_CONSTRAINT_PRIMARYKEY", message: expect.stringContaining("UNIQUE") }) }, { changes: 1 }, { changes: 2 }, { error: expect.objectContaining({ message: expect.stringContaining("no_such_table") }) }]);
  await writer.close();
});

test("writes that meet a lock of another process wait for it together, not one after the other", async () => {
  const file = path.join(temporaryDirectory(), "bridge.db");
  const writer = await writerOf(file);
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  const begun = performance.now();
  const written = await writer.commit(["a", "b", "c"].map((id) => ({ sql: insert, parameters: [id] })));
  const seconds = (performance.now() - begun) / 1000;
  other.exec("ROLLBACK");
  expect(written.map((each) => "error" in each && isOutage(each.error))).toEqual([true, true, true]);
  // The engine waits five.
  expect(seconds).toBeLessThan(9);
  expect(await writer.commit([{ sql: insert, parameters: ["a"] }])).toEqual([{ changes: 1 }]);
  other.close();
  await writer.close();
});

test("a thread that was closed is followed by another when something is written", async () => {
  const writer = await writerOf();
  await writer.close();
  expect(await writer.commit([{ sql: insert, parameters: ["c"] }])).toEqual([{ changes: 1 }]);
  await writer.close();
});

test("a receipt that stands by itself is signed by the key that was taken up last", async () => {
  const storage = temporaryStorage();
  const lone = (kind: string): Promise<string> => storage.recordReceipt({ kind, at: 1, personId: null, detail: {} });
  const before = storage.receiptSigner.keyId;
  await lone("before");
  const key = await rotateReceiptKey(storage, 2);
  await lone("after");
  const signedBy = (await storage.read.receipt.findMany({ orderBy: { sequence: "asc" } })).map(({ kind, signingKey }) => [kind, signingKey]);
  expect(signedBy).toEqual([["before", before], ["receipt_key_added", before], ["after", key]]);
  expect(await firstBrokenReceipt(storage.read)).toBeNull();
});
