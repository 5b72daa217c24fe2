import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { backUpSqlite, type BackupManifest, restoreSqlite, Sealing, type Storage } from "../../src/storage/index.ts";
import { digestOf } from "../../src/storage/backup-inspection.ts";
import { writeManifest } from "../../src/storage/backup-manifest.ts";
import { bind, certificate, now } from "../people/people-fixture.ts";
import { sealingKey, temporaryDirectory, temporaryStorage, testSealing } from "./temporary.ts";

const digestKey = new Uint8Array(32).fill(9);

interface Place {
  readonly storage: Storage;
  readonly file: string;
  readonly backup: string;
  readonly target: string;
}

/** A backup of a database with one person in it. */
async function backedUp(): Promise<Place> {
  const directory = temporaryDirectory();
  const [file, backup, target] = ["bridge.db", "backup", "restored.db"].map((name) => path.join(directory, name)) as [string, string, string];
  const storage = temporaryStorage({ file });
  await bind(storage, certificate("1"));
  for (const index of [1, 2]) await storage.recordReceipt({ kind: "test", at: now, personId: null, detail: { index } });
  await storage.artifacts.insert("AuthorizationCode", "code", {}, { expiresAt: now + 60 });
  await backUpSqlite({ file, directory: backup, sealing: testSealing(), version: "1.2.3", now });
  return { storage, file, backup, target };
}

const manifestOf = ({ backup }: Place): BackupManifest => (JSON.parse(readFileSync(path.join(backup, "manifest.json"), "utf8")) as { manifest: BackupManifest }).manifest;
const restore = ({ backup, target }: Place, sealing = testSealing()): Promise<number> =>
  restoreSqlite({ directory: backup, file: target, sealing, prepare: ({ read }) => read.person.count() });

/** Changes the database of a backup and makes a manifest that fits it, as the bridge itself would. */
async function rewritten(place: Place, sql: string): Promise<void> {
  const file = path.join(place.backup, "database.sqlite");
  const database = new Database(file);
  database.pragma("foreign_keys = OFF");
  database.exec(sql);
  database.close();
  writeFileSync(path.join(place.backup, "manifest.json"), writeManifest({ ...manifestOf(place), sha256: await digestOf(file) }, testSealing()));
}

function alter(place: Place, name: string, change: (bytes: Buffer) => void): void {
  const file = path.join(place.backup, name);
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(file, bytes);
}

test("a backup says what is in it, and comes back as it was", async () => {
  const place = await backedUp();
  const manifest = manifestOf(place);
  expect(manifest).toMatchObject({ format: "jpki-bridge-backup/1", version: "1.2.3", made_at: now, tables: { person: 1, evidence: 1, artifact: 1 }, sealing_keys: ["test"] });
  expect(manifest.migrations.length).toBeGreaterThan(0);
  expect(manifest.sha256).toBe(await digestOf(path.join(place.backup, "database.sqlite")));
  expect(manifest.last_receipt.sequence).toBe(manifest.tables["receipt"]);
  // Wherever it lay meanwhile, what comes of it is its owner's alone.
  chmodSync(path.join(place.backup, "database.sqlite"), 0o666);
  expect(await restore(place)).toBe(1);
  expect(statSync(place.target).mode & 0o777).toBe(0o600);
  expect(readdirSync(path.dirname(place.target)).filter((name) => name.includes("restor"))).toEqual(["restored.db"]);
});

test("writes that come while pages are copied are not in it, and do not make it begin anew", async () => {
  const directory = temporaryDirectory();
  const file = path.join(directory, "bridge.db");
  const storage = temporaryStorage({ file });
  const filler = "x".repeat(50_000);
  for (let index = 0; index < 300; index += 1) await storage.artifacts.insert("Filler", String(index), { filler }, { expiresAt: now });
  const [shares, writes]: [number[], Promise<unknown>[]] = [[], []];
  const onProgress = (share: number): void => {
    shares.push(share);
    writes.push(storage.artifacts.insert("During", String(shares.length), {}, { expiresAt: now }));
  };
  const { tables } = await backUpSqlite({ file, directory: path.join(directory, "backup"), sealing: testSealing(), version: "1", now, onProgress });
  expect(await Promise.all(writes)).toEqual(shares.map(() => true));
  expect(tables["artifact"]).toBe(300);
  expect(shares.length).toBeGreaterThan(3);
  expect(shares).toEqual(shares.toSorted((one, other) => one - other));
});

