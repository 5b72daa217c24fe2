import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/storage/index.ts";
import { readMigrations } from "../../src/storage/migrations.ts";
import { migrationsDirectory } from "../../src/storage/migrator.ts";
import { withConnection } from "../../src/storage/postgresql-connection.ts";
import { postgresqlMigrations } from "../../src/storage/postgresql-migrator.ts";
import { fullRows } from "../storage/rows.ts";
import { freshPlace, freshStorage, testSealing } from "../storage/temporary.ts";

interface Column { readonly table: string; readonly name: string; readonly type: string; readonly optional: boolean; readonly collation: string | null }

const schema = readFileSync(path.resolve("prisma/schema.prisma"), "utf8");
const types: Readonly<Record<string, readonly string[]>> = { String: ["text"], Bytes: ["bytea"], DateTime: ["timestamp(3) with time zone"], Int: ["integer", "bigint"], Boolean: ["boolean"] };
/** What only grows, and counters of 32 bits without sign: 32 bits with a sign are not enough. */
const long = /^(sequence|sign_count|discarded_through)$/;

async function query<Row extends object>(sql: string): Promise<Row[]> {
  const place = await freshPlace();
  if ("file" in place) throw new Error("this test is for PostgreSQL");
  return withConnection(place.url, async (client) => (await client.query<Row>(sql)).rows);
}

const columns = (): Promise<Column[]> => query(`SELECT c.relname AS "table",a.attname AS "name",format_type(a.atttypid,a.atttypmod) AS "type",NOT a.attnotnull AS "optional",l.collname AS "collation"
  FROM pg_attribute a JOIN pg_class c ON c.oid=a.attrelid LEFT JOIN pg_collation l ON l.oid=a.attcollation
  WHERE c.relkind='r' AND c.relnamespace='public'::regnamespace AND a.attnum>0 AND NOT a.attisdropped AND c.relname<>'_prisma_migrations' ORDER BY a.attnum`);

describe("the migrations for PostgreSQL agree with prisma/schema.prisma", () => {
  test("columns, types, what may be missing", async () => {
    const made = await columns();
    for (const [, model = "", body = ""] of schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)) {
      const table = /@@map\("(\w+)"\)/.exec(body)?.[1] ?? "";
      const members = body.split("\n").map((line) => line.trim()).filter((line) => /^\w+ /.test(line) && types[line.split(/\s+/)[1]?.replace("?", "") ?? ""] !== undefined);
      const wanted = members.map((line) => {
        const [member = "", kind = ""] = line.split(/\s+/);
        const name = /@map\("(\w+)"\)/.exec(line)?.[1] ?? member;
        const among = types[kind.replace("?", "")] ?? [];
        return { name, type: (long.test(name) ? among[1] : among[0]) ?? "", optional: kind.endsWith("?") };
      });
      expect({ model, columns: made.filter((column) => column.table === table).map(({ name, type, optional }) => ({ name, type, optional })) }).toEqual({ model, columns: wanted });
    }
  });

  test("text is compared octet by octet, wherever the server runs", async () => {
    const text = (await columns()).filter(({ type }) => type === "text");
    expect(text.length).toBeGreaterThan(50);
    expect(text.filter(({ collation }) => collation !== "C")).toEqual([]);
  });

  test("indexes are those of SQLite", async () => {
    const made = await query<{ name: string }>(`SELECT indexname AS "name" FROM pg_indexes WHERE schemaname='public' AND indexname NOT LIKE '%_pkey'`);
    const { default: Database } = await import("better-sqlite3");
    const { migrate } = await import("../../src/storage/migrator.ts");
    const database = new Database(":memory:");
    migrate(database);
    const wanted = database.prepare<[], string>(`SELECT "name" FROM sqlite_master WHERE "type"='index' AND "sql" IS NOT NULL`).pluck().all();
    database.close();
    expect(made.map(({ name }) => name).toSorted()).toEqual(wanted.toSorted());
  });

  test("a migration for one engine has its counterpart for the other", () => {
    const [sqlite, postgresql] = [migrationsDirectory, postgresqlMigrations].map((directory) => readMigrations(directory).map(({ name }) => name));
    // The first one for PostgreSQL is all that SQLite had until then.
    const since = postgresql?.[0] ?? "";
    expect(postgresql?.slice(1)).toEqual(sqlite?.filter((name) => name > since));
  });
});

describe("what is kept", () => {
  test.each([0, 2_147_483_647, 2_147_483_648, 4_294_967_295])("a signature counter of %d, by the data model and by the look-ups", async (signCount) => {
    const storage = await freshStorage();
    const { person, evidence, passkey } = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: person });
      await data.evidence.create({ data: evidence });
      await data.passkey.create({ data: { ...passkey, signCount, backupEligible: false } });
    });
    expect((await storage.read.passkey.findFirst())?.signCount).toBe(signCount);
    expect((await storage.read.lookups.person(person.id))?.passkeys[0]).toMatchObject({ signCount, createdAt: passkey.createdAt });
    expect(await storage.recordPasskeyUse(passkey.id, { signCount, backedUp: false, at: passkey.createdAt })).toBe(signCount === 0);
  });

  test("receipts beyond the 2,147,483,648th", async () => {
    const place = await freshPlace();
    const storage = await freshStorage({ place });
    if ("file" in place) throw new Error("this test is for PostgreSQL");
    await withConnection(place.url, (client) => client.query(`SELECT setval(pg_get_serial_sequence('"receipt"','sequence'),4000000000)`));
    await storage.recordReceipt({ kind: "k", at: 1, personId: null, detail: {} });
    expect((await storage.read.receipt.findFirst())?.sequence).toBe(4_000_000_001);
  });
});

test("six nodes that start at once on an empty database all come up", async () => {
  const place = await freshPlace();
  if ("file" in place) throw new Error("this test is for PostgreSQL");
  await withConnection(place.url, (client) => client.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public`));
  const nodes = await Promise.all(Array.from({ length: 6 }, () => openDatabase(place, testSealing())));
  expect(new Set(nodes.map(({ receiptSigner }) => receiptSigner.keyId)).size).toBe(1);
  await Promise.all(nodes.map((node) => node.close()));
});
