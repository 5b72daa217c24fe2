import { describe, expect, test } from "vitest";
import { endLink, erasePerson, findPerson, reviewLifetime, sweepEndedEvidence, sweepErased, sweepReviews } from "../../src/people/index.ts";
import { toDate, verifyReceipts } from "../../src/storage/index.ts";
import { at, lastReceipt, policy, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { addPasskey, bind, certificate, now, person, reference } from "./people-fixture.ts";

const expiry = now + 86_400;

describe("of an erased person", () => {
  test.each([{ name: "before the time", before: at, forgotten: 0 }, { name: "after it", before: at + 1, forgotten: 1 }])("$name: $forgotten forgotten, and the chain holds", async ({ before, forgotten }) => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    const receiptsOf = ({ personId }: Somebody): Promise<number> => who.storage.read.receipt.count({ where: { personId } });
    const of = await receiptsOf(other);
    await erasePerson(who.storage, { personId: who.personId, at, policy, by: "person" });
    expect(await sweepErased(who.storage, before, at + 60)).toBe(forgotten);
    expect([await receiptsOf(who) === 0, await receiptsOf(other)]).toEqual([forgotten === 1, of]);
    expect((await findPerson(who.storage.read, who.personId)) === null).toBe(forgotten === 1);
    expect((await verifyReceipts(who.storage.read)).fault).toBeNull();
  });

  test("nobody else goes", async () => {
    const who = await somebody();
    expect(await sweepErased(who.storage, at + 1, at + 1)).toBe(0);
    expect((await person(who.storage, who.personId)).state).toBe("active");
  });
});

describe("of a certificate", () => {
  /** Somebody whose first certificate was superseded; its passkeys in this state. */
  async function superseded(state: "active" | "suspended" | "revoked"): Promise<Somebody> {
    const who = await somebody();
    await addPasskey(who.storage, await bind(who.storage, certificate("2", { predecessor: reference("1") })));
    await who.storage.transaction(({ data }) => data.passkey.updateMany({ where: { boundByEvidenceId: who.evidenceId }, data: { state } }));
    return who;
  }
  const ids = async ({ storage, personId }: Somebody): Promise<string[]> => (await person(storage, personId)).evidence.map(({ id }) => id);

  const rows = [
    { name: "superseded, its passkeys revoked", state: "revoked", before: expiry + 1, gone: true },
    { name: "the same, until it has expired", state: "revoked", before: expiry, gone: false },
    { name: "with a passkey in use", state: "active", before: expiry + 1, gone: false },
    { name: "with a passkey that may come back", state: "suspended", before: expiry + 1, gone: false },
  ] as const;
  test.each(rows)("$name: $gone", async ({ state, before, gone }) => {
    const who = await superseded(state);
    expect(await sweepEndedEvidence(who.storage, before, before)).toBe(gone ? 1 : 0);
    expect((await ids(who)).includes(who.evidenceId)).toBe(!gone);
    expect((await person(who.storage, who.personId)).passkeys).toHaveLength(gone ? 1 : 3);
    if (gone) expect(await lastReceipt(who.storage)).toEqual({ kind: "evidence_forgotten", detail: { evidence: who.evidenceId } });
    expect(await sweepEndedEvidence(who.storage, before, before)).toBe(0);
  });

  test("ended by its person it goes, and what speaks for the person stays", async () => {
    const who = await superseded("revoked");
    const [later] = (await ids(who)).filter((id) => id !== who.evidenceId);
    await endLink(who.storage, { personId: who.personId, evidenceId: (await person(who.storage, who.personId)).evidence.find(({ id }) => id === later)?.id ?? who.evidenceId, at, policy });
    expect(await sweepEndedEvidence(who.storage, expiry + 1, expiry + 1)).toBe(1);
    expect(await ids(who)).toEqual([who.evidenceId]);
  });
});

test.each([{ later: 2 * reviewLifetime, left: 1 }, { later: 2 * reviewLifetime + 1, left: 0 }])("of a review opened $later seconds ago: $left", async ({ later, left }) => {
  const { storage, personId } = await somebody();
  await storage.transaction(({ data }) => data.recoveryReview.create({
    data: { id: "r", personId, certificateDigest: Uint8Array.of(1), medium: "card", certificateExpiresAt: toDate(expiry), openedAt: toDate(now), state: "open" },
  }));
  await sweepReviews(storage, now + later);
  expect(await storage.read.recoveryReview.count()).toBe(left);
});
