import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { certificatesOfEvidence } from "../../src/people/index.ts";
import { ensureKeys, loadKeySet } from "../../src/provider/keys.ts";
import { addRelyingParty, isClientSecret, metadataOf } from "../../src/relying-parties/index.ts";
import { columnsOf, listStreams } from "../../src/signals/stream-records.ts";
import { sealedColumns } from "../../src/storage/sealed-columns.ts";
import { type DatabasePlace, openDatabase, Sealing, type Storage } from "../../src/storage/index.ts";
import { addStream } from "../signals/delivery-rig.ts";
import { bind, certificate, now } from "../people/people-fixture.ts";
import { registration } from "../relying-parties/registrations.ts";
import { afterTest, freshPlace, freshStorage, sealingKey } from "./temporary.ts";

const digestKey = new Uint8Array(32).fill(9);
const old = new Sealing([sealingKey("2025", 1)], digestKey);
const both = new Sealing([sealingKey("2026-first", 2), sealingKey("2025", 1)], digestKey);
const next = new Sealing([sealingKey("2026-first", 2)], digestKey);
const client = asIdentifier<ClientId>("service-1");
const later = { expiresAt: now + 1000 };

/** A database with something in every sealed column, sealed by the modules that do; and what reads all of it again. */
async function filled(): Promise<{ place: DatabasePlace; read: (storage: Storage) => Promise<unknown[]> }> {
  const place = await freshPlace();
  const storage = await openDatabase(place, old);
  const evidence = await bind(storage, certificate("1", { answer: Uint8Array.of(1, 2, 3) }));
  for (let serial = 2; serial < 40; serial += 1) await bind(storage, certificate(String(serial)));
  const metadata = metadataOf(registration({ clientId: client, authentication: "client_secret_basic", jwks: undefined as never }));
  if (!metadata.valid) throw new Error(metadata.at);
  const { secret } = await addRelyingParty(storage, metadata.value, now);
  await addStream(storage, { id: "stream", clientId: client, endpointUrl: "https://rp.example/events" });
  const columns = columnsOf(storage, "stream", { delivery: { method: "push", endpointUrl: "https://rp.example/events", authorization: "Bearer x" }, eventsRequested: null, description: null });
  await storage.transaction(({ data }) => data.signalStream.update({ where: { id: "stream" }, data: columns }));
  await ensureKeys(storage, now);
  for (const model of ["Session", "Grant"]) for (let index = 0; index < 40; index += 1) await storage.artifacts.put(model, `${index}`, { index }, later);
  await storage.sealed.missingKeys();
  await storage.close();
  return {
    place,
    read: async (reopened) => [
      (await certificatesOfEvidence(reopened, [evidence])).get(evidence.evidenceId)?.(),
      await isClientSecret(reopened, client, secret ?? "", now),
      await listStreams(reopened, client),
      await loadKeySet(reopened, now),
      await reopened.read.receiptKeys(),
      (await reopened.artifacts.find("Grant", "17"))?.payload,
      await reopened.read.statusAnswer.findMany({ orderBy: { digest: "asc" } }).then(([row]) => row && reopened.sealing.open(row.sealedAnswer, `status_answer/${row.digest}`)),
    ],
  };
}

async function reopened(place: DatabasePlace, sealing: Sealing): Promise<Storage> {
  const storage = await openDatabase(place, sealing);
  afterTest(() => storage.close());
  return storage;
}

