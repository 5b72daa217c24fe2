import { describe, expect, test } from "vitest";
import { type CookieKey, cookieSecrets, listCookieKeys, replaceCookieKeys, rotateCookieKey, rotateDueCookieKeys } from "../../src/provider/keys-cookies.ts";
import { takeUpBound } from "../../src/provider/keys-life.ts";
import { longestSession } from "../../src/provider/lifetimes.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const now = 1_800_000_000;
const day = 86_400;
const counts = takeUpBound + longestSession;
const key = (id: string, signsFrom: number): CookieKey => ({ id, secret: id, createdAt: signsFrom - 60, signsFrom, expiresAt: now + 100 * day });

describe("the secrets of cookies: the first signs", () => {
  const rows: [string, CookieKey[], string[]][] = [
    ["none of its own: the derived one alone", [], ["derived"]],
    ["one to come: it verifies", [key("a", now + 1)], ["derived", "a"]],
    ["one that signs: the derived one still verifies", [key("a", now)], ["a", "derived"]],
    ["one that has signed for as long as sessions last", [key("a", now - counts)], ["a"]],
    ["one that signs and one to come", [key("b", now + 1), key("a", now - counts)], ["a", "b"]],
    ["one that signs and one before", [key("b", now), key("a", now - counts)], ["b", "a"]],
  ];
  test.each(rows)("%s", (_name, keys, expected) => expect(cookieSecrets(keys, "derived", now)).toEqual(expected));
});

test("the first key signs a day after it was made, each next one when its turn comes; what was signed counts as long as sessions last", async () => {
  const storage = await temporaryStorage();
  const states = async (at: number): Promise<number> => (await listCookieKeys(storage, at)).length;
  await rotateDueCookieKeys(storage, 90 * day, now);
  const [first] = await listCookieKeys(storage, now);
  expect(first?.signsFrom).toBe(now + day);
  await rotateDueCookieKeys(storage, 90 * day, now + 91 * day - 1);
  expect(await states(now + 91 * day)).toBe(1);
  await rotateDueCookieKeys(storage, 90 * day, now + 91 * day);
  const [second, before] = await listCookieKeys(storage, now + 91 * day);
  expect([second?.signsFrom, before?.id, before?.expiresAt]).toEqual([now + 91 * day + takeUpBound, first?.id, now + 91 * day + takeUpBound + counts]);
  expect((await storage.read.receipt.findMany({ where: { kind: "cookie_key_added" } })).map(({ detail }) => JSON.parse(detail) as unknown)).toEqual([{ key: first?.id, signs_from: first?.signsFrom }, { key: second?.id, signs_from: second?.signsFrom }]);
});

test("of ten rotations at once one happens", async () => {
  const storage = await temporaryStorage();
  const all = await Promise.allSettled(Array.from({ length: 10 }, () => rotateCookieKey(storage, now)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await listCookieKeys(storage, now)).toHaveLength(1);
});

test("where somebody else may have one of them, one new key alone signs and verifies at once", async () => {
  const storage = await temporaryStorage();
  await rotateDueCookieKeys(storage, 90 * day, now);
  const before = await listCookieKeys(storage, now);
  await storage.transaction((transaction) => replaceCookieKeys(transaction, now + 1));
  const keys = await listCookieKeys(storage, now + 1);
  expect(keys).toHaveLength(1);
  expect(keys[0]?.id).not.toBe(before[0]?.id);
  expect(cookieSecrets(keys, "derived", now + 1)).toEqual([keys[0]?.secret]);
});
