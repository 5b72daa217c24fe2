import { spawn } from "node:child_process";
import path from "node:path";
import { expect, test } from "vitest";
import { isOutage, openDatabase, verifyReceipts } from "../../src/storage/index.ts";
import { withConnection } from "../../src/storage/postgresql-connection.ts";
import { range } from "../storage/receipt-log.ts";
import { freshPlace, freshStorage, testSealing } from "../storage/temporary.ts";

async function placeOnServer(): Promise<{ url: string; poolSize: number }> {
  const place = await freshPlace();
  if ("file" in place) throw new Error("this test is for PostgreSQL");
  return place;
}

test("two processes that write thousands of receipts at once, alone and with changes, leave one chain", async () => {
  const place = await placeOnServer();
  const storage = await freshStorage({ place });
  const program = `
    import { appendReceipt, openDatabase, Sealing } from ${JSON.stringify(path.resolve("src/storage/index.ts"))};
    const storage = await openDatabase(${JSON.stringify(place)}, new Sealing([{ id: "test", key: new Uint8Array(32).fill(1) }], new Uint8Array(32).fill(9)));
    const input = (n) => ({ kind: "child", at: n, personId: null, detail: { n } });
    await Promise.all(Array.from({ length: 1500 }, (_, n) => n % 50 === 0 ? storage.transaction(({ data }) => appendReceipt(data, input(n))) : storage.recordReceipt(input(n))));
    await storage.close();`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let mine = 0;
  for (; child.exitCode === null; mine += 100) await Promise.all(range(100).map((n) => storage.recordReceipt({ kind: "parent", at: mine + n, personId: null, detail: { n } })));
  expect([await ended, errors]).toEqual([0, ""]);
  expect(await verifyReceipts(storage.read)).toMatchObject({ receipts: 1500 + mine, fault: null });
});

test("of 200 consumptions of one artifact by two nodes at once one succeeds", async () => {
  const place = await placeOnServer();
  const nodes = [await freshStorage({ place }), await freshStorage({ place })];
  await nodes[0]?.artifacts.put("AuthorizationCode", "code", {}, { expiresAt: 2_000_000_000 });
  const taken = await Promise.all(range(200).map((n) => nodes[n % 2]?.artifacts.consume("AuthorizationCode", "code", 1_800_000_000)));
  expect(taken.filter((each) => each === true)).toHaveLength(1);
});

test("a sweep leaves what a transaction of another node has in its hands, and waits for nobody", async () => {
  const place = await placeOnServer();
  const [node, sweeping] = [await freshStorage({ place }), await freshStorage({ place })];
  for (const accountId of ["a", "b"]) await node.artifacts.put("T", accountId, {}, { expiresAt: 1000, accountId });
  const swept = await node.transaction(async ({ artifacts }) => {
    await artifacts.removeByAccount("a");
    return sweeping.artifacts.sweep(2000, 10);
  });
  expect([swept, await sweeping.artifacts.sweep(2000, 10)]).toEqual([1, 0]);
});

test("connections that are cut fail what was under way, and are replaced", async () => {
  const place = await placeOnServer();
  const storage = await openDatabase(place, testSealing());
  const cut = (): Promise<unknown> => withConnection(place.url, (client) => client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()"));
  const halfway = storage.transaction(async ({ artifacts }) => {
    await artifacts.put("T", "half", {}, { expiresAt: 2_000_000_000 });
    await cut();
    await artifacts.put("T", "other", {}, { expiresAt: 2_000_000_000 });
  });
  expect(isOutage(await halfway.catch((error: unknown) => error))).toBe(true);
  expect(await storage.artifacts.find("T", "half")).toBeNull();
  await cut();
  // Those that the pool believed idle are noticed at the next use, or before.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await storage.ping()).toBe(true);
  await storage.recordReceipt({ kind: "after", at: 1, personId: null, detail: {} });
  expect(await verifyReceipts(storage.read)).toMatchObject({ receipts: 1, fault: null });
  await storage.close();
});

test("no server: what is asked for fails, and no password is in what it says", async () => {
  const failed = await openDatabase({ url: "postgresql://somebody:hunter2@127.0.0.1:1/none", poolSize: 3 }, testSealing()).catch((error: unknown) => error);
  expect(isOutage(failed)).toBe(true);
  expect(JSON.stringify(failed) + String((failed as Error).stack)).not.toContain("hunter2");
});
