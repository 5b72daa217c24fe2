import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { bindEvidence, endLink, enrolling, holdPerson, type Presentation, surrenderPhone, type VerifiedCertificate } from "../../src/people/index.ts";
import { firstBrokenReceipt, type Storage, toDate } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addPasskey, bind, type Bound, certificate, keeping, now, person, receiptKinds, reference } from "./people-fixture.ts";

const present = async (storage: Storage, verified: VerifiedCertificate, changes: Partial<Presentation>): Promise<Bound> => {
  const { person: found, evidenceId } = await storage.transaction((transaction) => bindEvidence(transaction, keeping(storage), verified, { ...enrolling, ...changes }));
  return { personId: found.id, evidenceId };
};
const codeOf = async (work: Promise<unknown>): Promise<ErrorCode | null> => work.then(() => null, ({ code }: { code: ErrorCode }) => code);
const nobody = { passkeyId: null, signedWith: null };
const approve = ({ transaction, sealing }: Storage, { personId }: Bound, serial: string): Promise<unknown> => transaction(({ data }) => data.recoveryReview.create({
  data: { id: serial, personId, certificateDigest: sealing.lookUpDigest(reference(serial).issuer, reference(serial).serialNumber), medium: "card", certificateExpiresAt: toDate(now + 60), openedAt: toDate(now), decidedAt: toDate(now), state: "approved" },
}));
const policyOf = (storage: Storage) => keeping(storage).policy;

describe("a certificate presented", () => {
  const rows: readonly [string, string, Partial<Presentation>, null | "signature" | "operator", ErrorCode | null][] = [
    ["unknown, where it may make a person", "2", {}, null, null],
    ["unknown, where it may not", "2", { mayBeNew: false }, null, "person_unknown"],
    ["known", "1", { mayBeNew: false }, null, null],
    ["of a person on hold", "1", { mayBeNew: false }, "signature", "person_on_hold"],
    ["of a person on hold, by what lifts it", "1", { despiteHold: "liftable" }, "signature", null],
    ["of a person whom the operator holds, by what lifts other holds", "1", { despiteHold: "liftable" }, "operator", "person_on_hold"],
    ["of a person whom the operator holds, by what needs none lifted", "1", { despiteHold: "always" }, "operator", null],
  ];
  test.each(rows)("%s", async (_name, serial, presentation, hold, code) => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    if (hold === "signature") await holdPerson(storage, { personId, at: now, by: "person", liftedBy: hold, policy: policyOf(storage) });
    if (hold === "operator") await holdPerson(storage, { personId, at: now, by: "operator", operator: "desk", reason: "call", liftedBy: hold, policy: policyOf(storage) });
    expect(await codeOf(present(storage, certificate(serial), presentation))).toBe(code);
  });
});