describe("a backup is refused", () => {
  test("where something is, and nothing there is touched", async () => {
    const { file, backup } = await backedUp();
    const again = backUpSqlite({ file, directory: backup, sealing: testSealing(), version: "1", now });
    await expect(again).rejects.toMatchObject({ code: "invalid_request", detail: expect.stringContaining("is not empty") });
    expect(readdirSync(backup).toSorted()).toEqual(["database.sqlite", "manifest.json"]);
  });

  test("of a database that is not there, and leaves nothing", async () => {
    const directory = temporaryDirectory();
    await expect(backUpSqlite({ file: path.join(directory, "none.db"), directory: path.join(directory, "backup"), sealing: testSealing(), version: "1", now })).rejects.toMatchObject({ code: "invalid_request" });
    expect(readdirSync(directory)).toEqual([]);
  });

  test("an empty directory is taken, and what an attempt that was killed left beside it goes", async () => {
    const { file } = await backedUp();
    const target = path.join(temporaryDirectory(), "backup");
    mkdirSync(target);
    // Of a process that is no more, and of one that had the number of this.
    for (const left of [`${target}.4194304.AAAA.partial`, `${target}.${process.pid}.AAAA.partial`]) {
      mkdirSync(left);
      writeFileSync(path.join(left, "database.sqlite"), "half");
    }
    await backUpSqlite({ file, directory: target, sealing: testSealing(), version: "1", now });
    expect(readdirSync(path.dirname(target))).toEqual(["backup"]);
  });
});