describe("sealing anew", () => {
  test("every value of every column, in batches, and the old key is needed no more", async () => {
    const { place, read } = await filled();
    const storage = await reopened(place, both);
    const before = await read(storage);
    const counts = await storage.sealed.census();
    expect(new Set(counts.map(({ column }) => column)).size).toBe(sealedColumns.length);
    expect(counts.every(({ key }) => key === "2025")).toBe(true);
    const progress: number[] = [];
    const columns = await storage.sealed.reseal({ batch: 7, onProgress: ({ resealed }) => progress.push(resealed) });
    expect(Object.fromEntries(columns.map(({ column, resealed }) => [column, resealed]))).toEqual(Object.fromEntries(counts.map(({ column, values }) => [column, values])));
    expect(columns.every(({ overtaken, unreadable }) => overtaken + unreadable === 0)).toBe(true);
    expect(progress.length).toBeGreaterThan(15);
    expect((await storage.sealed.census()).map(({ key }) => key)).toEqual(counts.map(() => "2026-first"));
    expect(await read(await reopened(place, next))).toEqual(before);
  });

  test("goes on where it was stopped, and does nothing twice", async () => {
    const { place } = await filled();
    const storage = await reopened(place, both);
    const stopped = storage.sealed.reseal({ batch: 10, onProgress: ({ column, resealed }) => { if (column === "artifact.payload" && resealed >= 20) throw new Error("stopped"); } });
    await expect(stopped).rejects.toThrow("stopped");
    const again = await storage.sealed.reseal({ batch: 10 });
    expect(again.find(({ column }) => column === "artifact.payload")?.resealed).toBe(61);
    expect(again.filter(({ column }) => column !== "artifact.payload").every(({ resealed }) => resealed === 0)).toBe(true);
    expect((await storage.sealed.reseal({ batch: 10 })).every(({ resealed }) => resealed === 0)).toBe(true);
  });

  test("what others write meanwhile stays as they wrote it, and versions do not change", async () => {
    const { place } = await filled();
    const [storage, another] = [await reopened(place, both), await reopened(place, both)];
    const writing = Promise.all(Array.from({ length: 40 }, async (_, index) => {
      const found = await another.artifacts.find("Session", `${index}`);
      return another.artifacts.replace("Session", `${index}`, found?.version ?? 0, { index: index + 1000 });
    }));
    await storage.sealed.reseal({ batch: 3 });
    expect(await writing).toEqual(Array.from({ length: 40 }, () => true));
    for (let index = 0; index < 40; index += 1) expect(await storage.artifacts.find("Session", `${index}`)).toMatchObject({ payload: { index: index + 1000 }, version: 2 });
  });

  test("what does not open stays as it is, and is counted", async () => {
    const { place } = await filled();
    const storage = await reopened(place, both);
    const [row] = await storage.read.evidence.findMany({ take: 1 });
    await storage.transaction(({ data }) => data.evidence.update({ where: { id: row?.id ?? "" }, data: { sealedCertificate: old.seal(new Uint8Array(3), "elsewhere") } }));
    const columns = await storage.sealed.reseal({ batch: 10 });
    expect(columns.find(({ column }) => column === "evidence.sealed_certificate")).toMatchObject({ resealed: 38, unreadable: 1 });
    expect((await storage.sealed.census()).filter(({ key }) => key === "2025")).toEqual([{ column: "evidence.sealed_certificate", key: "2025", values: 1 }]);
  });
});

describe("keys that are missing", () => {
  test("are named with what they are needed for; after sealing anew they are not missed", async () => {
    const { place } = await filled();
    const storage = await reopened(place, both);
    // The key of receipts alone is opened at the start.
    const id = (await storage.read.receiptKeys())[0]?.kid ?? "";
    await storage.transaction(async ({ data }) => {
      const row = await data.receiptKey.findUniqueOrThrow({ where: { id } });
      await data.receiptKey.update({ where: { id }, data: { sealedKey: both.seal(both.open(row.sealedKey, `receipt_key/${id}`), `receipt_key/${id}`) } });
    });
    const incomplete = await reopened(place, next);
    const missing = await incomplete.sealed.missingKeys();
    expect(missing.every(({ key }) => key === "2025")).toBe(true);
    expect(missing.find(({ column }) => column === "evidence.sealed_certificate")?.values).toBe(39);
    await storage.sealed.reseal({ batch: 100 });
    expect(await incomplete.sealed.missingKeys()).toEqual([]);
  });

  test("a database from before keys were noted is looked through once", async () => {
    const { place } = await filled();
    const storage = await reopened(place, both);
    await storage.artifacts.remove("SealingKey", "2025");
    expect(await storage.sealed.missingKeys()).toEqual([]);
    expect((await storage.artifacts.find("SealingKey", "2025"))?.payload).toEqual({});
  });

  test("who goes on sealing by a key that a start did not miss notes it again: the next start does", async () => {
    const place = await freshPlace();
    const straggler = await reopened(place, old);
    await straggler.sealed.missingKeys();
    await (await reopened(place, both)).sealed.reseal({ batch: 100 });
    const early = await reopened(place, next);
    expect(await early.sealed.missingKeys()).toEqual([]);
    await straggler.artifacts.put("Session", "late", {}, later);
    await straggler.sealed.noteCurrentKey();
    await straggler.sealed.noteCurrentKey();
    expect(await early.sealed.missingKeys()).toEqual([{ column: "artifact.payload", key: "2025", values: 2 }]);
  });

  test("a fresh database misses none", async () => {
    expect(await (await freshStorage()).sealed.missingKeys()).toEqual([]);
  });
});

test("every column whose name says that it is sealed is among those that are sealed anew", () => {
  const schema = readFileSync(path.join(import.meta.dirname, "../../prisma/schema.prisma"), "utf8");
  const models = schema.split(/^model /mu).slice(1);
  const named = models.flatMap((model) => [...model.matchAll(/@map\("(sealed_\w+)"\)/gu)].map(([, column]) => `${/@@map\("(\w+)"\)/u.exec(model)?.[1]}.${column}`));
  expect([...named, "artifact.payload"].sort()).toEqual(sealedColumns.map(({ table, column }) => `${table}.${column}`).sort());
});
