import { readFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { findByCredential, findPerson } from "../../src/people/index.ts";
import { toDate } from "../../src/storage/index.ts";
import { migrate } from "../../src/storage/migrator.ts";
import { fullRows } from "./rows.ts";
import { afterTest, freshStorage } from "./temporary.ts";

interface Column { readonly name: string; readonly type: string; readonly notnull: number; readonly pk: number; readonly dflt: string | null }
interface Member { readonly column: string; readonly type: string; readonly optional: boolean; readonly unique: boolean; readonly id: boolean }
interface Model { readonly table: string; readonly members: readonly Member[]; readonly id: readonly string[]; readonly indexes: readonly string[] }

const schema = readFileSync(path.resolve("prisma/schema.prisma"), "utf8");
const scalars: Readonly<Record<string, string>> = { String: "TEXT", Bytes: "BLOB", DateTime: "DATETIME", Int: "INTEGER", Boolean: "BOOLEAN", BigInt: "BIGINT" };

/** The models of prisma/schema.prisma: scalar members with their columns, keys and indexes. */
function models(): Model[] {
  return [...schema.matchAll(/^model \w+ \{\n([\s\S]*?)^\}/gm)].map(([, body = ""]) => {
    const lines = body.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("//"));
    const members = new Map<string, Member>();
    for (const line of lines.filter((entry) => !entry.startsWith("@@"))) {
      const [name = "", kind = ""] = line.split(/\s+/);
      const type = scalars[kind.replace("?", "")];
      if (type === undefined) continue;
      members.set(name, { column: /@map\("(\w+)"\)/.exec(line)?.[1] ?? name, type, optional: kind.endsWith("?"), unique: /@unique/.test(line), id: /@id\b/.test(line) });
    }
    const columns = (text: string): string[] => text.split(",").map((name) => members.get(name.trim())?.column ?? name.trim());
    const own = [...members.values()].filter(({ id }) => id).map(({ column }) => column);
    const composite = /@@id\(\[([^\]]+)\]\)/.exec(body)?.[1];
    return {
      table: /@@map\("(\w+)"\)/.exec(body)?.[1] ?? "",
      members: [...members.values()],
      id: composite === undefined ? own : columns(composite),
      indexes: [...body.matchAll(/@@index\(\[([^\]]+)\]\)/g)].map(([, list = ""]) => columns(list).join()),
    };
  });
}

function migrated(): Database.Database {
  const database = new Database(":memory:");
  afterTest(() => void database.close());
  migrate(database);
  return database;
}

describe("the migrations agree with prisma/schema.prisma", () => {
  test("the schema was read, every model of it", () => {
    expect(models().length).toBe([...schema.matchAll(/^model /gm)].length);
    expect(models().map(({ table }) => table)).toContain("person");
  });

  test("no table beside the models but the artifacts, the counters of limits and the list of migrations", () => {
    const rows = migrated().prepare("SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE 'sqlite_%'").all() as { name: string }[];
    expect(rows.map(({ name }) => name).sort()).toEqual([...models().map(({ table }) => table), "_prisma_migrations", "artifact", "rate_counter"].sort());
  });

  test.each(models())("$table: columns, types, keys, indexes", ({ table, members, id, indexes }) => {
    const database = migrated();
    const columns = database.pragma(`table_info("${table}")`) as Column[];
    const described = columns.map(({ name, type, notnull }) => ({ name, type, optional: notnull === 0 }));
    expect(described).toEqual(members.map(({ column, type, optional }) => ({ name: column, type, optional })));
    expect(columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk).map(({ name }) => name)).toEqual(id);

    const listed = database.pragma(`index_list("${table}")`) as { name: string; unique: number; origin: string }[];
    const columnsOf = (name: string): string => (database.pragma(`index_info("${name}")`) as { name: string }[]).map((column) => column.name).join();
    const made = listed.filter(({ origin }) => origin === "c").map(({ name, unique }) => ({ on: columnsOf(name), unique: unique === 1 }));
    const wanted = [...indexes.map((on) => ({ on, unique: false })), ...members.filter(({ unique }) => unique).map(({ column }) => ({ on: column, unique: true }))];
    const sorted = (list: { on: string; unique: boolean }[]): string[] => list.map(({ on, unique }) => `${on} ${String(unique)}`).sort();
    expect(sorted(made)).toEqual(sorted(wanted));
  });
});

