import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../../src/bytes.ts";
import { orThrow } from "../../src/errors.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { digestColumns } from "../../src/storage/digest-values.ts";
import { type DatabasePlace, type LaterDigestKeys, openDatabase, Sealing, type Storage } from "../../src/storage/index.ts";
import { jpkiCertificate } from "../certificates/jpki.ts";
import { fullRows } from "./rows.ts";
import { afterTest, freshPlace, freshStorage, sealingKey } from "./temporary.ts";

/** The digests by which rows are found, under one key after the other. */

const [one, two, three, stranger] = [9, 10, 11, 12].map((octet) => new Uint8Array(32).fill(octet)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const sealingBy = (later: LaterDigestKeys = {}, first = one): Sealing => new Sealing([sealingKey("test", 1)], first, later);
const [first, announced, second, third] = [sealingBy(), sealingBy({ next: two }), sealingBy({ after: [two] }), sealingBy({ after: [two, three] })];
const later = { expiresAt: 4_000_000_000 };

async function opened(place: DatabasePlace, sealing: Sealing): Promise<Storage> {
  const storage = await openDatabase(place, sealing);
  afterTest(() => storage.close());
  return storage;
}

const valueOf = (index: number): Uint8Array => utf8(`value ${index}`);

/** Rows in every column of digests. */
async function fill(storage: Storage, count: number, from = 0): Promise<void> {
  const { person, evidence } = fullRows("p");
  const digest = (index: number): Uint8Array<ArrayBuffer> => storage.sealing.lookUpDigest(valueOf(index));
  await storage.transaction(async ({ data }) => {
    if (from === 0) await data.person.create({ data: person });
    for (let index = from; index < from + count; index += 1) {
      const attributesDigest = index % 3 === 0 ? null : digest(index);
      await data.evidence.create({ data: { ...evidence, id: `e${String(index).padStart(3, "0")}`, certificateDigest: digest(index), attributesDigest, supersededById: null } });
      const review = { medium: "card", certificateExpiresAt: evidence.expiresAt, openedAt: evidence.verifiedAt, state: "open" };
      await data.recoveryReview.create({ data: { id: `r${String(index).padStart(3, "0")}`, personId: "p", certificateDigest: digest(index), ...review } });
    }
  });
}

const found = (storage: Storage, index: number): Promise<number> => storage.read.evidence.count({ where: { certificateDigest: { in: [...storage.sealing.lookUpDigests(valueOf(index))] } } });
const all = async (storage: Storage, count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, (_, index) => found(storage, index)));
const levels = async (storage: Storage): Promise<string[]> => (await storage.digests.census()).map(({ column, level, values }) => `${column} ${level}: ${values}`);
const wrappedIn = (columns: readonly { wrapped: number }[]): number => columns.reduce((sum, { wrapped }) => sum + wrapped, 0);

describe("wrapping commutes with looking up", () => {
  const pairs: readonly (readonly [name: string, wroteIt: Sealing, wrapsIt: Sealing, looksItUp: Sealing])[] = [
    ["nothing rotated", first, first, first],
    ["one announced", first, announced, announced],
    ["written by the second, looked up where it is announced", first, second, announced],
    ["wrapped by the second", first, second, second],
    ["wrapped by two at once", first, third, third],
    ["wrapped by the third after the second", second, third, third],
    ["not wrapped yet", first, first, third],
    ["nothing to wrap", third, third, third],
    ["wrapped by whoever knows fewer", third, second, third],
  ];
  test.each(pairs)("%s", (_, wroteIt, wrapsIt, looksItUp) => {
    for (let count = 0; count < 200; count += 1) {
      const parts = Array.from({ length: 1 + (count % 3) }, () => Uint8Array.from(randomBytes(count % 40)));
      const onRecord = toHex(wrapsIt.wrapDigest(wroteIt.lookUpDigest(...parts)));
      const forms = looksItUp.lookUpDigests(...parts).map(toHex);
      expect(forms).toContain(onRecord);
      expect(forms[0]).toBe(toHex(looksItUp.lookUpDigest(...parts)));
      expect(new Set(forms).size).toBe(forms.length);
    }
  });

  test("a later key alone, or the first alone, makes none of it", () => {
    const digest = toHex(second.lookUpDigest(valueOf(1)));
    for (const other of [first, sealingBy({}, two), sealingBy({ after: [three] }), sealingBy({ after: [two] }, stranger)]) expect(other.lookUpDigests(valueOf(1)).map(toHex)).not.toContain(digest);
  });
});

