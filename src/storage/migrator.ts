import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Database } from "better-sqlite3";
import { type AppliedMigration, appliedSql, type Migration, pendingMigrations, readMigrations } from "./migrations.ts";

/** Where the migrations are: SQL in Prisma's own layout. */
export const migrationsDirectory = path.join(import.meta.dirname, "../../prisma/migrations");

// Prisma's own table, so that `prisma migrate deploy` and this migrator can take turns.
const table = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

/**
 * Brings the database up to date: all that is missing, in the order of the names, or nothing. Of
 * several processes that start at once one does it, and the others find it done.
 * @returns the names of the migrations applied now.
 * @throws when an applied migration was edited afterwards or is unknown here (a newer version's database).
 */
export function migrate(database: Database, directory: string = migrationsDirectory): string[] {
  const available = readMigrations(directory);
  return database.transaction(() => applyMissing(database, available)).immediate();
}

function applyMissing(database: Database, available: readonly Migration[]): string[] {
  database.exec(table);
  const pending = pendingMigrations(available, database.prepare<[], AppliedMigration>(appliedSql).all());
  const record = database.prepare(`INSERT INTO "_prisma_migrations" ("id","checksum","finished_at","migration_name","started_at","applied_steps_count") VALUES (?,?,?,?,?,1)`);
  for (const { name, sql, checksum } of pending) {
    const started = Date.now();
    database.exec(sql);
    record.run(randomUUID(), checksum, Date.now(), name, started);
  }
  return pending.map(({ name }) => name);
}
