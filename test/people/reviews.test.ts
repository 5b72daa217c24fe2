import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import type { BasicAttributes } from "../../src/jpki/index.ts";
import { attributesDigests, decideReview, erasePerson, listReviews, openReview, reviewLifetime, takeApprovedReview } from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { at, byOperator, expectUnchanged, lastReceipt, policy, somebody, type Somebody } from "./lifecycle-fixture.ts";

const written = (text: string): BasicAttributes["name"] => ({ text, substituted: [] });
const hanako: BasicAttributes = { name: written("山田　花子"), address: written("東京都千代田区１－１"), birthDate: "1990-01-01", gender: "female" };
const digest = utf8("digest of the new certificate");

/** Somebody who states these attributes. */
async function stating(attributes: BasicAttributes, storage?: Storage, serial?: string): Promise<Somebody> {
  const who = await somebody(storage, serial);
  await who.storage.transaction(({ data }) => data.evidence.update({ where: { id: who.evidenceId }, data: { attributesDigest: attributesDigests(who.storage.sealing, attributes)?.[0] ?? null } }));
  return who;
}
const ask = ({ storage }: Somebody, attributes = hanako, time = at): ReturnType<typeof openReview> =>
  storage.transaction((transaction) => openReview(transaction, { sealing: storage.sealing, attributes, certificateDigests: [digest], medium: "smartphone", certificateExpiresAt: at + 86_400, at: time }));
const open = async (who: Somebody, attributes = hanako, time = at): Promise<string | null> => (await ask(who, attributes, time))?.id ?? null;
const decide = ({ storage }: Somebody, id: string, decision: "approved" | "denied", time = at): Promise<void> => decideReview(storage, { id, decision, operator: byOperator.operator, reason: byOperator.reason, at: time });
const take = ({ storage }: Somebody, time = at, certificateDigest = digest): Promise<{ personId: string } | null> => storage.transaction((transaction) => takeApprovedReview(transaction, { certificateDigests: [certificateDigest], at: time }));

describe("whom a review is about", () => {
  const rows: readonly { name: string; attributes: BasicAttributes; found: boolean }[] = [
    { name: "the same four", attributes: hanako, found: true },
    { name: "the same, written with other spaces and digits", attributes: { ...hanako, name: written("山田 花子"), address: written("東京都千代田区1-1") }, found: true },
    { name: "another name", attributes: { ...hanako, name: written("山田　華子") }, found: false },
    { name: "another address", attributes: { ...hanako, address: written("大阪府大阪市１－１") }, found: false },
    { name: "another birthday", attributes: { ...hanako, birthDate: "1990-01-02" }, found: false },
    { name: "another gender", attributes: { ...hanako, gender: "male" }, found: false },
    { name: "three of them", attributes: { ...hanako, gender: null }, found: false },
  ];
  test.each(rows)("$name: $found", async ({ attributes, found }) => {
    const who = await stating(hanako);
    expect((await open(who, attributes)) !== null).toBe(found);
    expect(await listReviews(who.storage.read, "open")).toHaveLength(found ? 1 : 0);
  });

  test("what neither states is not the same of both", async () => {
    const who = await stating({ ...hanako, birthDate: null });
    expect(await open(who, { ...hanako, birthDate: null })).toBeNull();
  });

  test("two who state the same are never told apart", async () => {
    const who = await stating(hanako);
    await stating(hanako, who.storage, "2");
    expect(await open(who)).toBeNull();
  });

  test("nobody who was erased", async () => {
    const who = await stating(hanako);
    await open(who);
    await erasePerson(who.storage, { personId: who.personId, at, policy, by: "person" });
    expect([await open(who), await listReviews(who.storage.read, null)]).toEqual([null, []]);
  });
});

describe("a review", () => {
  test("waits with what an operator may see, once however often it is asked for", async () => {
    const who = await stating(hanako);
    const id = await open(who);
    expect(await lastReceipt(who.storage)).toEqual({ kind: "review_opened", detail: { review: id, medium: "smartphone" } });
    expect(await open(who, hanako, at + 60)).toBe(id);
    expect(await listReviews(who.storage.read, null)).toEqual([
      { id, personId: who.personId, medium: "smartphone", certificateExpiresAt: at + 86_400, openedAt: at, state: "open", decidedAt: null, decidedBy: null, reason: null },
    ]);
  });

  test("approved, it counts once, for its certificate, for a while", async () => {
    const who = await stating(hanako);
    const id = (await open(who)) ?? "";
    expect(await take(who)).toBeNull();
    await decide(who, id, "approved");
    expect(await lastReceipt(who.storage)).toEqual({ kind: "review_approved", detail: { review: id, operator: "sato", reason: "asked by phone" } });
    expect(await take(who, at, utf8("another certificate"))).toBeNull();
    expect(await take(who, at + reviewLifetime)).toBeNull();
    const taken = await Promise.all(Array.from({ length: 5 }, () => take(who, at + 60)));
    expect(taken.filter((each) => each !== null)).toEqual([{ personId: who.personId, review: id }]);
    expect(await listReviews(who.storage.read, "used")).toMatchObject([{ id, decidedBy: "sato", decidedAt: at }]);
  });

  test("denied, it counts for nothing and is not opened again at once", async () => {
    const who = await stating(hanako);
    const id = (await open(who)) ?? "";
    await decide(who, id, "denied");
    expect([await take(who), await ask(who, hanako, at + 60)]).toEqual([null, { id, state: "denied" }]);
    expect(await open(who, hanako, at + reviewLifetime)).not.toBe(id);
  });

  test.each([
    { name: "decided twice", decisions: ["approved", "denied"], time: at, code: "operation_not_possible" },
    { name: "waited too long", decisions: ["approved"], time: at + reviewLifetime, code: "operation_not_possible" },
  ] as const)("$name: refused", async ({ decisions, time, code }) => {
    const who = await stating(hanako);
    const id = (await open(who)) ?? "";
    for (const decision of decisions.slice(0, -1)) await decide(who, id, decision);
    await expectUnchanged(who.storage, () => decide(who, id, decisions.at(-1) ?? "denied", time), code);
    await expectUnchanged(who.storage, () => decide(who, "unknown", "approved"), "not_found");
  });
});