describe("two at one place at once: one is done, the other refused", () => {
  const isThere = { code: "invalid_request" };

  test("backups: what is there can be restored", async () => {
    const place = await backedUp();
    const again = { ...place, backup: `${place.backup}-again` };
    const request = { file: place.file, directory: again.backup, sealing: testSealing(), version: "1", now };
    const outcomes = await Promise.allSettled([backUpSqlite(request), backUpSqlite(request)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: isThere });
    expect(await restore(again)).toBe(1);
    expect(readdirSync(path.dirname(again.backup)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("restores: what is there was made safe", async () => {
    const { backup, target } = await backedUp();
    const request = { directory: backup, file: target, sealing: testSealing() };
    let other: Promise<unknown> = Promise.resolve();
    await restoreSqlite({ ...request, prepare: async (storage) => {
      await storage.recordReceipt({ kind: "made_safe", at: now, personId: null, detail: {} });
      // It copies the backup at once, and is not done with it for long.
      other = restoreSqlite({ ...request, prepare: () => new Promise((resolve) => void setTimeout(resolve, 500)) });
      other.catch(() => undefined);
    } });
    expect(await temporaryStorage({ file: target }).read.receipt.count({ where: { kind: "made_safe" } })).toBe(1);
    await expect(other).rejects.toMatchObject(isThere);
    expect(readdirSync(path.dirname(target)).filter((name) => name.includes("restoring"))).toEqual([]);
  });
});

describe("a restore is refused, and nothing is put in place", () => {
  const rows: readonly { readonly name: string; readonly harm: (place: Place) => void | Promise<void>; readonly sealing?: Sealing; readonly says: string }[] = [
    { name: "one octet of the database changed", harm: (place) => alter(place, "database.sqlite", (bytes) => bytes.writeUInt8((bytes[5000] ?? 0) ^ 1, 5000)), says: "its digest differs" },
    { name: "the database cut short", harm: ({ backup }) => writeFileSync(path.join(backup, "database.sqlite"), readFileSync(path.join(backup, "database.sqlite")).subarray(0, 8192)), says: "its digest differs" },
    { name: "the manifest changed", harm: (place) => alter(place, "manifest.json", (bytes) => bytes.write("9", bytes.indexOf('"made_at": ') + 11)), says: "was changed" },
    { name: "the manifest gone", harm: ({ backup }) => rmSync(path.join(backup, "manifest.json")), says: "cannot be read" },
    { name: "no manifest", harm: ({ backup }) => writeFileSync(path.join(backup, "manifest.json"), "null"), says: "not that of a backup" },
    { name: "a manifest of another form", harm: ({ backup }) => writeFileSync(path.join(backup, "manifest.json"), JSON.stringify({ manifest: { format: "jpki-bridge-backup/2" }, authentication: "AAAA" })), says: "not that of a backup" },
    { name: "another digest key in the configuration", harm: () => undefined, sealing: new Sealing([sealingKey("test", 1)], new Uint8Array(32)), says: "the digest key of this configuration" },
    { name: "the sealing key not in the configuration", harm: () => undefined, sealing: new Sealing([sealingKey("other", 1)], digestKey), says: "the sealing key test sealed in evidence.sealed_certificate" },
    { name: "another key by the same id", harm: () => undefined, sealing: new Sealing([sealingKey("test", 2)], digestKey), says: "the sealing key test sealed" },
    { name: "a row more than counted", harm: (place) => rewritten(place, `INSERT INTO "person" ("id","user_handle","created_at") VALUES ('x',x'00','2026-01-01T00:00:00.000+00:00')`), says: "the table person has 2 rows, and the manifest says 1" },
    { name: "a table gone", harm: (place) => rewritten(place, `DROP TABLE "request_refusal"`), says: "the table request_refusal has no rows" },
    { name: "a row that refers to none", harm: (place) => rewritten(place, `UPDATE "evidence" SET "person_id"='nobody'`), says: "rows refer to others" },
    { name: "a receipt changed", harm: (place) => rewritten(place, `UPDATE "receipt" SET "kind"='other' WHERE "sequence"=1`), says: "the chain of receipts is broken at receipt 1" },
    { name: "another last receipt", harm: (place) => rewritten(place, `UPDATE "receipt" SET "hash"=x'00' WHERE "sequence"=(SELECT max("sequence") FROM "receipt")`), says: "the last receipt is not the one" },
    { name: "a migration of a later version", harm: (place) => rewritten(place, `UPDATE "_prisma_migrations" SET "migration_name"='99990101000000_later' WHERE "rowid"=1`), says: "does not know" },
    { name: "a database already there", harm: ({ file, target }) => copyFileSync(file, target), says: "is there already" },
    { name: "the log of a database still there", harm: ({ target }) => writeFileSync(`${target}-wal`, ""), says: "is there already" },
  ];
  test.each(rows)("$name", async ({ harm, sealing, says }) => {
    const place = await backedUp();
    await harm(place);
    const before = readdirSync(path.dirname(place.target));
    await expect(restore(place, sealing)).rejects.toMatchObject({ code: "invalid_request", detail: expect.stringContaining(says) });
    expect(readdirSync(path.dirname(place.target))).toEqual(before);
  });

  test("what prepares it fails", async () => {
    const place = await backedUp();
    const failing = restoreSqlite({ directory: place.backup, file: place.target, sealing: testSealing(), prepare: () => Promise.reject(new Error("no")) });
    await expect(failing).rejects.toThrow("no");
    expect(readdirSync(path.dirname(place.target)).filter((name) => name.includes("restor"))).toEqual([]);
  });

  test("a database came to its place meanwhile: it stays", async () => {
    const place = await backedUp();
    const late = restoreSqlite({ directory: place.backup, file: place.target, sealing: testSealing(), prepare: async () => writeFileSync(place.target, "another") });
    await expect(late).rejects.toMatchObject({ code: "invalid_request" });
    expect(readFileSync(place.target, "utf8")).toBe("another");
  });
});