describe("putting digests under another key", () => {
  test("everything is found before, amid and after it, by who writes by the new key and who only looks for it", async () => {
    const place = await freshPlace();
    await fill(await opened(place, first), 20);
    const [old, next] = [await opened(place, announced), await opened(place, second)];
    await fill(next, 5, 20);
    await fill(old, 5, 25);
    const everybody = async (): Promise<void> => {
      for (const storage of [old, next]) expect(await all(storage, 30)).toEqual(Array<number>(30).fill(1));
    };
    await everybody();
    let batches = 0;
    const asking: Promise<void>[] = [];
    const columns = await next.digests.rewrap({ batch: 4, onProgress: () => void (batches += asking.push(everybody())) });
    await Promise.all(asking);
    expect([wrappedIn(columns), batches > 10]).toEqual([25 + 17 + 25, true]);
    await everybody();
    expect(await levels(next)).toEqual(["evidence.certificate_digest 2: 30", "evidence.attributes_digest 2: 20", "recovery_review.certificate_digest 2: 30"]);
  });

  test("goes on where it was stopped, and does nothing twice; nor does who knows fewer keys", async () => {
    const place = await freshPlace();
    await fill(await opened(place, first), 12);
    const storage = await opened(place, second);
    await expect(storage.digests.rewrap({ batch: 5, onProgress: () => { throw new Error("stopped"); } })).rejects.toThrow("stopped");
    expect(wrappedIn(await storage.digests.rewrap({ batch: 5 }))).toBe(7 + 8 + 12);
    expect(wrappedIn(await storage.digests.rewrap({ batch: 5 }))).toBe(0);
    expect(wrappedIn(await (await opened(place, third)).digests.rewrap({ batch: 100 }))).toBe(12 + 8 + 12);
    expect(wrappedIn(await storage.digests.rewrap({ batch: 100 }))).toBe(0);
    expect(await all(await opened(place, third), 12)).toEqual(Array<number>(12).fill(1));
  });

  test("a certificate that a process without the key took for a stranger's is told of, and keeps nobody else", async () => {
    const place = await freshPlace();
    const [lacking, storage] = [await opened(place, first), await opened(place, second)];
    await fill(storage, 2);
    await lacking.transaction(({ data }) => data.evidence.create({ data: { ...fullRows("p").evidence, id: "b", certificateDigest: lacking.sealing.lookUpDigest(valueOf(0)), attributesDigest: null, supersededById: null } }));
    for (const [id, value] of [["a", "a"], ["c", "c"]] as const) {
      await lacking.transaction(({ data }) => data.evidence.create({ data: { ...fullRows("p").evidence, id, certificateDigest: lacking.sealing.lookUpDigest(utf8(value)), attributesDigest: null, supersededById: null } }));
    }
    for (const wrapped of [2, 0]) expect((await storage.digests.rewrap({ batch: 3 }))[0]).toEqual({ column: "evidence.certificate_digest", wrapped, overtaken: 0, doubled: ["b"] });
    expect(await storage.digests.census()).toContainEqual({ column: "evidence.certificate_digest", level: 1, values: 1 });
  });

  test("what others write meanwhile stays as they wrote it", async () => {
    const place = await freshPlace();
    await fill(await opened(place, first), 20);
    const [storage, another] = [await opened(place, second), await opened(place, announced)];
    const anew = (index: number): Uint8Array<ArrayBuffer> => another.sealing.lookUpDigest(utf8("forgotten"), valueOf(index));
    const writing = Promise.all(Array.from({ length: 20 }, (_, index) => another.transaction(({ data }) => data.evidence.update({ where: { id: `e${String(index).padStart(3, "0")}` }, data: { certificateDigest: anew(index) } }))));
    await storage.digests.rewrap({ batch: 3 });
    await writing;
    await storage.digests.rewrap({ batch: 3 });
    expect(await all(storage, 20)).toEqual(Array<number>(20).fill(0));
    for (let index = 0; index < 20; index += 1) {
      const forms = storage.sealing.lookUpDigests(utf8("forgotten"), valueOf(index));
      expect(await storage.read.evidence.count({ where: { certificateDigest: { in: [...forms] } } })).toBe(1);
    }
  });
});

