import { describe, expect, test } from "vitest";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { appendReceipt, appendReceipts, findReceipt, firstBrokenReceipt, toSeconds, verifyReceipts } from "../../src/storage/index.ts";
import { chain, range } from "./receipt-log.ts";
import { freshStorage } from "./temporary.ts";

describe("the chain of receipts", () => {
  test.each([0, 1, 2, 10])("%d records in their order hold", async (length) => {
    const { storage } = await chain(length);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  test("more records than one page hold, and a broken one on the second page is found", async () => {
    const { storage, tamper } = await chain(1003);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
    await tamper(`UPDATE "receipt" SET "kind"='other' WHERE "sequence"=1002`);
    expect(await firstBrokenReceipt(storage.read)).toBe(1002);
  });

  test("receipts written at once stand one after the other", async () => {
    const { storage } = await chain(1);
    await Promise.all(range(20).map((index) => storage.transaction(({ data }) => appendReceipt(data, { kind: "k", at: index, personId: null, detail: {} }))));
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
    const rows = await storage.read.receipt.findMany();
    expect(new Set(rows.map(({ previousHash }) => Buffer.from(previousHash).toString("hex"))).size).toBe(21);
  });

  test("many in one transaction stand in their order as if each came alone: of somebody and of nobody, great and small, and others after them", async () => {
    const { storage } = await chain(1);
    const inputs = range(600).map((index) => ({ kind: `k${index % 4}`, at: index, personId: index % 3 === 0 ? null : asIdentifier<PersonId>(`person ${index % 5}`), detail: index % 7 === 0 ? { text: "監査".repeat(index) } : {} }));
    const ids = await storage.transaction(async ({ data }) => [...(await appendReceipts(data, inputs.slice(0, 599))), ...(await appendReceipts(data, [])), ...(await appendReceipts(data, inputs.slice(599)))]);
    await storage.recordReceipt({ kind: "after", at: 1, personId: null, detail: {} });
    expect((await verifyReceipts(storage.read)).fault).toBeNull();
    const rows = await storage.read.receipt.findMany({ orderBy: { sequence: "asc" }, skip: 1 });
    expect(rows.slice(0, -1).map(({ id }) => id)).toEqual(ids);
    expect(rows.slice(0, -1).map(({ kind, at, personId, detail }) => ({ kind, at: toSeconds(at), personId, detail: JSON.parse(detail) as unknown }))).toEqual(inputs);
    expect(rows.at(-1)?.kind).toBe("after");
  });

  test("receipts that stand alone join the chain, in whatever order they and transactions come", async () => {
    const { storage, tamper } = await chain(1);
    const input = (index: number) => ({ kind: "k", at: index, personId: null, detail: { index, text: "「監査」" } });
    const ids = await Promise.all(range(20).map((index) => (index % 3 === 0 ? storage.transaction(({ data }) => appendReceipt(data, input(index))) : storage.recordReceipt(input(index)))));
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
    expect(await findReceipt(storage.read, ids[1] ?? "")).toMatchObject({ id: ids[1], kind: "k", at: 1, personId: null, detail: { index: 1, text: "「監査」" }, intact: true });
    await tamper(`UPDATE "receipt" SET "at"='2020-01-01T00:00:00.000+00:00' WHERE "sequence"=7`);
    expect(await firstBrokenReceipt(storage.read)).toBe(7);
  });

  test("the first of all receipts may stand alone", async () => {
    const storage = await freshStorage();
    await storage.recordReceipt({ kind: "k", at: 1, personId: asIdentifier("somebody"), detail: {} });
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
    expect((await storage.read.receipt.findMany()).map(({ personId }) => personId)).toEqual(["somebody"]);
  });

  test("a receipt whose text was damaged is still read, and is not intact", async () => {
    const { storage, tamper } = await chain(1);
    await tamper(`UPDATE "receipt" SET "detail"='{'`);
    const [row] = await storage.read.receipt.findMany();
    expect(await findReceipt(storage.read, row?.id ?? "")).toMatchObject({ detail: "{", intact: false });
    expect(await findReceipt(storage.read, "unknown")).toBeNull();
  });

  const tampering: [string, string, number][] = [
    ["another kind", `UPDATE "receipt" SET "kind"='other' WHERE "sequence"=4`, 4],
    ["another time", `UPDATE "receipt" SET "at"='2020-01-01T00:00:00.000+00:00' WHERE "sequence"=4`, 4],
    ["another person", `UPDATE "receipt" SET "person_id"='other' WHERE "sequence"=4`, 4],
    ["no person", `UPDATE "receipt" SET "person_id"=NULL WHERE "sequence"=4`, 4],
    ["another detail", `UPDATE "receipt" SET "detail"='{}' WHERE "sequence"=4`, 4],
    ["another id", `UPDATE "receipt" SET "id"='x' WHERE "sequence"=4`, 4],
    ["another hash", `UPDATE "receipt" SET "hash"=zeroblob(32) WHERE "sequence"=4`, 4],
    ["a shorter hash", `UPDATE "receipt" SET "hash"=substr("hash",1,31) WHERE "sequence"=4`, 4],
    ["another hash before", `UPDATE "receipt" SET "previous_hash"=zeroblob(32) WHERE "sequence"=4`, 4],
    ["the first removed", `DELETE FROM "receipt" WHERE "sequence"=1`, 2],
    ["one removed in the middle", `DELETE FROM "receipt" WHERE "sequence"=4`, 5],
    ["two in each other's place", `UPDATE "receipt" SET "sequence"=99 WHERE "sequence"=4; UPDATE "receipt" SET "sequence"=4 WHERE "sequence"=5; UPDATE "receipt" SET "sequence"=5 WHERE "sequence"=99`, 4],
    ["one moved to the end", `UPDATE "receipt" SET "sequence"=99 WHERE "sequence"=4`, 5],
    ["one put in between", `UPDATE "receipt" SET "sequence"="sequence"+100 WHERE "sequence">3; INSERT INTO "receipt" SELECT 4,'new',"at","kind","person_id","detail",(SELECT "hash" FROM "receipt" WHERE "sequence"=3),zeroblob(32),"signature","signing_key",NULL FROM "receipt" WHERE "sequence"=1`, 4],
    ["one added at the end with no right hash", `INSERT INTO "receipt" SELECT 11,'new',"at","kind","person_id","detail","hash",zeroblob(31),"signature","signing_key",NULL FROM "receipt" WHERE "sequence"=10`, 11],
  ];
  test.each(tampering)("%s breaks it there", async (_name, sql, at) => {
    const { storage, tamper } = await chain(10);
    await tamper(sql);
    expect(await firstBrokenReceipt(storage.read)).toBe(at);
  });

  test("a receipt goes with the transaction it records", async () => {
    const { storage } = await chain(2);
    const attempt = storage.transaction(async ({ data }) => {
      await appendReceipt(data, { kind: "never", at: 1, personId: null, detail: {} });
      throw new Error("no");
    });
    await expect(attempt).rejects.toThrow("no");
    expect(await storage.read.receipt.count()).toBe(2);
    await storage.transaction(({ data }) => appendReceipt(data, { kind: "after", at: 1, personId: null, detail: {} }));
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });
});
