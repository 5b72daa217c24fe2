import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** One migration: SQL in Prisma's own layout. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the SQL in hexadecimal. */
  readonly checksum: string;
}

/** A migration that a database has, as Prisma's own table says. */
export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

/** What is in a directory of migrations, in the order of the names. */
export function readMigrations(directory: string): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(directory, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/**
 * Whether the version before a migration works on with it, says its name: `…_expand_…` only adds what that
 * version neither reads nor has to write. Its name is all that the earlier version sees of it.
 */
const isExpansion = (name: string): boolean => /^\d{14}_expand_/.test(name);

/**
 * What is missing in a database, in its order. Beside a newer version, which has already expanded it, this one
 * may be started again.
 * @throws when an applied migration was edited afterwards, or is unknown here and no expansion.
 */
export function pendingMigrations(available: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(available.map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of applied) {
    const expected = known.get(name);
    if (expected === undefined && isExpansion(name)) continue;
    if (expected === undefined) throw new Error(`the database has the migration ${name}, which this version does not know: start the newer version`);
    if (expected !== checksum) throw new Error(`the migration ${name} was changed after it had been applied`);
  }
  const names = new Set(applied.map(({ name }) => name));
  return available.filter(({ name }) => !names.has(name));
}

/** What both engines ask Prisma's table for: migrations that another tool began and rolled back do not count. */
export const appliedSql = `SELECT "migration_name" AS "name","checksum" FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`;