describe("a row of every model", () => {
  test("comes back as it was written", async () => {
    const storage = await freshStorage();
    const rows = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: rows.person });
      await data.evidence.create({ data: rows.evidence });
      await data.passkey.create({ data: rows.passkey });
      await data.pairwiseSubject.create({ data: rows.pairwiseSubject });
      await data.consent.create({ data: rows.consent });
      await data.relyingParty.create({ data: rows.relyingParty });
      await data.providerKey.create({ data: rows.providerKey });
      await data.receipt.create({ data: rows.receipt });
    });
    const { read } = storage;
    expect(await read.person.findMany()).toMatchObject([rows.person]);
    expect(await read.evidence.findMany()).toMatchObject([rows.evidence]);
    expect(await read.passkey.findMany()).toMatchObject([rows.passkey]);
    expect(await read.pairwiseSubject.findMany()).toMatchObject([rows.pairwiseSubject]);
    expect(await read.consent.findMany()).toMatchObject([rows.consent]);
    expect(await read.relyingParty.findMany()).toMatchObject([rows.relyingParty]);
    expect(await read.providerKey.findMany()).toMatchObject([rows.providerKey]);
    expect(await read.receipt.findMany()).toMatchObject([{ sequence: 1, ...rows.receipt }]);
  });

  test("is read the same by the prepared look-ups, and what they write by the data model", async () => {
    const storage = await freshStorage();
    const rows = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: { ...rows.person, heldAt: null } });
      await data.evidence.create({ data: { ...rows.evidence, continuity: null, supersededById: null } });
      await data.passkey.create({ data: { ...rows.passkey, lastUsedAt: null } });
      await data.relyingParty.create({ data: { ...rows.relyingParty, sealedSecret: null } });
      await data.consent.create({ data: rows.consent });
      await data.pairwiseSubject.create({ data: rows.pairwiseSubject });
    });
    const { lookups } = storage.read;
    const { personId, ...evidence } = await storage.read.evidence.findFirst() as { personId: string };
    const found = await lookups.person(personId);
    // What no sign-in needs is not looked up; what is, reads the same.
    const lookedUp = Object.keys(found?.evidence[0] ?? {});
    expect(lookedUp).toContain("status");
    const rest = Object.fromEntries(Object.entries(evidence).filter(([name]) => lookedUp.includes(name)));
    expect(found?.evidence).toEqual([{ ...rest, sealedCertificate: Buffer.from(rows.evidence.sealedCertificate) }]);
    expect(found?.passkeys).toEqual([{ ...rows.passkey, lastUsedAt: null, publicKey: Buffer.from(rows.passkey.publicKey) }]);
    expect(found).toMatchObject({ id: personId, state: "held", createdAt: rows.person.createdAt });
    expect(await lookups.relyingParty("c1")).toEqual({ clientId: "c1", metadata: "{}", sealedSecret: null, createdAt: rows.relyingParty.createdAt });
    const { personId: _owner, ...consent } = rows.consent;
    expect(await lookups.consent(personId, "c1")).toEqual(consent);
    expect(await lookups.subject(personId, rows.pairwiseSubject.sector)).toBe("s1");
    expect([await lookups.person("nobody"), await lookups.personByCredential("none"), await lookups.relyingParty("none"), await lookups.consent(personId, "none"), await lookups.subject(personId, "none")]).toEqual([null, null, null, null, null]);

    await storage.recordPasskeyUse("k1", { signCount: 8, backedUp: true, at: toDate(1_700_000_777) });
    expect(await storage.read.passkey.findFirst()).toMatchObject({ signCount: 8, backedUp: true, lastUsedAt: toDate(1_700_000_777) });
  });

  const signCounts = [0, 1, 2_147_483_647, 2_147_483_648, 4_294_967_295];
  test.each(signCounts)("a signature counter of %d (32 bits without sign, WebAuthn 6.1) is kept", async (signCount) => {
    const storage = await freshStorage();
    const rows = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: rows.person });
      await data.evidence.create({ data: rows.evidence });
      await data.passkey.create({ data: { ...rows.passkey, signCount } });
    });
    expect(await storage.read.passkey.findFirst()).toMatchObject({ signCount });
    await storage.recordPasskeyUse("k1", { signCount, backedUp: false, at: toDate(1_700_000_777) });
    const found = await findByCredential(storage.read, "credential");
    expect(found?.passkey.signCount).toBe(signCount);
    expect(await storage.transaction(({ data }) => data.passkey.count({ where: { signCount } }))).toBe(1);
    expect((await findPerson(storage.read, asIdentifier<PersonId>(rows.person.id)))?.passkeys).toHaveLength(1);
  });

  interface Use { readonly name: string; readonly synced: boolean; readonly before: number; readonly counts: readonly number[]; readonly noted: readonly boolean[]; readonly after: number }
  const uses: readonly Use[] = [
    { name: "bound to its device, moving on", synced: false, before: 7, counts: [8], noted: [true], after: 8 },
    { name: "bound to its device, the same again", synced: false, before: 7, counts: [7], noted: [false], after: 7 },
    { name: "bound to its device, going back", synced: false, before: 7, counts: [6], noted: [false], after: 7 },
    { name: "bound to its device, back to 0", synced: false, before: 7, counts: [0], noted: [false], after: 7 },
    { name: "bound to its device, never counting", synced: false, before: 0, counts: [0, 0], noted: [true, true], after: 0 },
    { name: "bound to its device, 8 and 7 at once", synced: false, before: 6, counts: [8, 7], noted: [true, false], after: 8 },
    { name: "bound to its device, one count used three times at once", synced: false, before: 7, counts: [8, 8, 8], noted: [true, false, false], after: 8 },
    { name: "synced, each copy counting for itself", synced: true, before: 7, counts: [9, 3], noted: [true, true], after: 3 },
  ];
  test.each(uses)("the use of a passkey is noted by its counter: $name", async ({ synced, before, counts, noted, after }) => {
    const storage = await freshStorage();
    const rows = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: rows.person });
      await data.evidence.create({ data: rows.evidence });
      await data.passkey.create({ data: { ...rows.passkey, signCount: before, backupEligible: synced } });
    });
    expect(await Promise.all(counts.map((signCount) => storage.recordPasskeyUse("k1", { signCount, backedUp: synced, at: toDate(1_700_000_777) })))).toEqual(noted);
    expect(await storage.read.passkey.findFirst()).toMatchObject({ signCount: after });
    expect(await storage.recordPasskeyUse("nothing", { signCount: 100, backedUp: false, at: toDate(0) })).toBe(false);
  });

  const copied = `"person_id","kind","medium","policy","issuer","sealed_certificate","verified_at","expires_at","status","status_source","status_this_update","status_checked_at"`;
  const refused: [string, string][] = [
    ["evidence of nobody", `INSERT INTO "evidence" ("id","certificate_digest",${copied}) SELECT 'x',x'77',${copied.replace('"person_id"', "'nobody'")} FROM "evidence"`],
    ["one certificate twice", `INSERT INTO "evidence" ("id","certificate_digest",${copied}) SELECT 'x',"certificate_digest",${copied} FROM "evidence"`],
    ["a person who has evidence taken away", `DELETE FROM "person"`],
  ];
  test.each(refused)("%s is refused by the database itself", async (_name, statement) => {
    const storage = await freshStorage();
    const rows = fullRows();
    await storage.transaction(async ({ data }) => {
      await data.person.create({ data: rows.person });
      await data.evidence.create({ data: rows.evidence });
    });
    const attempt = storage.transaction(async ({ data }) => {
      await (data as unknown as { $executeRawUnsafe(sql: string): Promise<number> }).$executeRawUnsafe(statement);
    });
    await expect(attempt).rejects.toThrow(/constraint/i);
  });
});