describe("digest keys that are missing", () => {
  type Row = { readonly name: string; readonly before: readonly Sealing[]; readonly rows: number; readonly start: Sealing; readonly missing: readonly number[] };
  const rows: readonly Row[] = [
    { name: "none, in a fresh database", before: [], rows: 0, start: third, missing: [] },
    { name: "none, with the same keys", before: [second], rows: 2, start: second, missing: [] },
    { name: "none, where it is to come again", before: [second], rows: 2, start: announced, missing: [] },
    { name: "one that was to come, and wrote nothing", before: [first, announced], rows: 2, start: first, missing: [] },
    { name: "the second", before: [second], rows: 2, start: first, missing: [2] },
    { name: "the second, with another in its place", before: [second], rows: 2, start: sealingBy({ after: [three] }), missing: [2] },
    { name: "the second, behind another", before: [second], rows: 2, start: sealingBy({ after: [three, two] }), missing: [2] },
    { name: "the first, with another in its place", before: [first], rows: 2, start: sealingBy({}, stranger), missing: [1] },
    { name: "the first, though all is wrapped by the second", before: [second], rows: 2, start: sealingBy({ after: [two] }, stranger), missing: [1] },
    { name: "all of them", before: [third], rows: 2, start: sealingBy({}, stranger), missing: [1, 2, 3] },
    { name: "one by which nothing was written", before: [first, second], rows: 0, start: first, missing: [] },
  ];
  test.each(rows)("$name", async ({ before, rows: count, start, missing }) => {
    const place = await freshPlace();
    for (const [index, sealing] of before.entries()) {
      const storage = await opened(place, sealing);
      expect(await storage.digests.missingKeys()).toEqual([]);
      await fill(storage, index === 0 ? count : 0, index * 100);
    }
    const storage = await opened(place, start);
    expect((await storage.digests.missingKeys()).map(({ level }) => level)).toEqual(missing);
    // Asked again it says the same: what was refused has noted nothing.
    expect((await storage.digests.missingKeys()).map(({ level }) => level)).toEqual(missing);
    for (const { values } of await storage.digests.missingKeys()) expect(values).toBe(2 + 1 + 2);
    if (before.length > 0 && missing.length > 0) expect(await (await opened(place, before.at(-1) ?? first)).digests.missingKeys()).toEqual([]);
  });

  const upgrades: readonly (readonly [name: string, certificate: Uint8Array | null, start: Sealing, missing: readonly number[]])[] = [
    ["the key that made them", jpkiCertificate(), first, []],
    ["that one, and another after it", jpkiCertificate(), second, []],
    ["another key", jpkiCertificate(), sealingBy({}, stranger), [1]],
    ["another key, where no certificate says so", null, sealingBy({}, stranger), []],
  ];
  test.each(upgrades)("a database from before keys were noted is not given to whoever starts first: %s", async (_, der, start, missing) => {
    const place = await freshPlace();
    const before = await opened(place, first);
    await fill(before, 2);
    const { issuer, serialNumber } = orThrow(parseCertificate(jpkiCertificate()));
    const certificateDigest = before.sealing.lookUpDigest(issuer.der, serialNumber);
    const sealed = before.sealing.seal(der ?? new Uint8Array(), "evidence/e001/certificate");
    await before.transaction(({ data }) => data.evidence.update({ where: { id: "e001" }, data: { certificateDigest, sealedCertificate: sealed } }));
    const storage = await opened(place, start);
    expect((await storage.digests.missingKeys()).map(({ level }) => level)).toEqual(missing);
    if (missing.length > 0) expect(await before.digests.missingKeys()).toEqual([]);
  });

  test("a process that runs on without one takes nobody for a stranger, until it is told the key", async () => {
    const place = await freshPlace();
    const [straggler, ahead] = [await opened(place, sealingBy()), await opened(place, second)];
    expect([await straggler.digests.noteKeys(), await straggler.digests.missingKeys()]).toEqual([true, []]);
    await ahead.digests.missingKeys();
    expect(await straggler.digests.noteKeys()).toBe(false);
    expect(() => straggler.sealing.lookUpDigests(valueOf(1))).toThrow("a digest key is missing");
    expect([straggler.sealing.mayLookUp, ahead.sealing.mayLookUp]).toEqual([false, true]);
    expect(await ahead.digests.noteKeys()).toBe(true);
    expect(ahead.sealing.lookUpDigests(valueOf(1))).toHaveLength(2);
  });

  test("who goes on writing by a key that a start did not miss notes it again", async () => {
    const place = await freshPlace();
    const [writing, early] = [await opened(place, second), await opened(place, first)];
    await writing.digests.missingKeys();
    expect(await early.digests.missingKeys()).toEqual([]);
    await fill(writing, 1);
    await writing.digests.noteKeys();
    expect((await early.digests.missingKeys()).map(({ level }) => level)).toEqual([2]);
  });
});

test("counters begin anew with a key, and their keys are in no column that lasts", async () => {
  const place = await freshPlace();
  const [old, next] = [await opened(place, announced), await opened(place, second)];
  const window = { now: 1000, until: 1060, seconds: 60 };
  expect([await old.rateCounters.take("ip:a", 5, 5, window), await old.rateCounters.take("ip:a", 1, 5, window), await next.rateCounters.take("ip:a", 5, 5, window)]).toEqual([true, false, true]);
  await next.artifacts.put("Session", "1", {}, later);
  expect(wrappedIn(await next.digests.rewrap({ batch: 10 }))).toBe(0);
});

test("every column of digests of the schema is among those that are wrapped", async () => {
  const schema = readFileSync(path.join(import.meta.dirname, "../../prisma/schema.prisma"), "utf8");
  const models = schema.split(/^model /mu).slice(1);
  const named = models.flatMap((model) => [...model.matchAll(/Bytes\?? .*@map\("(\w+_digest)"\)/gu)].map(([, column]) => `${/@@map\("(\w+)"\)/u.exec(model)?.[1]}.${column}`));
  expect(named.sort()).toEqual(digestColumns.map(({ table, column }) => `${table}.${column}`).sort());
  expect(await levels(await freshStorage())).toEqual([]);
});
