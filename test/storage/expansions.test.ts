import { describe, expect, test } from "vitest";
import { migrationsDirectory } from "../../src/storage/migrator.ts";
import { readMigrations } from "../../src/storage/migrations.ts";
import { postgresqlMigrations } from "../../src/storage/postgresql-migrator.ts";

/**
 * What makes it impossible for the version before to work on: statements that do more than add, and what is
 * added in a way that its own writes would be refused. Null for a migration that may be called an expansion.
 */
function whyNoExpansion(sql: string): string | null {
  const statements = sql.replaceAll(/--.*$/gmu, "").split(";").map((text) => text.trim().replaceAll(/\s+/gu, " ")).filter(Boolean);
  const made = new Set(statements.map((text) => /^CREATE TABLE (?:IF NOT EXISTS )?"(?<table>\w+)"/u.exec(text)?.groups?.["table"]));
  for (const text of statements) {
    const index = /^CREATE INDEX (?<before>IF NOT EXISTS )?\S+ ON "(?<table>\w+)"/u.exec(text)?.groups;
    // On a table that is there it keeps writers waiting: an operator must be able to have made it before.
    if (index !== undefined && (index["before"] !== undefined || made.has(index["table"]))) continue;
    // What the version before deletes must not be held by rows of which it knows nothing.
    const references = text.match(/\bREFERENCES\b/gu)?.length ?? 0;
    if (text.startsWith("CREATE TABLE ") && references === (text.match(/\bON DELETE (?:CASCADE|SET NULL)\b/gu)?.length ?? 0)) continue;
    const unique = /^CREATE UNIQUE INDEX \S+ ON "(?<table>\w+)"/u.exec(text)?.groups?.["table"];
    const added = /^ALTER TABLE "\w+" ADD COLUMN (?<column>[^,]+)$/u.exec(text)?.groups?.["column"];
    const isHarmless = (unique !== undefined && made.has(unique)) || (added !== undefined && (!added.includes("NOT NULL") || added.includes("DEFAULT")));
    if (!isHarmless) return text;
  }
  return null;
}

describe("what is called an expansion only adds", () => {
  const all = [migrationsDirectory, postgresqlMigrations].flatMap((directory) => readMigrations(directory));
  test("every migration of that name", () => {
    for (const { name, sql } of all) if (/^\d+_expand_/u.test(name)) expect([name, whyNoExpansion(sql)]).toEqual([name, null]);
  });

  const rows: readonly (readonly [name: string, sql: string, isExpansion: boolean])[] = [
    ["a table", 'CREATE TABLE "a" ("id" TEXT NOT NULL); CREATE UNIQUE INDEX "a_id" ON "a"("id");', true],
    ["an index of a new table", 'CREATE TABLE "a" ("id" TEXT NOT NULL); CREATE INDEX "a_id" ON "a"("id");', true],
    ["an index that an operator may have made", 'CREATE INDEX IF NOT EXISTS "person_at" ON "person"("created_at");', true],
    ["an index that keeps writers waiting", 'CREATE INDEX "person_at" ON "person"("created_at");', false],
    ["a table whose rows go with those of another", 'CREATE TABLE "a" ("id" TEXT, CONSTRAINT "b" FOREIGN KEY ("id") REFERENCES "person" ("id") ON DELETE CASCADE ON UPDATE CASCADE);', true],
    ["a table whose rows hold those of another", 'CREATE TABLE "a" ("id" TEXT, CONSTRAINT "b" FOREIGN KEY ("id") REFERENCES "person" ("id") ON DELETE RESTRICT ON UPDATE CASCADE);', false],
    ["a table that says nothing of it", 'CREATE TABLE "a" ("id" TEXT REFERENCES "person"("id"), "of" TEXT REFERENCES "b"("id") ON DELETE SET NULL);', false],
    ["a column that may be empty", '-- why\nALTER TABLE "person" ADD COLUMN "later" TEXT;', true],
    ["a column that fills itself", 'ALTER TABLE "person" ADD COLUMN "later" INTEGER NOT NULL DEFAULT 0;', true],
    ["a column that must be written", 'ALTER TABLE "person" ADD COLUMN "later" TEXT NOT NULL;', false],
    ["a rule for rows that are there", 'CREATE UNIQUE INDEX "person_at" ON "person"("created_at");', false],
    ["a column that goes", 'ALTER TABLE "person" DROP COLUMN "state";', false],
    ["another name", 'ALTER TABLE "person" RENAME COLUMN "state" TO "standing";', false],
    ["a table that goes", 'DROP TABLE "person";', false],
    ["rows that change", "UPDATE \"person\" SET \"state\"='held';", false],
  ];
  test.each(rows)("%s", (_name, sql, isExpansion) => expect(whyNoExpansion(sql) === null).toBe(isExpansion));
});
