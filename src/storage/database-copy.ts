import Database from "better-sqlite3";
import type { Pool } from "pg";
import { Refusal } from "../errors.ts";
import { createReader } from "./data-model.ts";
import { type AppliedMigration, appliedSql, pendingMigrations, readMigrations } from "./migrations.ts";
import { atWork, isAtWork } from "./lease.ts";
import { migrationsDirectory } from "./migrator.ts";
import { connectDataModel } from "./postgresql.ts";
import { inOneTransaction, withConnection } from "./postgresql-connection.ts";
import { createPostgresqlExecutor } from "./postgresql-executor.ts";
import { migratePostgresql } from "./postgresql-migrator.ts";
import { type ChainFindings, verifyReceipts } from "./receipt-chain.ts";
import type { Sealing } from "./sealing.ts";
import { copyTable, countIn, moveSequence, type Source, tablesIn } from "./table-copy.ts";
import { WriteGate } from "./write-gate.ts";

export interface DatabaseCopy {
  /** A SQLite database of this version; it is only read. */
  readonly file: string;
  /** An empty PostgreSQL database. */
  readonly url: string;
  /** With it the chain of receipts is verified in the copy before it counts. */
  readonly sealing: Sealing | null;
  /** Seconds: a bridge that works on the file would write there what the copy lacks. */
  readonly now: number;
  /** Is told how many rows of how many are copied. */
  readonly onProgress: (copied: number, of: number) => void;
}

export interface CopiedDatabase {
  /** Rows of each table. */
  readonly tables: Readonly<Record<string, number>>;
  /** Null where no sealing keys were given. */
  readonly chain: ChainFindings | null;
}

/** Every table with rows of ours, each after those that it refers to. */
const tables = [
  "person", "evidence", "passkey", "pairwise_subject", "status_answer", "consent", "request_refusal", "recovery_review", "announcement", "relying_party",
  "signal_stream", "outbox", "signal_exclusion", "provider_key", "assurance_policy", "receipt_key", "receipt", "artifact", "rate_counter",
] as const;

/**
 * Copies a whole SQLite database into an empty PostgreSQL database, which is migrated first: every row
 * or none.
 * @throws Refusal `operation_not_possible` while a bridge works on the file; `invalid_request` where the file is not of this version, the target not empty, or the
 *   copy not the same; nothing is copied then.
 */
export async function copyDatabase({ file, url, sealing, now, onProgress }: DatabaseCopy): Promise<CopiedDatabase> {
  const source = openSource(file);
  try {
    const leases = source.prepare<[number], number>(`SELECT count(*) FROM "artifact" WHERE "model"='Lease' AND "expires_at">?`).pluck();
    if (await isAtWork((after) => leases.get(after) ?? 0, now)) throw new Refusal("operation_not_possible", `--from: ${atWork}`);
    await withConnection(url, (client) => migratePostgresql(client));
    return await inOneTransaction(url, async (target) => {
      await refuseUnlessEmpty(target);
      const counts = countsIn(source);
      const of = Object.values(counts).reduce((sum, count) => sum + count, 0);
      let copied = 0;
      for (const table of tables) {
        await copyTable(source, target, table, (rows) => onProgress((copied += rows), of));
        await moveSequence(source, target, table);
        if ((await countIn(target, table)) !== counts[table]) throw new Refusal("invalid_request", `the table ${table} is not the same in the copy`);
      }
      return { tables: counts, chain: sealing === null ? null : await verifiedChain(target, sealing) };
    });
  } finally {
    source.close();
  }
}

function openSource(file: string): Source {
  let database: Source;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 });
  } catch {
    throw new Refusal("invalid_request", `--from: ${file} cannot be opened`);
  }
  // One state of it, whoever writes meanwhile.
  database.exec("BEGIN");
  try {
    const pending = pendingMigrations(readMigrations(migrationsDirectory), database.prepare<[], AppliedMigration>(appliedSql).all());
    if (pending.length > 0) throw new Error("it is of an earlier version: let any command of this version open it first");
    return database;
  } catch (error) {
    database.close();
    throw new Refusal("invalid_request", `--from: ${error instanceof Error ? error.message : "no database of ours"}`);
  }
}

async function refuseUnlessEmpty(target: Pool): Promise<void> {
  const unknown = (await tablesIn(target)).filter((table) => !(tables as readonly string[]).includes(table));
  if (unknown.length > 0) throw new Refusal("invalid_request", `--to: has tables that are not the bridge's: ${unknown.join(", ")}`);
  for (const table of tables) {
    await target.query(`LOCK TABLE "${table}" IN EXCLUSIVE MODE`);
    if ((await countIn(target, table)) > 0) throw new Refusal("invalid_request", `--to: is not empty, there are rows in ${table}: has a bridge been started on it?`);
  }
}

const countsIn = (source: Source): Record<string, number> =>
  Object.fromEntries(tables.map((table) => [table, source.prepare<[], number>(`SELECT count(*) FROM "${table}"`).pluck().get() ?? 0]));

/** @throws Refusal where it does not hold. */
async function verifiedChain(target: Pool, sealing: Sealing): Promise<ChainFindings> {
  const found = await verifyReceipts(createReader(connectDataModel(target), createPostgresqlExecutor(target, new WriteGate()), sealing));
  if (found.fault !== null) throw new Refusal("invalid_request", `the chain of receipts is broken at receipt ${found.fault.sequence}: see jpki-bridge audit verify`);
  return found;
}

