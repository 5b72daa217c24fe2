import { spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { newIdentifier } from "../../src/identifiers.ts";
import { appendReceipt, firstBrokenReceipt, isOutage, type Transaction, toDate } from "../../src/storage/index.ts";
import { WriteGate } from "../../src/storage/write-gate.ts";
import { freshPlace, freshStorage } from "./temporary.ts";

const later = { expiresAt: 2_000_000_000 };
const addPerson = ({ data }: Transaction, id: string = newIdentifier()): Promise<unknown> =>
  data.person.create({ data: { id, userHandle: Buffer.from(id), createdAt: toDate(0) } });
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("one transaction over the data model and the artifacts", () => {
  test("all of it holds, or nothing", async () => {
    const storage = await freshStorage();
    await storage.artifacts.put("T", "before", { n: 1 }, { ...later, accountId: "p" });
    const attempt = storage.transaction(async (transaction) => {
      await addPerson(transaction, "p1");
      await appendReceipt(transaction.data, { kind: "k", at: 1, personId: null, detail: {} });
      await transaction.artifacts.put("T", "inside", {}, later);
      await transaction.artifacts.replace("T", "before", 1, { n: 2 });
      await transaction.artifacts.removeByAccount("p");
      throw new Error("enough");
    });
    await expect(attempt).rejects.toThrow("enough");
    expect([await storage.read.person.count(), await storage.read.receipt.count(), await storage.artifacts.find("T", "inside")]).toEqual([0, 0, null]);
    expect(await storage.artifacts.find("T", "before")).toMatchObject({ payload: { n: 1 }, version: 1 });

    await storage.transaction(async (transaction) => {
      await addPerson(transaction, "p1");
      await transaction.artifacts.put("T", "inside", {}, later);
    });
    expect([await storage.read.person.count(), (await storage.artifacts.find("T", "inside"))?.version]).toEqual([1, 1]);
  });

  test("the artifact store does the same inside as outside", async () => {
    const storage = await freshStorage();
    await storage.transaction(async ({ artifacts }) => {
      expect(await artifacts.insert("T", "a", { n: 1 }, { expiresAt: 10, uid: "u" })).toBe(true);
      expect(await artifacts.insert("T", "a", { n: 2 }, { expiresAt: 10 })).toBe(false);
      expect(await artifacts.findByUid("T", "u")).toEqual({ payload: { n: 1 }, version: 1, consumedAt: null, expiresAt: 10 });
      expect(await artifacts.replace("T", "a", 9, {})).toBe(false);
      expect(await artifacts.replace("T", "a", 1, { n: 3 })).toBe(true);
      expect([await artifacts.countByUid("T", "u", 5), await artifacts.replace("T", "a", 2, { n: 4 }, { expiresAt: 9 })]).toEqual([1, true]);
      expect((await artifacts.find("T", "a"))?.expiresAt).toBe(9);
      expect(await artifacts.consume("T", "a", 5)).toBe(true);
      expect(await artifacts.consume("T", "a", 5)).toBe(false);
      expect(await artifacts.count("T", 5)).toBe(1);
      expect(await artifacts.sweep(10, 5)).toBe(1);
      expect(await artifacts.find("T", "a")).toBeNull();
    });
  });

  test("nobody outside sees what is not committed", async () => {
    const storage = await freshStorage();
    await storage.transaction(async (transaction) => {
      await addPerson(transaction, "p1");
      await transaction.artifacts.put("T", "a", {}, later);
      expect([await storage.read.person.count(), await storage.artifacts.find("T", "a")]).toEqual([0, null]);
      expect(await transaction.data.person.count()).toBe(1);
    });
    expect(await storage.read.person.count()).toBe(1);
  });

  test("transactions, prepared writes and reads at once neither stop each other nor lose anything", async () => {
    const storage = await freshStorage();
    const transactions = range(40).map((index) =>
      storage.transaction(async (transaction) => {
        await addPerson(transaction);
        await delay(index % 3);
        await transaction.artifacts.put("T", `inside ${index}`, {}, later);
        await appendReceipt(transaction.data, { kind: "k", at: index, personId: null, detail: { index } });
      }),
    );
    const writes = range(400).map(async (index) => {
      await delay(index % 20);
      await storage.artifacts.put("T", `outside ${index}`, {}, later);
    });
    const reads = range(200).map(() => storage.read.person.count());
    await Promise.all([...transactions, ...writes, ...reads]);
    expect([await storage.read.person.count(), await storage.artifacts.count("T", 0), await firstBrokenReceipt(storage.read)]).toEqual([40, 440, null]);
  });

  test("one that fails takes no other with it", async () => {
    const storage = await freshStorage();
    const results = await Promise.allSettled(range(20).map((index) =>
      storage.transaction(async (transaction) => {
        await addPerson(transaction);
        if (index % 2 === 1) throw new Error("odd");
      }),
    ));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    expect(await storage.read.person.count()).toBe(10);
  });

  test("a write that would wait for the transaction it is made in is refused, not left to hang", async () => {
    const storage = await freshStorage();
    const attempts = [
      () => storage.transaction(() => storage.artifacts.put("T", "a", {}, later)),
      () => storage.transaction(() => storage.transaction(async () => undefined)),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toThrow("inside a transaction");
    await storage.transaction((transaction) => addPerson(transaction));
    expect(await storage.read.person.count()).toBe(1);
  });

  test("a write after the transaction, in the same flow, is fine", async () => {
    const storage = await freshStorage();
    await storage.transaction((transaction) => addPerson(transaction));
    await storage.artifacts.put("T", "a", {}, later);
    await storage.transaction((transaction) => addPerson(transaction));
    expect(await storage.read.person.count()).toBe(2);
  });

  test("two processes on one database take turns: every receipt is there, the chain whole", async () => {
    const place = await freshPlace();
    const storage = await freshStorage({ place });
    const program = `
      import { appendReceipt, openDatabase, Sealing } from ${JSON.stringify(path.resolve("src/storage/index.ts"))};
      const storage = await openDatabase(${JSON.stringify(place)}, new Sealing([{ id: "test", key: new Uint8Array(32).fill(1) }], new Uint8Array(32).fill(9)));
      for (let n = 0; n < 60; n += 1) {
        await storage.transaction(({ data }) => appendReceipt(data, { kind: "child", at: n, personId: null, detail: {} }));
        await storage.artifacts.put("T", "child " + n, {}, { expiresAt: 2000000000 });
      }
      await storage.close();`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let mine = 0;
    for (; child.exitCode === null || mine < 60; mine += 1) {
      await storage.transaction(({ data }) => appendReceipt(data, { kind: "parent", at: mine, personId: null, detail: {} }));
      await storage.artifacts.put("T", `parent ${mine}`, {}, later);
    }
    expect([await ended, errors]).toEqual([0, ""]);
    expect(await storage.read.receipt.count({ where: { kind: "child" } })).toBe(60);
    expect(await storage.read.receipt.count({ where: { kind: "parent" } })).toBe(mine);
    expect(await storage.artifacts.count("T", 0)).toBe(60 + mine);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });
});

describe("closing", () => {
  test("what was asked for before is done first", async () => {
    const place = await freshPlace();
    const storage = await freshStorage({ place });
    const written = range(20).map(() => storage.transaction((transaction) => addPerson(transaction)));
    expect(await storage.ping()).toBe(true);
    await storage.close();
    await Promise.all(written);
    expect(await (await freshStorage({ place })).read.person.count()).toBe(20);
  });
});

describe("write gate", () => {
  test("lets one through at a time, in the order of asking", async () => {
    const gate = new WriteGate();
    const seen: string[] = [];
    await Promise.all(range(5).map((index) =>
      gate.pass(async () => {
        seen.push(`in ${index}`);
        await delay(5 - index);
        seen.push(`out ${index}`);
      }),
    ));
    expect(seen).toEqual(range(5).flatMap((index) => [`in ${index}`, `out ${index}`]));
  });

  test("hands on results and failures, and opens again after a failure", async () => {
    const gate = new WriteGate();
    const failing = gate.pass(() => Promise.reject(new Error("broken")));
    const after = gate.pass(async () => "fine");
    await expect(failing).rejects.toThrow("broken");
    expect(await after).toBe("fine");
  });

  test("whoever does not get a turn in time is told so while the one before is still at work, and is not let in later", async () => {
    const gate = new WriteGate({ longest: 50, most: 10 });
    const seen: string[] = [];
    const first = gate.pass(() => delay(400).then(() => void seen.push("first")));
    const late = range(5).map((index) => gate.pass(async () => void seen.push(`late ${index}`)).catch((error: unknown) => void seen.push(isOutage(error) ? "refused" : "broken")));
    await Promise.all(late);
    expect(seen).toEqual(range(5).map(() => "refused"));
    await first;
    await gate.pass(async () => void seen.push("after"));
    expect(seen.slice(5)).toEqual(["first", "after"]);
  });

  test("more than may wait are refused at once", async () => {
    const gate = new WriteGate({ longest: 10_000, most: 3 });
    const results = await Promise.allSettled(range(5).map(() => gate.pass(() => delay(20))));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected", "rejected"]);
    await gate.pass(async () => undefined);
  });
});
