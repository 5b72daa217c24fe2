import path from "node:path";
import { expect, test } from "vitest";
import { firstBrokenReceipt, rotateReceiptKey } from "../../src/storage/index.ts";
import { SqliteWriter } from "../../src/storage/sqlite-writer.ts";
import { temporaryDirectory, temporaryStorage } from "./temporary.ts";

const insert = `INSERT INTO "word" ("id") VALUES (?)`;

async function writerOf(): Promise<SqliteWriter> {
  const file = path.join(temporaryDirectory(), "bridge.db");
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
  expect(written).toEqual([{ changes: 1 }, { error: expect.objectContaining({ message: expect.stringContaining("UNIQUE") }) }, { changes: 1 }, { changes: 2 }, { error: expect.objectContaining({ message: expect.stringContaining("no_such_table") }) }]);
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
