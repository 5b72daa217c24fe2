import { describe, expect, test } from "vitest";
import type { ArtifactStore } from "../../src/storage/index.ts";
import { freshStorage } from "./temporary.ts";

const now = 1_000_000;
const later = { expiresAt: now + 60 };
const store = async (): Promise<ArtifactStore> => (await freshStorage()).artifacts;
const times = <Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> => Promise.all(Array.from({ length: count }, (_, index) => work(index)));

describe("artifact store", () => {
  test("put, find, put again: the payload is the last, the version counts", async () => {
    const artifacts = await store();
    await artifacts.put("Session", "a", { n: 1 }, later);
    expect(await artifacts.find("Session", "a")).toEqual({ payload: { n: 1 }, version: 1, consumedAt: null, expiresAt: now + 60 });
    await artifacts.put("Session", "a", { n: 2 }, { expiresAt: now + 90 });
    expect(await artifacts.find("Session", "a")).toEqual({ payload: { n: 2 }, version: 2, consumedAt: null, expiresAt: now + 90 });
  });

  test("models, ids and uids do not mix", async () => {
    const artifacts = await store();
    await artifacts.put("Session", "a", { model: "Session" }, { ...later, uid: "u" });
    await artifacts.put("Interaction", "a", { model: "Interaction" }, { ...later, uid: "u" });
    expect((await artifacts.find("Session", "a"))?.payload).toEqual({ model: "Session" });
    expect((await artifacts.findByUid("Interaction", "u"))?.payload).toEqual({ model: "Interaction" });
    expect(await artifacts.find("Session", "b")).toBeNull();
    expect(await artifacts.find("Grant", "a")).toBeNull();
    expect(await artifacts.findByUid("Session", "a")).toBeNull();
  });

  test("a uid that moved on is not found by its old name", async () => {
    const artifacts = await store();
    await artifacts.put("Session", "a", {}, { ...later, uid: "old" });
    await artifacts.put("Session", "a", {}, { ...later, uid: "new" });
    expect(await artifacts.findByUid("Session", "old")).toBeNull();
    expect(await artifacts.findByUid("Session", "new")).not.toBeNull();
  });

  const ends: [name: string, given: number, kept: number][] = [["a part of a second", now + 0.25, now + 1], ["more than a number of 64 bits", 1e300, Number.MAX_SAFE_INTEGER], ["before the epoch", -1e300, 0]];
  test.each(ends)("an end of %s, which a token of somebody else may say", async (_name, expiresAt, kept) => {
    const artifacts = await store();
    expect(await artifacts.insert("ReplayDetection", "jti", {}, { expiresAt })).toBe(true);
    expect((await artifacts.find("ReplayDetection", "jti"))?.expiresAt).toBe(kept);
  });

  test("insert takes an id once: of 50 at a time one", async () => {
    const artifacts = await store();
    const taken = await times(50, (index) => artifacts.insert("DeviceProof", "jti", { index }, later));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect((await artifacts.find("DeviceProof", "jti"))?.payload).toEqual({ index: taken.indexOf(true) });
  });

  test("consume succeeds once: of 50 at a time one", async () => {
    const artifacts = await store();
    await artifacts.put("AuthorizationCode", "code", {}, later);
    const consumed = await times(50, () => artifacts.consume("AuthorizationCode", "code", now));
    expect(consumed.filter(Boolean)).toHaveLength(1);
    expect((await artifacts.find("AuthorizationCode", "code"))?.consumedAt).toBe(now);
  });

  const notConsumable: [string, (artifacts: ArtifactStore) => Promise<void>, number][] = [
    ["unknown", async () => undefined, now],
    ["of another model", (artifacts) => artifacts.put("RefreshToken", "x", {}, later), now],
    ["in the second it expires", (artifacts) => artifacts.put("AuthorizationCode", "x", {}, { expiresAt: now }), now],
    ["expired long ago", (artifacts) => artifacts.put("AuthorizationCode", "x", {}, { expiresAt: 1 }), now],
    ["removed", async (artifacts) => {
      await artifacts.put("AuthorizationCode", "x", {}, later);
      await artifacts.remove("AuthorizationCode", "x");
    }, now],
  ];
  test.each(notConsumable)("consume answers false when the artifact is %s", async (_name, prepare, at) => {
    const artifacts = await store();
    await prepare(artifacts);
    expect(await artifacts.consume("AuthorizationCode", "x", at)).toBe(false);
  });

  test("what was consumed stays consumed, through put and replace", async () => {
    const artifacts = await store();
    await artifacts.put("RefreshToken", "x", {}, later);
    await artifacts.consume("RefreshToken", "x", now);
    await artifacts.put("RefreshToken", "x", { again: true }, later);
    await artifacts.replace("RefreshToken", "x", 2, { replaced: true });
    expect(await artifacts.find("RefreshToken", "x")).toMatchObject({ consumedAt: now, payload: { replaced: true } });
    expect(await artifacts.consume("RefreshToken", "x", now)).toBe(false);
  });

  test("what ended is empty, belongs to nobody, and stays so until it is swept", async () => {
    const artifacts = await store();
    await artifacts.put("Session", "x", { n: 1 }, { ...later, uid: "u", grantId: "g", accountId: "p", clientId: "c" });
    const ended = await times(20, () => artifacts.end("Session", "x", now, now + 30));
    expect(ended.filter(Boolean)).toHaveLength(1);
    expect(await artifacts.putUnlessConsumed("Session", "x", { n: 2 }, later)).toBe(false);
    expect(await artifacts.insert("Session", "x", { n: 2 }, later)).toBe(false);
    expect(await artifacts.replace("Session", "x", 1, { n: 2 })).toBe(false);
    expect(await artifacts.consume("Session", "x", now)).toBe(false);
    await artifacts.removeByGrant("g");
    await artifacts.removeByAccount("p");
    expect(await artifacts.removeByClient("c", 10)).toBe(0);
    expect(await artifacts.find("Session", "x")).toEqual({ payload: null, version: 2, consumedAt: now, expiresAt: now + 30 });
    expect(await artifacts.findByUid("Session", "u")).toBeNull();
    expect(await artifacts.sweep(now + 30, 10)).toBe(1);
    expect(await artifacts.end("Session", "x", now, now + 30)).toBe(false);
  });

  test("put unless consumed writes what is new and what stands", async () => {
    const artifacts = await store();
    expect([await artifacts.putUnlessConsumed("Session", "x", { n: 1 }, later), await artifacts.putUnlessConsumed("Session", "x", { n: 2 }, later)]).toEqual([true, true]);
    expect(await artifacts.find("Session", "x")).toMatchObject({ payload: { n: 2 }, version: 2 });
    await artifacts.consume("Session", "x", now);
    expect(await artifacts.putUnlessConsumed("Session", "x", { n: 3 }, later)).toBe(false);
    expect(await artifacts.find("Session", "x")).toMatchObject({ payload: { n: 2 }, consumedAt: now });
  });

  test("replace with a stale version changes nothing", async () => {
    const artifacts = await store();
    await artifacts.put("Step", "x", { n: 1 }, later);
    expect(await artifacts.replace("Step", "x", 1, { n: 2 })).toBe(true);
    expect(await artifacts.replace("Step", "x", 1, { n: 3 })).toBe(false);
    expect(await artifacts.replace("Step", "x", 3, { n: 3 })).toBe(false);
    expect(await artifacts.replace("Step", "y", 1, { n: 3 })).toBe(false);
    expect(await artifacts.find("Step", "x")).toMatchObject({ payload: { n: 2 }, version: 2, expiresAt: now + 60 });
  });

  test("replace may give another expiry, with the version alone", async () => {
    const artifacts = await store();
    await artifacts.put("Step", "x", { n: 1 }, { ...later, uid: "u" });
    expect(await artifacts.replace("Step", "x", 2, { n: 2 }, { expiresAt: now + 5 })).toBe(false);
    expect((await artifacts.find("Step", "x"))?.expiresAt).toBe(now + 60);
    expect(await artifacts.replace("Step", "x", 1, { n: 2 }, { expiresAt: now + 5 })).toBe(true);
    expect(await artifacts.findByUid("Step", "u")).toMatchObject({ payload: { n: 2 }, version: 2, expiresAt: now + 5 });
  });

  test("of 50 replacements of one version one wins", async () => {
    const artifacts = await store();
    await artifacts.put("Step", "x", {}, later);
    const won = await times(50, (index) => artifacts.replace("Step", "x", 1, { index }));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect((await artifacts.find("Step", "x"))?.payload).toEqual({ index: won.indexOf(true) });
  });

  test("removal by grant, by account, by account and client", async () => {
    const artifacts = await store();
    const placed: [string, object][] = [
      ["a", { grantId: "g1", accountId: "p1", clientId: "c1" }],
      ["b", { grantId: "g2", accountId: "p1", clientId: "c2" }],
      ["c", { grantId: "g3", accountId: "p2", clientId: "c1" }],
      ["d", { accountId: "p2" }],
      ["e", {}],
    ];
    const left = async (): Promise<string> => {
      const found = await Promise.all(placed.map(async ([id]) => ((await artifacts.find("Token", id)) === null ? "" : id)));
      return found.join("");
    };
    for (const [id, placement] of placed) await artifacts.put("Token", id, {}, { ...later, ...placement });
    await artifacts.removeByGrant("g1");
    expect(await left()).toBe("bcde");
    await artifacts.removeByAccount("p1", "c1");
    expect(await left()).toBe("bcde");
    await artifacts.removeByAccount("p2", "c1");
    expect(await left()).toBe("bde");
    await artifacts.removeByAccount("p2");
    expect(await left()).toBe("be");
    await artifacts.removeByAccount("nobody");
    await artifacts.removeByGrant("nothing");
    expect(await left()).toBe("be");
  });

  test("removal by client, so many at a time", async () => {
    const artifacts = await store();
    for (const id of ["a", "b", "c"]) await artifacts.put("Token", id, {}, { ...later, clientId: "c1", ...(id !== "c" && { accountId: id }) });
    for (const [id, placement] of [["d", { clientId: "c2" }], ["e", {}]] as const) await artifacts.put("Token", id, {}, { ...later, ...placement });
    expect([await artifacts.removeByClient("c1", 2), await artifacts.removeByClient("c1", 2), await artifacts.removeByClient("c1", 2)]).toEqual([2, 1, 0]);
    expect(await artifacts.count("Token", now)).toBe(2);
  });

  test("count knows only the unexpired of one model", async () => {
    const artifacts = await store();
    await artifacts.put("T", "a", {}, { expiresAt: now });
    await artifacts.put("T", "b", {}, { expiresAt: now + 1 });
    await artifacts.put("U", "c", {}, later);
    expect(await artifacts.count("T", now)).toBe(1);
    expect(await artifacts.count("nothing", now)).toBe(0);
  });

  test("count by uid knows those of one model that go by it", async () => {
    const artifacts = await store();
    await artifacts.put("T", "a", {}, { expiresAt: now, uid: "u" });
    for (const id of ["b", "c"]) await artifacts.put("T", id, {}, { ...later, uid: "u" });
    await artifacts.put("T", "d", {}, { ...later, uid: "v" });
    await artifacts.put("T", "e", {}, later);
    await artifacts.put("U", "f", {}, { ...later, uid: "u" });
    expect([await artifacts.countByUid("T", "u", now), await artifacts.countByUid("T", "w", now)]).toEqual([2, 0]);
  });

  test("sweep deletes the expired, at most so many at a time", async () => {
    const artifacts = await store();
    for (let index = 0; index < 7; index += 1) await artifacts.put("T", String(index), {}, { expiresAt: index < 5 ? now : now + 1 });
    expect(await artifacts.sweep(now, 3)).toBe(3);
    expect(await artifacts.sweep(now, 3)).toBe(2);
    expect(await artifacts.sweep(now, 3)).toBe(0);
    expect(await artifacts.count("T", 0)).toBe(2);
  });

  const payloads: [string, unknown][] = [
    ["null", null],
    ["text of many kinds", "「署名」\0 \u{1f511} '\"--"],
    ["a deep object", { a: [{ b: { c: [1, 2, { d: null }] } }] }],
    ["64 KiB", { text: "x".repeat(65_536) }],
  ];
  test.each(payloads)("a payload of %s comes back as it was", async (_name, payload) => {
    const artifacts = await store();
    await artifacts.put("T", "x", payload, later);
    expect((await artifacts.find("T", "x"))?.payload).toEqual(payload);
  });

  test("ids are values, never SQL", async () => {
    const artifacts = await store();
    const id = `'; DROP TABLE "artifact"; --`;
    await artifacts.put(id, id, { id }, { ...later, uid: id, grantId: id, accountId: id, clientId: id });
    expect((await artifacts.findByUid(id, id))?.payload).toEqual({ id });
    await artifacts.removeByAccount(id, id);
    expect(await artifacts.find(id, id)).toBeNull();
  });
});
