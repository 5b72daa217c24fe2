import Database from "better-sqlite3";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { compareWithCheckpoint, copyDatabase, createLease, openDatabase, Sealing, type Storage, takeCheckpoint, verifyReceipts } from "../../src/storage/index.ts";
import { somebody } from "../people/lifecycle-fixture.ts";
import { fullRows } from "../storage/rows.ts";
import { afterTest, freshPlace, temporaryDirectory, temporaryStorage, testSealing } from "../storage/temporary.ts";

/** A database of one file with something of everything, and an empty one on the server. */
async function pair(): Promise<{ file: string; url: string; storage: Storage }> {
  const file = path.join(temporaryDirectory(), "bridge.db");
  const storage = temporaryStorage({ file });
  await somebody(storage);
  const { relyingParty, providerKey, assurancePolicy } = fullRows();
  await storage.transaction(async ({ data }) => {
    await data.relyingParty.create({ data: relyingParty });
    await data.providerKey.create({ data: providerKey });
    await data.assurancePolicy.create({ data: assurancePolicy });
  });
  await storage.artifacts.put("Session", "s", { at: "「復元」" }, { expiresAt: 2_000_000_000, uid: "u" });
  await storage.rateCounters.take("k", 3, 5, { now: 1, until: 2_000_000_000, seconds: 2_000_000_000 });
  await Promise.all(Array.from({ length: 1200 }, (_, index) => storage.recordReceipt({ kind: "k", at: index, personId: null, detail: { index, text: "\\\"{}," } })));
  const place = await freshPlace();
  if ("file" in place) throw new Error("this test is for PostgreSQL");
  return { file, url: place.url, storage };
}

const copy = (from: { file: string; url: string }, sealing = testSealing()) => copyDatabase({ ...from, sealing, now: 1_900_000_000, onProgress: () => undefined });

async function opened(url: string): Promise<Storage> {
  const storage = await openDatabase({ url, poolSize: 4 }, testSealing());
  afterTest(() => storage.close());
  return storage;
}

