import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Database } from "better-sqlite3";

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
  const applied = appliedOf(database, new Map(available.map(({ name, checksum }) => [name, checksum])));
  const record = database.prepare(`INSERT INTO "_prisma_migrations" ("id","checksum","finished_at","migration_name","started_at","applied_steps_count") VALUES (?,?,?,?,?,1)`);
  const pending = available.filter(({ name }) => !applied.has(name));
  for (const { name, sql, checksum } of pending) {
    const started = Date.now();
    database.exec(sql);
    record.run(randomUUID(), checksum, Date.now(), name, started);
  }
  return pending.map(({ name }) => name);
}

function appliedOf(database: Database, known: ReadonlyMap<string, string>): Set<string> {
  const rows = database.prepare(`SELECT "migration_name" AS "name","checksum" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`);
  const applied = new Set<string>();
  for (const row of rows.all() as { name: string; checksum: string }[]) {
    const checksum = known.get(row.name);
    if (checksum === undefined) throw new Error(`the database has the migration ${row.name}, which this version does not know: start the newer version`);
    if (checksum !== row.checksum) throw new Error(`the migration ${row.name} was changed after it had been applied`);
    applied.add(row.name);
  }
  return applied;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

function readMigrations(directory: string): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(directory, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}