describe("an earlier certificate beside it", () => {
  const continuity = "old_key_signed" as const;

  test("carries the person over, is superseded, and the proof is kept with its receipt", async () => {
    const storage = await freshStorage();
    const before = await bind(storage, certificate("1"));
    const after = await present(storage, certificate("2"), { mayBeNew: false, earlier: { evidenceId: before.evidenceId, continuity } });
    expect(after.personId).toBe(before.personId);
    const { evidence } = await person(storage, before.personId);
    expect(evidence.find(({ id }) => id === before.evidenceId)).toMatchObject({ supersededBy: after.evidenceId });
    expect(evidence.find(({ id }) => id === after.evidenceId)).toMatchObject({ supersededBy: null, continuity });
    expect(await receiptKinds(storage)).toContain("evidence_superseded");
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  const refused: readonly [string, (storage: Storage, before: Bound) => Promise<unknown>, VerifiedCertificate, ErrorCode][] = [
    ["superseded", (storage, { evidenceId }) => present(storage, certificate("2"), { earlier: { evidenceId, continuity } }), certificate("3"), "earlier_certificate_refused"],
    ["revoked", (storage, { evidenceId: id }) => storage.transaction(({ data }) => data.evidence.update({ where: { id }, data: { status: "revoked" } })), certificate("3"), "earlier_certificate_refused"],
    ["on hold", (storage, { evidenceId: id }) => storage.transaction(({ data }) => data.evidence.update({ where: { id }, data: { status: "hold" } })), certificate("3"), "earlier_certificate_refused"],
    ["surrendered with its phone", async (storage, before) => surrenderPhone(storage, { personId: before.personId, passkeyId: await addPasskey(storage, before), at: now, policy: policyOf(storage) }), certificate("3"), "earlier_certificate_refused"],
    ["of another person than its issuer names", (storage) => bind(storage, certificate("other")), certificate("3", { predecessor: reference("other") }), "person_mismatch"],
  ];
  test.each(refused)("%s: carries nothing over", async (_name, prepare, verified, code) => {
    const storage = await freshStorage();
    const before = await bind(storage, certificate("1"));
    await prepare(storage, before);
    const people = await storage.read.person.count();
    expect(await codeOf(present(storage, verified, { mayBeNew: false, earlier: { evidenceId: before.evidenceId, continuity } }))).toBe(code);
    expect(await storage.read.person.count()).toBe(people);
  });

  test("never takes a certificate from whom it is", async () => {
    const storage = await freshStorage();
    const [one, other] = [await bind(storage, certificate("1")), await bind(storage, certificate("2"))];
    expect(await codeOf(present(storage, certificate("2"), { expected: one.personId, earlier: { evidenceId: one.evidenceId, continuity } }))).toBe("person_mismatch");
    expect((await person(storage, other.personId)).evidence).toMatchObject([{ id: other.evidenceId, supersededBy: null }]);
  });
});

describe("what the person ended", () => {
  test("a link is not made again by the issuer's word: the certificate is somebody else's then", async () => {
    const storage = await freshStorage();
    const before = await bind(storage, certificate("1"));
    const linked = await bind(storage, certificate("2", { predecessor: reference("1") }));
    await endLink(storage, { personId: before.personId, evidenceId: linked.evidenceId, by: nobody, at: now + 1, policy: policyOf(storage) });
    const again = await bind(storage, certificate("2", { predecessor: reference("1") }));
    expect(again.personId).not.toBe(before.personId);
  });

  const linking: readonly { name: string; presentation: (before: Bound) => Partial<Presentation> }[] = [
    { name: "both keys sign", presentation: ({ evidenceId }) => ({ earlier: { evidenceId, continuity: "old_key_signed" } }) },
    { name: "presented together", presentation: ({ evidenceId }) => ({ earlier: { evidenceId, continuity: "presented_together" } }) },
    { name: "an operator approved", presentation: () => ({ reviewedBy: now + 3 }) },
  ];
  test.each(linking)("nor in any other way: $name", async ({ presentation }) => {
    const storage = await freshStorage();
    const before = await bind(storage, certificate("1"));
    const together = { earlier: { evidenceId: before.evidenceId, continuity: "presented_together" } } as const;
    const linked = await present(storage, certificate("2"), together);
    await endLink(storage, { personId: before.personId, evidenceId: linked.evidenceId, by: nobody, at: now + 1, policy: policyOf(storage) });
    await approve(storage, before, "2");
    expect(await codeOf(present(storage, certificate("2"), { mayBeNew: false, ...presentation(before) }))).toBe("earlier_certificate_refused");
  });

  test("an operator's approval links to a standing certificate, or to nobody", async () => {
    const storage = await freshStorage();
    const before = await bind(storage, certificate("1"));
    await surrenderPhone(storage, { personId: before.personId, passkeyId: await addPasskey(storage, before), at: now, policy: policyOf(storage) });
    await approve(storage, before, "2");
    expect(await codeOf(present(storage, certificate("2"), { mayBeNew: false, reviewedBy: now + 3 }))).toBe("person_unknown");
    expect(await storage.read.recoveryReview.count({ where: { state: "approved" } })).toBe(1);
  });

  const former: readonly { name: string; presentation: Partial<Presentation>; code: ErrorCode | null; ended: object | null }[] = [
    { name: "where it is not admitted", presentation: { admits: ["superseded"] }, code: "earlier_certificate_refused", ended: { reason: "surrendered" } },
    { name: "where it counts as it is", presentation: { bringsBack: false }, code: null, ended: { reason: "surrendered" } },
    { name: "where the person comes in by it again", presentation: {}, code: null, ended: null },
  ];
  test.each(former)("a surrendered phone's certificate, $name", async ({ presentation, code, ended }) => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await surrenderPhone(storage, { personId: bound.personId, passkeyId: await addPasskey(storage, bound), at: now, policy: policyOf(storage) });
    expect(await codeOf(present(storage, certificate("1"), presentation))).toBe(code);
    expect((await person(storage, bound.personId)).evidence).toMatchObject([{ ended }]);
  });

  test("a surrendered phone's certificate counts again once it is presented again", async () => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await surrenderPhone(storage, { personId: bound.personId, passkeyId: await addPasskey(storage, bound), at: now, policy: policyOf(storage) });
    expect((await person(storage, bound.personId)).evidence).toMatchObject([{ ended: { reason: "surrendered" } }]);
    expect(await bind(storage, certificate("1", { verifiedAt: now + 60 }))).toEqual(bound);
    expect((await person(storage, bound.personId)).evidence).toMatchObject([{ ended: null }]);
  });
});
