import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import Database from "better-sqlite3";
import { createArtifactStore, type SqlExecutor } from "./artifacts.ts";
import { compareInThread } from "./certificate-comparison.ts";
import { createReader, createWriter } from "./data-model.ts";
import { createDigestValues } from "./digest-values.ts";
import { PrismaClient } from "./generated/client.ts";
import { recordPasskeyUse } from "./lookups.ts";
import { migrate } from "./migrator.ts";
import { createRateCounters } from "./rate-counters.ts";
import { createSealedValues } from "./sealed-values.ts";
import type { Sealing } from "./sealing.ts";
import { configureConnection } from "./sqlite-connection.ts";
import { createSqliteExecutor } from "./sqlite-executor.ts";
import { appendLoneReceipt, openReceiptSigner } from "./sqlite-receipts.ts";
import { SqliteWriter } from "./sqlite-writer.ts";
import type { Storage } from "./storage.ts";
import { WriteGate } from "./write-gate.ts";

/**
 * Opens (and creates, and migrates) a SQLite database. Write-ahead log with `synchronous=FULL`: what
 * was acknowledged is on disk.
 */
export function openSqlite(file: string, sealing: Sealing): Storage {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  keepPrivate(file);
  const database = new Database(file, { timeout: 5000 });
  configureConnection(database);
  migrate(database);
  const receiptSigner = openReceiptSigner(database, sealing);

  const gate = new WriteGate();
  const writer = new SqliteWriter(file, receiptSigner);
  const connect = (): PrismaClient => new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}`, timeout: 5000 }) });
  const client = connect();
  // A client has one connection: on the writing one a read would see what is not yet committed.
  const reader = connect();
  const executor = createSqliteExecutor(database, gate, writer);

  return {
    read: createReader(reader, executor, sealing),
    artifacts: createArtifactStore(executor, sealing),
    rateCounters: createRateCounters(executor, sealing),
    sealed: createSealedValues(executor, sealing),
    digests: createDigestValues(executor, sealing),
    sealing,
    receiptSigner,
    recordPasskeyUse: (id, use) => recordPasskeyUse(executor, id, use),
    recordReceipt: (receipt) => appendLoneReceipt(executor, receipt),
    compareCertificates: (lists, signal) => compareInThread({ database: { file }, keys: sealing.lookUpKeys, lists }, signal),
    transaction: (work) =>
      gate.pass(() =>
        client.$transaction(
          async (data) => {
            await data.$executeRawUnsafe(takeWriteLock);
            return work({ data: createWriter(data, { receiptSigner, lockReceipts: async () => undefined }), artifacts: createArtifactStore(transactionExecutor(data), sealing) });
          },
          { maxWait: 10_000, timeout: 10_000 },
        ),
      ),
    ping: async () => database.prepare("SELECT 1").get() !== undefined,
    close: async () => {
      await gate.settled();
      await writer.close();
      await client.$disconnect();
      await reader.$disconnect();
      database.close();
    },
  };
}

/** For its owner alone, whatever the directory and the umask allow. SQLite gives its own files beside it the same mode. */
function keepPrivate(file: string): void {
  closeSync(openSync(file, "a", ownerOnly));
  for (const name of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(name)) chmodSync(name, ownerOnly);
}

const ownerOnly = 0o600;

// The client begins without a lock. Reading first and writing then, it would be refused when another
// process (an administration command) wrote in between; a write that changes nothing waits instead.
const takeWriteLock = `UPDATE "artifact" SET "version"="version" WHERE 0`;

function transactionExecutor(transaction: Pick<PrismaClient, "$executeRawUnsafe" | "$queryRawUnsafe">): SqlExecutor {
  return {
    run: (sql, parameters) => transaction.$executeRawUnsafe(sql, ...parameters),
    get: async (sql, parameters) => {
      const rows = await transaction.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...parameters);
      return rows[0] ?? null;
    },
    all: (sql, parameters) => transaction.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...parameters),
  };
}
