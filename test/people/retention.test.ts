import { describe, expect, test } from "vitest";
import { createEndedEvidenceSweep, endLink, erasePerson, findPerson, reviewLifetime, sweepErased, sweepReviews } from "../../src/people/index.ts";
import { toDate, verifyReceipts } from "../../src/storage/index.ts";
import { inPieces } from "../storage/in-between.ts";
import { at, lastReceipt, policy, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { addPasskey, bind, certificate, now, person, reference, somebodyElse } from "./people-fixture.ts";

const expiry = now + 86_400;

describe("of an erased person", () => {
  test.each([{ name: "before the time", before: at, forgotten: 0 }, { name: "after it", before: at + 1, forgotten: 1 }])("$name: $forgotten forgotten, and the chain holds", async ({ before, forgotten }) => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    const receiptsOf = ({ personId }: Somebody): Promise<number> => who.storage.read.receipt.count({ where: { personId } });
    const of = await receiptsOf(other);
    await erasePerson(who.storage, { personId: who.personId, at, policy, by: "person" });
    expect(await sweepErased(who.storage, before, at + 60)).toEqual({ forgotten, refused: 0, failures: [] });
    expect([await receiptsOf(who) === 0, await receiptsOf(other)]).toEqual([forgotten === 1, of]);
    expect((await findPerson(who.storage.read, who.personId)) === null).toBe(forgotten === 1);
    expect((await verifyReceipts(who.storage.read)).fault).toBeNull();
  });

  test("nobody else goes", async () => {
    const who = await somebody();
    expect(await sweepErased(who.storage, at + 1, at + 1)).toEqual({ forgotten: 0, refused: 0, failures: [] });
    expect((await person(who.storage, who.personId)).state).toBe("active");
  });

  const claims: [string, (who: Somebody) => Promise<unknown>][] = [
    ["with no receipt of an erasure", async () => undefined],
    ["with a receipt of a later one", ({ storage, personId }) => storage.recordReceipt({ kind: "person_erased", at: at + 10, personId, detail: {} })],
    ["with one that was another's", async ({ storage, personId }) => {
      const id = await storage.recordReceipt({ kind: "person_erased", at, personId: somebodyElse, detail: {} });
      await storage.transaction(({ data }) => data.receipt.update({ where: { id }, data: { personId } }));
    }],
  ];
  test.each(claims)("a row that says so %s is not believed, and keeps nobody else waiting", async (_name, prepare) => {
    const who = await somebody();
    await prepare(who);
    const others = [];
    for (let index = 0; index < 25; index += 1) others.push(await bind(who.storage, certificate(`other ${index}`)));
    for (const [index, { personId }] of others.entries()) {
      if (index === 0) await erasePerson(who.storage, { personId, at, policy, by: "person" });
      else await who.storage.transaction(({ data }) => data.person.update({ where: { id: personId }, data: { state: "erased", erasedAt: toDate(at - 1) } }));
    }
    await who.storage.transaction(({ data }) => data.person.update({ where: { id: who.personId }, data: { state: "erased", erasedAt: toDate(at - 1) } }));
    const receipts = (): Promise<number> => who.storage.read.receipt.count({ where: { personId: who.personId } });
    const before = await receipts();
    expect(await sweepErased(who.storage, at + 5, at + 60)).toEqual({ forgotten: 1, refused: 25, failures: [] });
    expect(await receipts()).toBe(before);
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
    const sweep = createEndedEvidenceSweep(who.storage);
    expect(await sweep(before, before)).toBe(gone ? 1 : 0);
    expect((await ids(who)).includes(who.evidenceId)).toBe(!gone);
    expect((await person(who.storage, who.personId)).passkeys).toHaveLength(gone ? 1 : 3);
    if (gone) expect(await lastReceipt(who.storage)).toEqual({ kind: "evidence_forgotten", detail: { evidence: who.evidenceId } });
    expect(await sweep(before, before)).toBe(0);
  });

  test("ended by its person it goes, and what speaks for the person stays", async () => {
    const who = await superseded("revoked");
    const [later] = (await ids(who)).filter((id) => id !== who.evidenceId);
    await endLink(who.storage, { personId: who.personId, evidenceId: (await person(who.storage, who.personId)).evidence.find(({ id }) => id === later)?.id ?? who.evidenceId, by: { passkeyId: null, signedWith: null }, at, policy });
    expect(await createEndedEvidenceSweep(who.storage)(expiry + 1, expiry + 1)).toBe(1);
    expect(await ids(who)).toEqual([who.evidenceId]);
  });

  test("a round looks at a part of what has expired, and the next goes on from there", async () => {
    const { storage } = await somebody();
    for (let index = 0; index < 150; index += 1) await bind(storage, certificate(`of somebody ${index}`));
    const last = await storage.read.evidence.findFirst({ orderBy: { id: "desc" } });
    await storage.transaction(({ data }) => data.evidence.update({ where: { id: last?.id ?? "" }, data: { endedAt: toDate(at) } }));
    await storage.transaction(({ data }) => data.passkey.updateMany({ data: { state: "revoked" } }));
    const sweep = createEndedEvidenceSweep(storage);
    const rounds: number[] = [];
    for (let round = 0; round < 3; round += 1) rounds.push(await sweep(expiry + 1, expiry + 1));
    expect(rounds).toEqual([0, 1, 0]);
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

test("many reviews go in pieces between which others write, none that may still be decided", async () => {
  const { storage, personId } = await somebody();
  const review = (id: string, openedAt: number) => ({ id, personId, certificateDigest: Uint8Array.of(1), medium: "card", certificateExpiresAt: toDate(expiry), openedAt: toDate(openedAt), state: "open" });
  await storage.transaction(({ data }) => data.recoveryReview.createMany({ data: [...Array.from({ length: 1200 }, (_, index) => review(`old ${index}`, now)), review("young", now + 60)] }));
  const { sizes, others } = await inPieces(storage, () => storage.read.recoveryReview.count(), (watched) => sweepReviews(watched, now + 2 * reviewLifetime + 1));
  expect(sizes).toEqual([500, 500, 200]);
  expect(others.some((left) => left > 1 && left < 1201)).toBe(true);
  expect(await storage.read.recoveryReview.findMany({ select: { id: true } })).toEqual([{ id: "young" }]);
});
