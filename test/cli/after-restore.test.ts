import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { makeSafe, refuseHalfRestored, whyNotTheEnd } from "../../src/cli/after-restore.ts";
import { listCookieKeys, rotateDueCookieKeys } from "../../src/provider/keys-cookies.ts";
import { ensureKeys, listKeys } from "../../src/provider/keys.ts";
import { createLease, type Storage, takeCheckpoint } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;

describe("a checkpoint shows that nothing follows", () => {
  const rows: readonly (readonly [name: string, isFinal: boolean, madeAt: number | null, takenAt: number, more: boolean, says: RegExp | null])[] = [
    ["the bridge had stopped", true, 10_000, 10_060, false, null],
    ["the bridge had stopped, the age of the dump is unknown", true, null, 1000, false, null],
    ["taken each hour beside a bridge that went on after the backup", false, 10_000, 10_060, false, /does not say that the bridge had stopped/],
    ["taken each hour, the age of the dump is unknown", false, null, 1000, false, /does not say that the bridge had stopped/],
    ["the bridge had stopped, and then went on until the backup", true, 10_000, 10_060, true, /taken before the backup/],
    ["the bridge had stopped, before the backup", true, 10_000, 9999, false, /taken before the backup/],
  ];
  test.each(rows)("%s", async (_name, isFinal, madeAt, takenAt, more, says) => {
    const storage = await freshStorage();
    const receipt = { kind: "x", at: 500, personId: null, detail: {} };
    await storage.recordReceipt(receipt);
    const checkpoint = await takeCheckpoint(storage, "https://issuer.example", takenAt, isFinal);
    if (more) await storage.recordReceipt(receipt);
    const complaint = await whyNotTheEnd(storage, checkpoint, madeAt);
    if (says === null) expect(complaint).toBeNull();
    else expect(complaint).toMatch(says);
  });
});

describe("a restored database", () => {
  const withKeys = async (): Promise<Storage> => {
    const storage = await freshStorage();
    await ensureKeys(storage, now);
    await rotateDueCookieKeys(storage, 1, now);
    return storage;
  };
  const cookieKeys = async (storage: Storage): Promise<string[]> => (await listCookieKeys(storage, now)).map(({ id }) => id);

  test.each([["something may lack: none of the keys stays", null, false], ["nothing lacks: all stay", { by: "checkpoint" }, true]] as const)("%s", async (_name, nothingLacks, stay) => {
    const storage = await withKeys();
    const [keys, cookies] = [await listKeys(storage), await cookieKeys(storage)];
    await makeSafe(storage, { at: now, policy: defaultPolicy, nothingLacks });
    expect(await listKeys(storage)).toEqual(stay ? keys : []);
    const after = await cookieKeys(storage);
    expect([after.length, after[0] === cookies[0]]).toEqual([1, stay]);
    await refuseHalfRestored(storage);
  });

  test("in place: a bridge that was started on it while its receipts were verified is not deprived of what it works with", async () => {
    const storage = await withKeys();
    const keys = await listKeys(storage);
    await createLease(storage.artifacts, "signals", 15).hold(now);
    const restored = { at: now, policy: defaultPolicy, nothingLacks: null };
    await expect(makeSafe(storage, { ...restored, isInPlace: true })).rejects.toMatchObject({ code: "operation_not_possible" });
    expect(await listKeys(storage)).toEqual(keys);
    await refuseHalfRestored(storage);
    // A backup has the leases of the bridge that it was made beside.
    expect(await makeSafe(storage, restored)).toMatchObject({ people: 0 });
  });

  test("one that was interrupted starts no bridge until it has come to its end; the keys went first", async () => {
    const storage = await withKeys();
    const interrupted: Storage = { ...storage, artifacts: { ...storage.artifacts, sweep: () => Promise.reject(new Error("killed")) } };
    const restored = { at: now, policy: defaultPolicy, nothingLacks: null };
    await expect(makeSafe(interrupted, restored)).rejects.toThrow("killed");
    expect(await listKeys(storage)).toEqual([]);
    await expect(refuseHalfRestored(storage)).rejects.toThrow("restore --in-place");
    await makeSafe(storage, restored);
    await refuseHalfRestored(storage);
  });
});
