import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import Database from "better-sqlite3";
import { type ArtifactStore, createArtifactStore, type SqlExecutor } from "./artifacts.ts";
import { compareInThread } from "./certificate-comparison.ts";
import { PrismaClient } from "./generated/client.ts";
import type { CertificateList, Comparison } from "./listed-certificates.ts";
import { createLookups, type Lookups, type PasskeyUse, recordPasskeyUse } from "./lookups.ts";
import { migrate } from "./migrator.ts";
import { appendLoneReceipt, defineReceiptFunctions, type ReceiptInput } from "./receipts.ts";
import { openReceiptSigner, type OwnReceiptSigner, readReceiptKeys, readUnsignedPart, type ReceiptKey, type ReceiptSigner, type UnsignedPart } from "./receipt-signing.ts";
import type { Sealing } from "./sealing.ts";
import { createSqliteExecutor } from "./sqlite-executor.ts";
import { createQueueLookups, type QueueLookups } from "./queue-lookups.ts";
import { WriteGate } from "./write-gate.ts";

type Delegate = "person" | "statusAnswer" | "evidence" | "passkey" | "pairwiseSubject" | "consent" | "relyingParty" | "providerKey" | "requestRefusal" | "signalStream" | "signalExclusion" | "recoveryReview" | "assurancePolicy" | "announcement" | "outboxEntry" | "receipt";
type ReadMethod = "findUnique" | "findFirst" | "findMany" | "count";

/** The data model, to read from. Writes go through {@link Storage.transaction}. */
export type Reader = { readonly [Model in Delegate]: Pick<PrismaClient[Model], ReadMethod> } & { readonly lookups: Lookups; readonly queues: QueueLookups; receiptKeys(): Promise<ReceiptKey[]>; unsignedReceipts(): Promise<UnsignedPart> };
/** The data model inside a transaction. */
export type Writer = Pick<PrismaClient, Delegate | "receiptKey"> & { readonly receiptSigner: ReceiptSigner };

export interface Transaction {
  readonly data: Writer;
  readonly artifacts: ArtifactStore;
}

/** One database: the data model, the artifacts beside it, and transactions over both. */
export interface Storage {
  readonly read: Reader;
  readonly artifacts: ArtifactStore;
  readonly sealing: Sealing;
  readonly receiptSigner: OwnReceiptSigner;
  /** Notes that a passkey was used; false when its counter has not moved on. Beside the data model, as each sign-in does it. */
  recordPasskeyUse(id: string, use: PasskeyUse): Promise<boolean>;
  /** Appends a receipt that goes with no other change; its id, once it is on disk. Beside the data model, as each sign-in does it. */
  recordReceipt(receipt: ReceiptInput): Promise<string>;
  /** Compares the certificates of all evidence with lists, in a thread of its own. Rejects when `signal` aborts. */
  compareCertificates(lists: readonly CertificateList[], signal: AbortSignal): Promise<Comparison>;
  /** All of `work` or none of it. Nothing but storage may be awaited inside. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** Whether the database answers. */
  ping(): boolean;
  close(): Promise<void>;
}

/**
 * Opens (and creates, and migrates) a SQLite database. Write-ahead log with `synchronous=FULL`: what
 * was acknowledged is on disk.
 */
export function openSqlite(file: string, sealing: Sealing): Storage {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  keepPrivate(file);
  const database = new Database(file, { timeout: 5000 });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  migrate(database);
  const receiptSigner = openReceiptSigner(database, sealing);
  defineReceiptFunctions(database, receiptSigner);

  const gate = new WriteGate();
  const connect = (): PrismaClient => new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}`, timeout: 5000 }) });
  const client = connect();
  // A client has one connection: on the writing one a read would see what is not yet committed.
  const reader = connect();
  const executor = createSqliteExecutor(database, gate);
  const { person, statusAnswer, evidence, passkey, pairwiseSubject, consent, relyingParty, providerKey, requestRefusal, signalStream, signalExclusion, recoveryReview, assurancePolicy, announcement, outboxEntry, receipt } = reader;

  return {
    read: { person, statusAnswer, evidence, passkey, pairwiseSubject, consent, relyingParty, providerKey, requestRefusal, signalStream, signalExclusion, recoveryReview, assurancePolicy, announcement, outboxEntry, receipt, lookups: createLookups(executor), queues: createQueueLookups(executor), receiptKeys: () => readReceiptKeys(reader, sealing), unsignedReceipts: () => readUnsignedPart(reader, sealing) },
    artifacts: createArtifactStore(executor, sealing),
    sealing,
    receiptSigner,
    recordPasskeyUse: (id, use) => recordPasskeyUse(executor, id, use),
    recordReceipt: (receipt) => appendLoneReceipt(executor, receiptSigner, receipt),
    compareCertificates: (lists, signal) => compareInThread({ file, key: sealing.lookUpKey, lists }, signal),
    transaction: (work) =>
      gate.pass(() =>
        client.$transaction(
          async (data) => {
            await data.$executeRawUnsafe(takeWriteLock);
            return work({ data: Object.assign(Object.create(data) as typeof data, { receiptSigner }), artifacts: createArtifactStore(transactionExecutor(data), sealing) });
          },
          { maxWait: 10_000, timeout: 10_000 },
        ),
      ),
    ping: () => database.prepare("SELECT 1").get() !== undefined,
    close: async () => {
      await gate.pass(async () => undefined);
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
