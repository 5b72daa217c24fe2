import { expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { keepPolicy, policyDigest, policyOnRecord } from "../../src/provider/index.ts";
import { toDate } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const stricter = { ...defaultPolicy, version: "ours-1", statusFresh: 60 };

test("a policy is kept from when it is first in force, with one receipt", async () => {
  const storage = temporaryStorage();
  for (const now of [100, 200]) expect(await keepPolicy(storage, stricter, now)).toBe(true);
  expect(await policyOnRecord(storage.read, "ours-1")).toEqual({ policy: stricter, digest: policyDigest(stricter), since: 100 });
  const receipts = await storage.read.receipt.findMany();
  expect(receipts.map(({ kind, detail }) => [kind, JSON.parse(detail)])).toEqual([["assurance_policy_adopted", { assurance_policy: "ours-1", policy_sha256: policyDigest(stricter) }]]);
});

test("an earlier policy may come back; each is found by its version", async () => {
  const storage = temporaryStorage();
  for (const policy of [defaultPolicy, stricter, defaultPolicy]) expect(await keepPolicy(storage, policy, 100)).toBe(true);
  expect((await policyOnRecord(storage.read, defaultPolicy.version))?.policy).toEqual(defaultPolicy);
  expect((await policyOnRecord(storage.read, "ours-1"))?.policy).toEqual(stricter);
});

test("another policy by the same version is refused, and the first stays", async () => {
  const storage = temporaryStorage();
  await keepPolicy(storage, stricter, 100);
  expect(await keepPolicy(storage, { ...stricter, statusFresh: 61 }, 200)).toBe(false);
  expect((await policyOnRecord(storage.read, "ours-1"))?.policy).toEqual(stricter);
});

test("two nodes that start at once keep it once", async () => {
  const storage = temporaryStorage();
  expect(await Promise.all([keepPolicy(storage, stricter, 100), keepPolicy(storage, stricter, 100)])).toEqual([true, true]);
  expect(await storage.read.receipt.count()).toBe(1);
});

test("no policy is on record by an unknown version, or where the text is none", async () => {
  const storage = temporaryStorage();
  await storage.transaction(({ data }) => data.assurancePolicy.create({ data: { version: "damaged", document: "{", since: toDate(1) } }));
  for (const version of ["unknown", "damaged"]) expect(await policyOnRecord(storage.read, version)).toBeNull();
});
