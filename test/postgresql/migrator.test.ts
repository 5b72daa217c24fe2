import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { withConnection } from "../../src/storage/postgresql-connection.ts";
import { migratePostgresql, postgresqlMigrations } from "../../src/storage/postgresql-migrator.ts";
import { freshPlace, temporaryDirectory } from "../storage/temporary.ts";

/** The migrations there are, and one that needs a table for itself. It changes nothing that would stay. */
function withOneMore(): string {
  const directory = path.join(temporaryDirectory(), "migrations");
  cpSync(postgresqlMigrations, directory, { recursive: true });
  mkdirSync(path.join(directory, "29990101000000_next"));
  writeFileSync(path.join(directory, "29990101000000_next/migration.sql"), `LOCK TABLE "person" IN ACCESS EXCLUSIVE MODE; SELECT 1/0;`);
  return directory;
}

test("a migration waits for a table for a short time only, behind which everybody else would wait, and says to try again", async () => {
  const place = await freshPlace();
  if ("file" in place) throw new Error("this test is for PostgreSQL");
  const directory = withOneMore();
  const migrate = (): Promise<string[]> => withConnection(place.url, (client) => migratePostgresql(client, directory, 200));
  await withConnection(place.url, async (backup) => {
    await backup.query(`BEGIN; SELECT count(*) FROM "person"`);
    await expect(migrate()).rejects.toThrow("nothing was changed: try again");
    await backup.query("COMMIT");
  });
  // It gets as far as its own fault, once the table is free.
  await expect(migrate()).rejects.toMatchObject({ code: "22012" });
});
