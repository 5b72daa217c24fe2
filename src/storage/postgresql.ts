import { PrismaPg } from "@prisma/adapter-pg";
import type { Pool } from "pg";
import { createArtifactStore, type SqlExecutor } from "./artifacts.ts";
import { compareInThread } from "./certificate-comparison.ts";
import { createReader, createWriter } from "./data-model.ts";
import { createDigestValues } from "./digest-values.ts";
import type { PrismaClient } from "./generated/client.ts";
import { PrismaClient as PostgresqlClient } from "./generated-postgresql/client.ts";
import { recordPasskeyUse } from "./lookups.ts";
import { openPool, withConnection } from "./postgresql-connection.ts";
import { createPostgresqlExecutor, numbered } from "./postgresql-executor.ts";
import { locks } from "./postgresql-locks.ts";
import { migratePostgresql } from "./postgresql-migrator.ts";
import { createReceiptAppender, openReceiptSigner } from "./postgresql-receipts.ts";
import { dataModelWithoutNul, withoutNul } from "./postgresql-text.ts";
import { createRateCounters } from "./rate-counters.ts";
import { createSealedValues } from "./sealed-values.ts";
import type { Sealing } from "./sealing.ts";
import type { Storage } from "./storage.ts";
import { WriteGate } from "./write-gate.ts";

/** Where the database is. */
export interface PostgresqlPlace {
  /** `postgresql://user:password@host:port/database?sslmode=…`, as the driver takes it. Never logged. */
  readonly url: string;
  /** Connections of this process. */
  readonly poolSize: number;
}

/**
 * Opens (and migrates) a PostgreSQL database, which any number of processes share. Transactions over the
 * data model are one at a time in the whole database, as on SQLite; what every sign-in does is not, being
 * single statements beside them.
 */
export async function openPostgresql({ url, poolSize }: PostgresqlPlace, sealing: Sealing): Promise<Storage> {
  await withConnection(url, (client) => migratePostgresql(client));
  const pool = openPool(url, poolSize);
  const receiptSigner = await openReceiptSigner(pool, sealing);
  const gate = new WriteGate();
  const client = connectDataModel(pool);
  const executor = createPostgresqlExecutor(pool, gate);
  const receipts = createReceiptAppender(pool, receiptSigner);

  return {
    read: createReader(client, executor, sealing),
    artifacts: { ...createArtifactStore(executor, sealing), sweep: (now, limit) => executor.run(sweep.artifacts, [now, limit]) },
    rateCounters: { ...createRateCounters(executor, sealing), sweep: (now, limit) => executor.run(sweep.rateCounters, [now, limit]) },
    sealed: createSealedValues(executor, sealing),
    digests: createDigestValues(executor, sealing),
    sealing,
    receiptSigner,
    recordPasskeyUse: (id, use) => recordPasskeyUse(executor, id, use),
    recordReceipt: async (receipt) => {
      gate.refuseWithin();
      return receipts.append(receipt);
    },
    compareCertificates: (lists, signal) => compareInThread({ database: { url }, keys: sealing.lookUpKeys, lists }, signal),
    transaction: (work) =>
      // One of this process waits for the others at the database: more would only hold connections.
      gate.pass(() =>
        client.$transaction(
          async (data) => {
            await data.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${locks.writer})`);
            return work({ data: createWriter(data, { receiptSigner, lockReceipts: receiptLock(data) }), artifacts: createArtifactStore(transactionExecutor(data), sealing) });
          },
          { maxWait: 10_000, timeout: 10_000 },
        ),
      ),
    ping: async () => {
      try {
        return (await pool.query("SELECT 1")).rowCount === 1;
      } catch {
        return false;
      }
    },
    connections: () => ({ used: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    close: async () => {
      await gate.settled();
      await receipts.settled();
      await client.$disconnect();
      if (!pool.ending) await pool.end();
    },
  };
}

// Every node sweeps. What another has in its hands is left to it: two that waited for each other would both have begun.
const sweep = {
  artifacts: `DELETE FROM "artifact" WHERE ("model","id") IN (SELECT "model","id" FROM "artifact" WHERE "expires_at"<=? LIMIT ? FOR UPDATE SKIP LOCKED)`,
  rateCounters: `DELETE FROM "rate_counter" WHERE "key" IN (SELECT "key" FROM "rate_counter" WHERE "expires_at"<=? LIMIT ? FOR UPDATE SKIP LOCKED)`,
} as const;

/**
 * The client that was generated for PostgreSQL differs in type by what it can do besides (comparing text
 * without case, skipping duplicates), which nobody here uses: one type serves both.
 */
export function connectDataModel(pool: Pool): PrismaClient {
  return dataModelWithoutNul(new PostgresqlClient({ adapter: new PrismaPg(pool) }) as unknown as PrismaClient);
}

/** Takes the lock when it is first asked to: it is held to the end of the transaction. */
function receiptLock(transaction: Pick<PrismaClient, "$executeRawUnsafe">): () => Promise<void> {
  let taken: Promise<unknown> | null = null;
  return async () => void (await (taken ??= transaction.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${locks.receipts})`)));
}

function transactionExecutor(transaction: Pick<PrismaClient, "$executeRawUnsafe" | "$queryRawUnsafe">): SqlExecutor {
  const all: SqlExecutor["all"] = (sql, parameters) => transaction.$queryRawUnsafe<Record<string, unknown>[]>(numbered(sql), ...parameters);
  return withoutNul({
    run: (sql, parameters) => transaction.$executeRawUnsafe(numbered(sql), ...parameters),
    get: async (sql, parameters) => (await all(sql, parameters))[0] ?? null,
    all,
  });
}
