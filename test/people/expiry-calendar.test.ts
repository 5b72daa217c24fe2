import { describe, expect, test } from "vitest";
import type { PersonId } from "../../src/identifiers.ts";
import { dueNotice, giveNotices } from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, certificate, goodStatus, keeping, now, receiptKinds } from "./people-fixture.ts";

const day = 86_400;
const year = 365 * day;

describe("the notice that is due", () => {
  const rows: readonly { readonly left: number; readonly told: number | null; readonly due: number | null }[] = [
    { left: 91 * day, told: null, due: null },
    { left: 90 * day, told: null, due: 90 },
    { left: 90 * day, told: 90, due: null },
    { left: 31 * day, told: 90, due: null },
    { left: 30 * day, told: 90, due: 30 },
    { left: 7 * day, told: 30, due: 7 },
    { left: 1, told: 7, due: null },
    { left: 0, told: 7, due: null },
    { left: -1, told: 7, due: 0 },
    { left: -1, told: 0, due: null },
    { left: -year, told: 0, due: null },
    { left: 20 * day, told: null, due: 30 },
    { left: 3 * day, told: null, due: 7 },
    { left: 3 * day, told: 90, due: 7 },
    { left: -1, told: null, due: 0 },
  ];
  test.each(rows)("$left seconds before the end, told $told: $due", ({ left, told, due }) => expect(dueNotice(now + left, told, now)).toBe(due));
});

/** Somebody whose certificate lives for so long, connected with a relying party. */
async function somebody(storage: Storage, serial: string, life: number): Promise<PersonId> {
  const verified = certificate(serial);
  const { personId } = await bind(storage, { ...verified, facts: { ...verified.facts, expiresAt: now + life } });
  await storage.transaction(({ data }) => data.consent.create({ data: { personId, clientId: "c", scope: "openid", claims: "[]", resources: "{}", grantedAt: new Date(now * 1000) } }));
  return personId;
}
const levels = async (storage: Storage): Promise<unknown[]> => (await storage.read.announcement.findMany()).map(({ event }) => (JSON.parse(event) as { event: unknown }).event);
const notices = async (storage: Storage): Promise<string[]> => (await receiptKinds(storage)).filter((kind) => kind.startsWith("evidence_expir"));

describe("the calendar", () => {
  test("through the last hundred days of a certificate: each notice once, whenever it is looked at", async () => {
    const storage = await freshStorage();
    const { policy } = keeping(storage);
    await somebody(storage, "1", 100 * day);
    for (let at = now; at < now + 110 * day; at += day / 2) await giveNotices(storage, policy, at);
    expect(await notices(storage)).toEqual(["evidence_expiring", "evidence_expiring", "evidence_expiring", "evidence_expired"]);
    const days = (await storage.read.receipt.findMany({ where: { kind: "evidence_expiring" }, orderBy: { sequence: "asc" } })).map(({ detail }) => (JSON.parse(detail) as { days: number }).days);
    expect(days).toEqual([90, 30, 7]);
  });

  test("after a year in which nobody looked: the expiry alone, and the level that was lost by it", async () => {
    const storage = await freshStorage();
    await somebody(storage, "1", 60);
    expect(await giveNotices(storage, keeping(storage).policy, now + 61)).toBe(1);
    expect(await notices(storage)).toEqual(["evidence_expired"]);
    expect(await levels(storage)).toEqual([{ kind: "assurance_level_changed", of: "ial", from: 3, to: 1, reason: "certificate_expired" }]);
  });

  test("of a certificate whose status was never asked for again, too: nobody heard since that it is worth less", async () => {
    const storage = await freshStorage();
    await somebody(storage, "1", year);
    expect(await giveNotices(storage, keeping(storage).policy, now + year + 1)).toBe(1);
    expect(await levels(storage)).toEqual([{ kind: "assurance_level_changed", of: "ial", from: 3, to: 1, reason: "certificate_expired" }]);
  });

  test("of a revoked and of a superseded certificate nobody is told, and they are not looked at again", async () => {
    const storage = await freshStorage();
    await bind(storage, certificate("revoked", { status: { ...goodStatus, status: "revoked" } }));
    await bind(storage, certificate("old"));
    await bind(storage, certificate("new", { predecessor: { ...certificate("old").reference } }));
    expect(await giveNotices(storage, keeping(storage).policy, now + 30 * day)).toBe(1);
    expect(await notices(storage)).toEqual(["evidence_expired"]);
    expect(await storage.read.evidence.count({ where: { expiryTold: null } })).toBe(0);
  });

  test("500 at once, by three processes: one notice each", async () => {
    const storage = await freshStorage();
    for (let index = 0; index < 500; index += 1) await bind(storage, certificate(String(index)));
    const given = await Promise.all([1, 2, 3].map(() => giveNotices(storage, keeping(storage).policy, now + 30 * day)));
    expect(given.reduce((sum, each) => sum + each, 0)).toBe(500);
    expect(await notices(storage)).toHaveLength(500);
  });
});
