import { describe, expect, test } from "vitest";
import { ensureKeys, listKeys, loadKeySet, retireKey, rotateDueKeys, rotateKeys } from "../../src/provider/keys.ts";
import { type KeyAlgorithm, keyAlgorithms, keyState, overlap, publicationLead } from "../../src/provider/keys-life.ts";
import { longestSession } from "../../src/provider/lifetimes.ts";
import { firstBrokenReceipt, type Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;
/** How often a running bridge looks for rotated keys (src/cli/bridge.ts), and as much again for a slow start of that. */
const takenUpWithin = 30;

async function withKeys(): Promise<Storage> {
  const storage = temporaryStorage();
  await ensureKeys(storage, now);
  return storage;
}
const statesAt = async (storage: Storage, at: number, algorithm: KeyAlgorithm = "ES256"): Promise<string[]> => {
  const keys = await listKeys(storage);
  return keys.filter((key) => key.algorithm === algorithm).map((key) => keyState(key, keys, at));
};
const kids = async (storage: Storage, at: number, algorithm: KeyAlgorithm = "ES256"): Promise<unknown[]> => (await loadKeySet(storage, at)).keys.filter(({ alg }) => alg === algorithm).map(({ kid }) => kid);

describe("the first keys", () => {
  test("are one of each algorithm, and sign at once", async () => {
    const storage = await withKeys();
    for (const algorithm of keyAlgorithms) expect(await statesAt(storage, now, algorithm)).toEqual(["active"]);
    const { keys } = await loadKeySet(storage, now);
    expect(keys.map(({ alg, kty, use }) => [alg, kty, use]).sort()).toEqual([["ES256", "EC", "sig"], ["RS256", "RSA", "sig"]]);
    for (const key of keys) expect(key["d"]).toBeTypeOf("string");
    expect((await storage.read.receipt.findMany()).map(({ kind }) => kind)).toEqual(["provider_key_added", "provider_key_added"]);
  });

  test("asked for ten times at once, and again later, are the same two", async () => {
    const storage = temporaryStorage();
    await Promise.all(Array.from({ length: 10 }, () => ensureKeys(storage, now)));
    await ensureKeys(storage, now + 1000);
    expect(await listKeys(storage)).toHaveLength(2);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  test("a rotation before the first start does not leave the bridge without a key that may sign", async () => {
    const storage = temporaryStorage();
    await rotateKeys(storage, "ES256", now);
    await ensureKeys(storage, now);
    expect(await statesAt(storage, now)).toContain("active");
  });
});

describe("the life of a key", () => {
  test("announced, active, retiring, retired", async () => {
    const storage = await withKeys();
    const rotated = await rotateKeys(storage, "ES256", now + 100);
    const signsFrom = now + 100 + publicationLead;
    expect(rotated).toMatchObject({ algorithm: "ES256", createdAt: now + 100, signsFrom, retiresAt: null });
    const retires = (await listKeys(storage)).find(({ id, algorithm }) => algorithm === "ES256" && id !== rotated.id)?.retiresAt ?? 0;
    const rows: [number, string[]][] = [
      [now + 100, ["active", "announced"]],
      [signsFrom - 1, ["active", "announced"]],
      [signsFrom, ["retiring", "active"]],
      [retires - 1, ["retiring", "active"]],
      [retires, ["retired", "active"]],
      [retires + 10 * 365 * 86_400, ["retired", "active"]],
    ];
    for (const [at, expected] of rows) expect(await statesAt(storage, at), String(at - now)).toEqual(expected);
    expect(await statesAt(storage, now + 100, "RS256")).toEqual(["active"]);
  });

  test("a second rotation is refused while one is under way, also of two at once", async () => {
    const storage = await withKeys();
    const both = await Promise.allSettled([rotateKeys(storage, "ES256", now + 1), rotateKeys(storage, "ES256", now + 1)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    await expect(rotateKeys(storage, "ES256", now + publicationLead)).rejects.toMatchObject({ code: "invalid_request" });
    expect(await listKeys(storage)).toHaveLength(3);
    await rotateKeys(storage, "RS256", now);
    await rotateKeys(storage, "ES256", now + publicationLead + 1);
    expect(await statesAt(storage, now + publicationLead + 1)).toEqual(["retiring", "active", "announced"]);
  });

  test("exactly one key of each algorithm signs at every moment of many rotations", async () => {
    const storage = await withKeys();
    for (let round = 0; round < 6; round += 1) await rotateKeys(storage, "ES256", now + round * 1000);
    for (let at = now; at < now + 12_000; at += 97) {
      const states = await statesAt(storage, at);
      expect(states.filter((state) => state === "active"), String(at - now)).toHaveLength(1);
    }
  });
});

describe("the key set", () => {
  test("has the signing key first, then the next, then those still published, never a retired one", async () => {
    const storage = await withKeys();
    const [first] = await kids(storage, now);
    const second = (await rotateKeys(storage, "ES256", now + 1)).id;
    const third = (await rotateKeys(storage, "ES256", now + 1 + publicationLead)).id;
    expect(await kids(storage, now)).toEqual([first, second, third]);
    expect(await kids(storage, now + 1 + publicationLead)).toEqual([second, third, first]);
    expect(await kids(storage, now + 1 + 2 * publicationLead)).toEqual([third, first, second]);
    expect(await kids(storage, now + 2 * overlap)).toEqual([third]);
  });

  test("every token is verifiable until it expires, also one that the old key signed before a bridge took the new one up", async () => {
    const storage = await withKeys();
    const [old] = await kids(storage, now);
    await rotateKeys(storage, "ES256", now);
    const lastSigned = now + publicationLead + takenUpWithin;
    for (let at = now; at < lastSigned + longestSession; at += 600) expect(await kids(storage, at)).toContain(old);
    expect(await kids(storage, lastSigned + longestSession - 1)).toContain(old);
  });

  test("private keys are sealed, each to its own row", async () => {
    const storage = await withKeys();
    const rows = await storage.read.providerKey.findMany();
    for (const { sealedKey } of rows) expect(Buffer.from(sealedKey).toString("latin1")).not.toContain('"kty"');
    const [one, other] = rows;
    await storage.transaction(({ data }) => data.providerKey.update({ where: { id: one?.id ?? "" }, data: { sealedKey: Uint8Array.from(other?.sealedKey ?? []) } }));
    await expect(loadKeySet(storage, now)).rejects.toThrow();
  });
});

describe("by the calendar", () => {
  const day = 86_400;
  const rotate = (storage: Storage, at: number): Promise<void> => rotateDueKeys(storage, keyAlgorithms, 90 * day, at);

  test("each key is followed by the next when it has signed for as long as configured, without a moment between", async () => {
    const storage = await withKeys();
    await rotate(storage, now + 90 * day - publicationLead - 1);
    expect(await listKeys(storage)).toHaveLength(2);
    await rotate(storage, now + 90 * day - publicationLead);
    await rotate(storage, now + 90 * day - 1);
    expect(await statesAt(storage, now + 90 * day - 1)).toEqual(["active", "announced"]);
    expect(await statesAt(storage, now + 90 * day)).toEqual(["retiring", "active"]);
    expect(await statesAt(storage, now + 90 * day + overlap, "RS256")).toEqual(["retired", "active"]);
  });

  test("of ten processes at once one announces the next", async () => {
    const storage = await withKeys();
    await Promise.all(Array.from({ length: 10 }, () => rotate(storage, now + 100 * day)));
    expect(await listKeys(storage)).toHaveLength(4);
  });
});

describe("retired at once", () => {
  test("it is out of the key set, another signs, and the receipt says why", async () => {
    const storage = await withKeys();
    const [old = ""] = await kids(storage, now) as string[];
    const signing = await retireKey(storage, old, { reason: "stolen", now: now + 5 });
    expect(await kids(storage, now + 5)).toEqual([signing?.id]);
    expect(signing?.id).not.toBe(old);
    const receipt = await storage.read.receipt.findFirst({ where: { kind: "provider_key_retired" } });
    expect(JSON.parse(receipt?.detail ?? "")).toEqual({ key: old, algorithm: "ES256", reason: "stolen" });
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
    await expect(retireKey(storage, old, { reason: "again", now: now + 6 })).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("the one announced takes over and is not made anew", async () => {
    const storage = await withKeys();
    const [old = ""] = await kids(storage, now) as string[];
    const { id } = await rotateKeys(storage, "ES256", now);
    expect((await retireKey(storage, old, { reason: "stolen", now: now + 5 }))?.id).toBe(id);
    expect(await kids(storage, now + 5)).toEqual([id]);
    expect(await statesAt(storage, now + 5)).toEqual(["retired", "active"]);
  });
});
