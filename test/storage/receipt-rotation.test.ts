import { expect, test } from "vitest";
import { createReceiptKeyRotation, receiptKeyMadeAt, rotateReceiptKey, verifyReceipts } from "../../src/storage/index.ts";
import { freshPlace, freshStorage } from "./temporary.ts";

const now = 1_800_000_000;
const day = 86_400;
const hour = 3600;

test("the key of receipts is followed by the next when its time is over; the chain holds, and each key vouches for the next", async () => {
  const storage = await freshStorage();
  let clock = now;
  const rotate = createReceiptKeyRotation(storage, 90 * day, () => clock);
  await rotate();
  expect(await receiptKeyMadeAt(storage)).toBeNull();
  await storage.recordReceipt({ kind: "test", at: now, personId: null, detail: {} });
  const keys = [storage.receiptSigner.keyId];
  for (const [at, rotated] of [[now + 90 * day - 1, false], [now + 90 * day, true], [now + 180 * day - 1, false], [now + 180 * day, true]] as const) {
    clock = at;
    await rotate();
    await rotate();
    if (rotated) keys.push(storage.receiptSigner.keyId);
    await storage.recordReceipt({ kind: "test", at, personId: null, detail: {} });
    expect(storage.receiptSigner.keyId).toBe(keys.at(-1));
  }
  expect(new Set(keys).size).toBe(3);
  expect((await storage.read.receiptKeys()).map(({ kid }) => kid)).toEqual(keys);
  const added = await storage.read.receipt.findMany({ where: { kind: "receipt_key_added" }, orderBy: { sequence: "asc" } });
  expect(added.map(({ detail, signingKey }) => [(JSON.parse(detail) as { key: string }).key, signingKey])).toEqual([[keys[1], keys[0]], [keys[2], keys[1]]]);
  expect((await verifyReceipts(storage.read)).fault).toBeNull();
});

test("of processes that find the same key due one adds a key, and the others take it up", async () => {
  const place = await freshPlace();
  const nodes = [await freshStorage({ place }), await freshStorage({ place })];
  await nodes[0]?.recordReceipt({ kind: "test", at: now, personId: null, detail: {} });
  let clock = now;
  const rotations = nodes.map((storage) => createReceiptKeyRotation(storage, 90 * day, () => clock));
  for (const rotate of rotations) await rotate();
  clock = now + 90 * day;
  for (const rotate of rotations) await rotate();
  const { read } = nodes[0] ?? (await freshStorage());
  expect(await read.receipt.count({ where: { kind: "receipt_key_added" } })).toBe(1);
  expect(new Set(nodes.map(({ receiptSigner }) => receiptSigner.keyId)).size).toBe(1);
  expect((await verifyReceipts(read)).fault).toBeNull();
});

/** What is appended after a rotation, by which key and when, in seconds after it; and the place of the first fault. */
const late: [string, ["old" | "new", number][], number | null][] = [
  ["one by a bridge that has not taken the new key up", [["old", 60]], null],
  ["one by a bridge whose clock is ahead", [["new", 1], ["old", hour]], null],
  ["one of a day later", [["new", hour], ["old", day]], 4],
  ["one of a day later, before the new key has signed", [["old", day]], 3],
  ["one that says it was earlier, after what was later", [["new", day], ["old", 60]], 4],
];
test.each(late)("what the old key of receipts signs after its successor was made: %s", async (_name, appended, fault) => {
  const place = await freshPlace();
  const [rotating, behind] = [await freshStorage({ place }), await freshStorage({ place })];
  await rotating.recordReceipt({ kind: "test", at: now, personId: null, detail: {} });
  await rotateReceiptKey(rotating, now);
  for (const [key, after] of appended) await (key === "old" ? behind : rotating).recordReceipt({ kind: "test", at: now + after, personId: null, detail: {} });
  expect((await verifyReceipts(rotating.read)).fault).toEqual(fault === null ? null : { sequence: fault, fault: "not_signed" });
});
