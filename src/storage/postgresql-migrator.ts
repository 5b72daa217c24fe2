import { randomUUID } from "node:crypto";
import path from "node:path";
import type { ClientBase } from "pg";
import { type AppliedMigration, appliedSql, type Migration, pendingMigrations, readMigrations } from "./migrations.ts";
import { locks } from "./postgresql-locks.ts";

/** Where the migrations for PostgreSQL are: SQL in Prisma's own layout. */
export const postgresqlMigrations = path.join(import.meta.dirname, "../../prisma/migrations-postgresql");

// Prisma's own table, so that `prisma migrate deploy` and this migrator can take turns.
const table = `CREATE TABLE "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

/** Milliseconds for which a migration waits for a table: whoever asks for the table meanwhile waits behind it. */
const lockTimeout = 5000;

/**
 * Brings a PostgreSQL database up to date: all that is missing, in the order of the names, or nothing.
 * Of several nodes that start at once one does it, and the others find it done. Where nothing is missing
 * nothing is created: then a role without the right to do so is enough.
 * @returns the names of the migrations applied now.
 * @throws when an applied migration was edited afterwards or is unknown here (a newer version's database);
 *   when somebody keeps a table for longer than `waitMs`.
 */
export async function migratePostgresql(client: ClientBase, directory: string = postgresqlMigrations, waitMs: number = lockTimeout): Promise<string[]> {
  const available = readMigrations(directory);
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [locks.migration]);
    // From here on: of several nodes the others wait until one is done, however long that takes.
    await client.query(`SET LOCAL lock_timeout = ${waitMs}`);
    const names = await applyMissing(client, available);
    await client.query("COMMIT");
    return names;
  } catch (error) {
    // A connection that is gone has rolled back by itself.
    await client.query("ROLLBACK").catch(() => undefined);
    throw isLockTimeout(error) ? new Error("a table is in use for longer than a migration waits for it (a backup, a long query); nothing was changed: try again when that has ended", { cause: error }) : error;
  }
}

/** 55P03, lock_not_available (PostgreSQL, Appendix A). */
const isLockTimeout = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "55P03";

async function applyMissing(client: ClientBase, available: readonly Migration[]): Promise<string[]> {
  const { rows: found } = await client.query<{ present: boolean }>(`SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS "present"`);
  if (found[0]?.present !== true) await client.query(table);
  const { rows: applied } = await client.query<AppliedMigration>(appliedSql);
  const pending = pendingMigrations(available, applied);
  for (const { name, sql, checksum } of pending) {
    const started = new Date();
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id","checksum","finished_at","migration_name","started_at","applied_steps_count") VALUES ($1,$2,clock_timestamp(),$3,$4,1)`,
      [randomUUID(), checksum, name, started],
    );
  }
  return pending.map(({ name }) => name);
}