describe("copy-database", () => {
  test("what was there is there, opens with the same keys and goes on", async () => {
    const { file, url, storage } = await pair();
    const checkpoint = await takeCheckpoint(storage, "https://bridge.example", 1);
    const progress: number[] = [];
    const copied = await copyDatabase({ file, url, sealing: testSealing(), now: 1_900_000_000, onProgress: (rows, of) => void progress.push(rows / of) });
    expect(progress.at(-1)).toBe(1);
    expect(copied.tables).toMatchObject({ person: 1, passkey: 2, relying_party: 1, rate_counter: 1 });
    expect(copied.chain).toMatchObject({ fault: null });
    const target = await opened(url);
    for (const model of ["person", "evidence", "passkey", "consent", "pairwiseSubject", "relyingParty", "providerKey", "assurancePolicy", "announcement"] as const) {
      const [before, after] = [storage.read[model], target.read[model]] as unknown as { findMany(): Promise<unknown[]> }[];
      expect(await after?.findMany()).toEqual(await before?.findMany());
    }
    expect(await target.artifacts.findByUid("Session", "u")).toMatchObject({ payload: { at: "「復元」" }, expiresAt: 2_000_000_000 });
    expect(await compareWithCheckpoint(target.read, checkpoint)).toBe("holds");
    const before = await storage.read.receipt.count();
    await target.recordReceipt({ kind: "after", at: 1, personId: null, detail: {} });
    expect(await verifyReceipts(target.read)).toMatchObject({ receipts: before + 1, fault: null });
  });

  test("numbers go on where they stood, also after rows that are gone", async () => {
    const { file, url, storage } = await pair();
    const [sent] = await storage.read.announcement.findMany({ orderBy: { sequence: "desc" }, take: 1 });
    const announcement = { id: "a", at: new Date(1000), personId: "p", event: "{}", audience: "[]" };
    const { sequence } = await storage.transaction(({ data }) => data.announcement.create({ data: announcement }));
    await storage.transaction(({ data }) => data.announcement.delete({ where: { sequence } }));
    await copy({ file, url });
    const target = await opened(url);
    const next = await target.transaction(({ data }) => data.announcement.create({ data: announcement }));
    expect(next.sequence).toBe(sequence + 1);
    expect(sequence).toBeGreaterThan(sent?.sequence ?? 0);
  });

  test("a database that is not empty is refused, and stays as it is", async () => {
    const { file, url } = await pair();
    await copy({ file, url });
    const target = await opened(url);
    const before = await target.read.receipt.count();
    await expect(copy({ file, url })).rejects.toMatchObject({ code: "invalid_request", detail: expect.stringContaining("is not empty") as string });
    expect(await target.read.receipt.count()).toBe(before);
  });

  test("of two at once one copies, and the other is refused", async () => {
    const { file, url, storage } = await pair();
    const outcomes = await Promise.allSettled([copy({ file, url }), copy({ file, url })]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "invalid_request", detail: expect.stringContaining("is not empty") as string } });
    expect(await (await opened(url)).read.receipt.count()).toBe(await storage.read.receipt.count());
  });

  const interruptions: readonly (readonly [name: string, interrupt: (url: string) => void])[] = [
    ["by whoever asked for it", () => {
      throw new Error("interrupted");
    }],
    ["by the server, at its first rows", (url) => void spawnSync(process.execPath, ["-e", `const { Client } = require("pg"); const client = new Client(process.argv[1]); client.connect().then(() => client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()")).then(() => client.end())`, url])],
  ];
  test.each(interruptions)("interrupted %s it has copied nothing, and can be made again", async (_name, interrupt) => {
    const { file, url } = await pair();
    let isFirst = true;
    const onProgress = (): void => {
      if (isFirst) interrupt(url);
      isFirst = false;
    };
    await expect(copyDatabase({ file, url, sealing: testSealing(), now: 1_900_000_000, onProgress })).rejects.toThrow(/interrupted|terminat/);
    expect((await copy({ file, url })).tables).toMatchObject({ person: 1, passkey: 2 });
  });

  test("while a bridge works on the file it is refused; a lease that ran out, or was taken by a clock that was ahead, says nothing", async () => {
    const { file, url, storage } = await pair();
    const at = 1_900_000_000;
    await createLease(storage.artifacts, "signals", 15).hold(at - 14);
    await expect(copy({ file, url })).rejects.toMatchObject({ code: "operation_not_possible", detail: expect.stringContaining("a bridge works on this database") as string });
    await createLease(storage.artifacts, "upkeep", 60).hold(at + 3600);
    await storage.artifacts.remove("Lease", "signals");
    expect((await copy({ file, url })).tables).toMatchObject({ person: 1 });
  });

  const damages: readonly (readonly [name: string, sql: string, detail: string])[] = [
    ["a receipt was changed", `UPDATE "receipt" SET "kind"='other' WHERE "sequence"=700`, "the chain of receipts is broken at receipt 700"],
    ["a row refers to nobody", `PRAGMA foreign_keys=OFF; UPDATE "passkey" SET "person_id"='nobody'`, ""],
    ["a migration is missing", `DELETE FROM "_prisma_migrations" WHERE "migration_name" LIKE '%rate_counter'`, "earlier version"],
    ["a column is missing", `ALTER TABLE "rate_counter" DROP COLUMN "points"`, "other columns"],
  ];
  test.each(damages)("%s: refused, and nothing is copied", async (_name, sql, detail) => {
    const { file, url, storage } = await pair();
    await storage.close();
    const database = new Database(file);
    database.exec(sql);
    database.close();
    await expect(copy({ file, url })).rejects.toMatchObject(detail === "" ? { code: "23503" } : { code: "invalid_request", detail: expect.stringContaining(detail) as string });
    const target = await opened(url);
    expect([await target.read.person.count(), await target.read.receipt.count(), await target.read.relyingParty.count()]).toEqual([0, 0, 0]);
  });

  test("without the sealing keys nothing is copied that could not be opened", async () => {
    const { file, url } = await pair();
    const others = new Sealing([{ id: "test", key: new Uint8Array(32).fill(7) }], new Uint8Array(32).fill(9));
    await expect(copy({ file, url }, others)).rejects.toThrow("does not open");
    expect(await (await opened(url)).read.person.count()).toBe(0);
  });
});
