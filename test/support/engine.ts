import { randomUUID } from "node:crypto";
import path from "node:path";
import Database from "better-sqlite3";
import { Client } from "pg";
import { inject } from "vitest";
import type { DatabasePlace } from "../../src/storage/index.ts";
import { withConnection } from "../../src/storage/postgresql-connection.ts";

/** A database without a row of the engine that the project of this test is for, and what gives it back. */
export async function freshDatabase(directory: string): Promise<{ readonly place: DatabasePlace; readonly giveBack: () => Promise<void> }> {
  // Given in the project `postgresql` alone. Benchmarks make a world, too, where there is nothing to ask.
  const given = process.env["VITEST"] === undefined ? undefined : (inject("postgresql") as ReturnType<typeof inject<"postgresql">> | undefined);
  if (given === undefined) return { place: { file: path.join(directory, "jpki-bridge.db") }, giveBack: async () => undefined };
  const url = unused.pop() ?? (await createDatabase(new URL(given.template)));
  return {
    place: { url, poolSize: 4 },
    giveBack: async () => {
      await runSql(url, emptyAll);
      unused.push(url);
    },
  };
}

// Emptying one takes a tenth of the time that making one takes.
const unused: string[] = [];
const emptyAll = `DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('%I', tablename), ',') || ' RESTART IDENTITY' FROM pg_tables WHERE schemaname='public' AND tablename<>'_prisma_migrations'); END $$`;

async function createDatabase(template: URL): Promise<string> {
  const name = `bridge_${randomUUID()}`;
  await runSql(new URL("/postgres", template).href, `CREATE DATABASE "${name}" TEMPLATE "${template.pathname.slice(1)}"`);
  return new URL(`/${name}`, template).href;
}

async function runSql(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** The rows of each query, of one moment, beside whoever works on the database. */
export async function readRows(place: DatabasePlace, queries: readonly string[]): Promise<Record<string, unknown>[][]> {
  if ("file" in place) {
    const database = new Database(place.file, { readonly: true });
    try {
      return database.transaction(() => queries.map((query) => database.prepare<[], Record<string, unknown>>(query).all()))();
    } finally {
      database.close();
    }
  }
  return withConnection(place.url, async (client) => {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const rows: Record<string, unknown>[][] = [];
    for (const query of queries) rows.push((await client.query<Record<string, unknown>>(query)).rows);
    return rows;
  });
}

/** As a configuration names it. */
export const databaseSection = (place: DatabasePlace, directory: string): { file: string } | { url: string; pool: { size: number }; data_directory: string } =>
  "file" in place ? { file: place.file } : { url: place.url, pool: { size: place.poolSize }, data_directory: directory };
