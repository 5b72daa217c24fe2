import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { migrate, migrationsDirectory } from "../../src/storage/migrator.ts";
import { afterTest, temporaryDirectory } from "./temporary.ts";

function memory(): Database.Database {
  const database = new Database(":memory:");
  afterTest(() => void database.close());
  return database;
}

/** A copy of the migrations that a test may change. */
function copyOfMigrations(): string {
  const directory = path.join(temporaryDirectory(), "migrations");
  cpSync(migrationsDirectory, directory, { recursive: true });
  return directory;
}

function addMigration(directory: string, name: string, sql: string): void {
  mkdirSync(path.join(directory, name), { recursive: true });
  writeFileSync(path.join(directory, name, "migration.sql"), sql);
}

const names = readdirSync(migrationsDirectory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
const first = names[0] ?? "";
const tablesOf = (database: Database.Database): string[] =>
  (database.prepare("SELECT name FROM sqlite_master WHERE type='table'").all() as { name: string }[]).map(({ name }) => name);

describe("migrations", () => {
  test("a fresh database gets all of them, in the order of their names", () => {
    const database = memory();
    expect(migrate(database)).toEqual(names);
    const rows = database.prepare(`SELECT migration_name AS name, checksum, finished_at AS finished, rolled_back_at AS rolledBack FROM "_prisma_migrations"`).all();
    expect(rows).toHaveLength(names.length);
    for (const row of rows) expect(row).toMatchObject({ checksum: expect.stringMatching(/^[0-9a-f]{64}$/), finished: expect.any(Number), rolledBack: null });
  });

  test("again: nothing is left to do", () => {
    const database = memory();
    migrate(database);
    expect(migrate(database)).toEqual([]);
  });

  test("a later migration is applied alone, and keeps what was there", () => {
    const database = memory();
    const directory = copyOfMigrations();
    migrate(database, directory);
    database.exec(`INSERT INTO "person" ("id","user_handle","created_at") VALUES ('p', x'00', 0)`);
    addMigration(directory, "99990101000000_later", `ALTER TABLE "person" ADD COLUMN "later" TEXT;`);
    expect(migrate(database, directory)).toEqual(["99990101000000_later"]);
    expect(database.prepare(`SELECT "id","later" FROM "person"`).all()).toEqual([{ id: "p", later: null }]);
  });

  test("an edited migration is refused and nothing is changed", () => {
    const database = memory();
    const directory = copyOfMigrations();
    migrate(database, directory);
    const before = tablesOf(database);
    addMigration(directory, first, `CREATE TABLE "elsewhere" ("id" TEXT);`);
    addMigration(directory, "99990101000000_later", `CREATE TABLE "later" ("id" TEXT);`);
    expect(() => migrate(database, directory)).toThrow(`the migration ${first} was changed after it had been applied`);
    expect(tablesOf(database)).toEqual(before);
  });

  test("the database of a newer version is refused", () => {
    const database = memory();
    const newer = copyOfMigrations();
    addMigration(newer, "99990101000000_newer", `CREATE TABLE "newer" ("id" TEXT);`);
    migrate(database, newer);
    expect(() => migrate(database)).toThrow("99990101000000_newer, which this version does not know: start the newer version");
  });

  test("beside a newer version that has only expanded it this one is started again", () => {
    const database = memory();
    const newer = copyOfMigrations();
    addMigration(newer, "99990101000000_expand_newer", `CREATE TABLE "newer" ("id" TEXT);`);
    migrate(database, newer);
    expect(migrate(database)).toEqual([]);
    addMigration(newer, "99990201000000_contract_older", `DROP TABLE "newer";`);
    migrate(database, newer);
    expect(() => migrate(database)).toThrow("99990201000000_contract_older, which this version does not know: start the newer version");
  });

  test("a migration that fails leaves nothing behind and can be tried again", () => {
    const database = memory();
    const directory = copyOfMigrations();
    migrate(database, directory);
    addMigration(directory, "99990101000000_broken", `CREATE TABLE "half" ("id" TEXT); CREATE TABLE "half" ("id" TEXT);`);
    expect(() => migrate(database, directory)).toThrow("already exists");
    expect(tablesOf(database)).not.toContain("half");
    addMigration(directory, "99990101000000_broken", `CREATE TABLE "half" ("id" TEXT);`);
    expect(migrate(database, directory)).toEqual(["99990101000000_broken"]);
  });

  test("a rolled back attempt of another tool does not count as applied", () => {
    const database = memory();
    const directory = copyOfMigrations();
    migrate(database, directory);
    database.exec(`INSERT INTO "_prisma_migrations" ("id","checksum","finished_at","migration_name","rolled_back_at") VALUES ('x','y',1,'99990101000000_later',2)`);
    addMigration(directory, "99990101000000_later", `CREATE TABLE "later" ("id" TEXT);`);
    expect(migrate(database, directory)).toEqual(["99990101000000_later"]);
  });

  test("six processes that start at once on a fresh database all come up", async () => {
    const file = path.join(temporaryDirectory(), "shared.db");
    const program = `
      import { openSqlite, Sealing } from ${JSON.stringify(path.resolve("src/storage/index.ts"))};
      const key = new Uint8Array(32);
      const storage = openSqlite(${JSON.stringify(file)}, new Sealing([{ id: "k", key }], key));
      await storage.artifacts.put("Session", String(process.pid), {}, { expiresAt: 1 });
      await storage.close();`;
    const runs = Array.from({ length: 6 }, () => new Promise<string>((resolve) => {
      const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: ["ignore", "ignore", "pipe"] });
      let errors = "";
      child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
      child.once("close", (code) => resolve(code === 0 ? "" : errors));
    }));
    expect(await Promise.all(runs)).toEqual(["", "", "", "", "", ""]);
    const database = new Database(file, { readonly: true });
    afterTest(() => void database.close());
    expect(database.prepare(`SELECT count(*) AS "count" FROM "artifact"`).get()).toEqual({ count: 6 });
  });
});
