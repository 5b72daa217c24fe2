import { describe, expect, test } from "vitest";
import { asIdentifier, type PasskeyId } from "../../src/identifiers.ts";
import { bindAttributes, bindEvidence, currentEvidence, enrolling, forceRecovery, giveNotices, holdPerson, restorePasskeys, surrenderPhone, suspendPasskey, type VerifiedCertificate } from "../../src/people/index.ts";
import { addArtifacts, artifactsOf, at, byOperator, expectUnchanged, lastReceipt, policy, says, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { addPasskey, bind, certificate, keeping, person, reference, somebodyElse } from "./people-fixture.ts";

const unknown = asIdentifier<PasskeyId>("unknown");
const states = async ({ storage, personId }: Somebody): Promise<string[]> => (await person(storage, personId)).passkeys.map(({ state }) => state);
const nth = ({ passkeys }: Somebody, index: number): PasskeyId => passkeys[index] ?? unknown;

const suspend = (who: Somebody, passkeyId: PasskeyId): Promise<void> => suspendPasskey(who.storage, { personId: who.personId, passkeyId, at, policy });
const restore = (who: Somebody, which: "all" | readonly PasskeyId[]): Promise<number> => who.storage.transaction((transaction) => restorePasskeys(transaction, { personId: who.personId, which, at: at + 1, policy }));
const surrender = (who: Somebody, passkeyId: PasskeyId): Promise<void> => surrenderPhone(who.storage, { personId: who.personId, passkeyId, at, policy });

describe("suspending a passkey", () => {
  test("ends what could have been made with it, the last one's too, and is told", async () => {
    const who = await somebody();
    await addArtifacts(who);
    await suspend(who, nth(who, 0));
    expect([await states(who), await artifactsOf(who)]).toEqual([["suspended", "active"], []]);
    expect(await person(who.storage, who.personId)).toMatchObject({ sessionsEndedAt: at, grantsEndedAt: at });
    expect(await says(who.storage)).toEqual(["credential_changed passkey update passkey_suspended", "sessions_ended passkey_suspended"]);
    expect(await lastReceipt(who.storage)).toEqual({ kind: "passkey_suspended", detail: { passkey: nth(who, 0) } });
    await suspend(who, nth(who, 1));
    expect(await states(who)).toEqual(["suspended", "suspended"]);
  });

  test("is refused for what is not active, and for another's", async () => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    const pending = await addPasskey(who.storage, who, "pending");
    await suspend(who, nth(who, 0));
    await expectUnchanged(who.storage, () => suspend(who, nth(who, 0)), "passkey_not_active");
    await expectUnchanged(who.storage, () => suspend(who, pending), "passkey_not_active");
    await expectUnchanged(who.storage, () => suspend(other, nth(who, 1)), "not_found");
    await expectUnchanged(who.storage, () => suspend(who, unknown), "not_found");
  });
});

describe("restoring", () => {
  const rows: readonly { name: string; which: "all" | readonly number[]; back: number; after: readonly string[] }[] = [
    { name: "all", which: "all", back: 2, after: ["active", "active"] },
    { name: "one of two", which: [1], back: 1, after: ["suspended", "active"] },
    { name: "none", which: [], back: 0, after: ["suspended", "suspended"] },
  ];
  test.each(rows)("$name", async ({ which, back, after }) => {
    const who = await somebody();
    for (const id of who.passkeys) await suspend(who, id);
    const told = (await says(who.storage)).length;
    expect(await restore(who, which === "all" ? "all" : which.map((index) => nth(who, index)))).toBe(back);
    expect(await states(who)).toEqual(after);
    expect((await says(who.storage)).slice(told)).toEqual(Array.from({ length: back }, () => "credential_changed passkey update passkey_restored"));
  });

  test("brings back neither what was revoked nor what waits, nor another's", async () => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    await suspend(other, nth(other, 0));
    await addPasskey(who.storage, who, "pending");
    await surrender(who, nth(who, 0));
    expect(await restore(who, "all")).toBe(0);
    expect(await restore(who, other.passkeys)).toBe(0);
    expect([await states(who), await states(other)]).toEqual([["revoked", "revoked", "revoked"], ["suspended", "active"]]);
  });
});

describe("erasing a phone", () => {
  test("ends every passkey made with the certificate in it, the certificate for us, and what it states", async () => {
    const who = await somebody();
    const { storage, personId } = who;
    await addArtifacts(who);
    const signature = certificate("s1");
    await storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), { ...signature, facts: { ...signature.facts, kind: "jpki_signature" } }, personId));
    await surrender(who, nth(who, 1));
    const after = await person(storage, personId);
    expect(after.passkeys.map(({ state }) => state)).toEqual(["revoked", "revoked"]);
    expect(after.evidence.map(({ ended }) => ended)).toEqual([{ at, reason: "surrendered" }, { at, reason: "surrendered" }]);
    expect(currentEvidence(after)).toBeNull();
    expect(await artifactsOf(who)).toEqual([]);
    expect(await says(storage)).toEqual([
      "credential_changed passkey revoke surrendered", "credential_changed passkey revoke surrendered", "credential_changed certificate revoke surrendered",
      "token_claims_changed verified_claims surrendered", "assurance_level_changed ial 3 1 surrendered", "sessions_ended surrendered",
    ]);
    expect((await lastReceipt(storage)).kind).toBe("phone_surrendered");
    expect((await storage.read.receipt.findMany({ where: { kind: "attributes_dropped" } })).map(({ detail }) => JSON.parse(detail) as unknown)).toMatchObject([{ reason: "surrendered" }]);
  });

  test("leaves what another phone or the card made", async () => {
    const who = await somebody();
    const card = certificate("card");
    const second = await bind(who.storage, { ...card, predecessor: { issuer: certificate("1").reference.issuer, serialNumber: certificate("1").reference.serialNumber }, facts: { ...card.facts, medium: "card" } });
    const withCard = [await addPasskey(who.storage, second), await addPasskey(who.storage, second)];
    await surrender(who, nth(who, 0));
    expect(await states(who)).toEqual(["revoked", "revoked", "active", "active"]);
    await surrender(who, withCard[0] ?? unknown);
    const after = await person(who.storage, who.personId);
    expect(after.passkeys.map(({ state }) => state)).toEqual(["revoked", "revoked", "revoked", "active"]);
    expect(currentEvidence(after)).toMatchObject({ id: second.evidenceId, ended: null });
  });

  type Renewal = Pick<VerifiedCertificate, "predecessor"> & { readonly continuity: "old_key_signed" | "presented_together" | null };
  const renewals: readonly { name: string; renewal: Renewal; by: "earlier" | "later"; left: readonly string[]; speaks: boolean }[] = [
    { name: "renewed by both keys, by the earlier passkey", renewal: { predecessor: null, continuity: "old_key_signed" }, by: "earlier", left: [], speaks: false },
    { name: "renewed by both keys, by the later passkey", renewal: { predecessor: null, continuity: "old_key_signed" }, by: "later", left: [], speaks: false },
    { name: "renewed by the issuer's word, which does not say where", renewal: { predecessor: reference("1"), continuity: null }, by: "earlier", left: [], speaks: false },
    { name: "another phone, presented apart, stays", renewal: { predecessor: null, continuity: "presented_together" }, by: "earlier", left: ["later"], speaks: true },
    { name: "another phone, presented apart, goes alone", renewal: { predecessor: null, continuity: "presented_together" }, by: "later", left: ["earlier", "earlier"], speaks: false },
  ];
  test.each(renewals)("$name", async ({ renewal: { predecessor, continuity }, by, left, speaks }) => {
    const who = await somebody();
    const { storage, personId } = who;
    const earlier = continuity === null ? null : { evidenceId: who.evidenceId, continuity };
    const { evidenceId } = await storage.transaction((transaction) => bindEvidence(transaction, keeping(storage), certificate("2", { predecessor }), { ...enrolling, earlier }));
    const later = await addPasskey(storage, { personId, evidenceId });
    await surrender(who, by === "later" ? later : nth(who, 0));
    const after = await person(storage, personId);
    expect(after.passkeys.filter(({ state }) => state === "active").map(({ id }) => (id === later ? "later" : "earlier"))).toEqual(left);
    expect(currentEvidence(after)?.id).toBe(speaks ? evidenceId : undefined);
  });

  test("no notice is given that the certificate in it expires", async () => {
    const who = await somebody();
    await surrender(who, nth(who, 0));
    await giveNotices(who.storage, policy, at);
    expect(await who.storage.read.receipt.count({ where: { kind: { startsWith: "evidence_expir" } } })).toBe(0);
  });

  test("on hold, too; twice or of another not at all", async () => {
    const who = await somebody();
    const other = await somebody(who.storage, "2");
    await holdPerson(who.storage, { personId: who.personId, at, by: "person", liftedBy: "signature", policy });
    await surrender(who, nth(who, 0));
    await expectUnchanged(who.storage, () => surrender(who, nth(who, 0)), "not_found");
    await expectUnchanged(who.storage, () => surrender(other, nth(who, 1)), "not_found");
    expect(await person(who.storage, who.personId)).toMatchObject({ state: "held" });
  });
});

describe("a recovery that the operator forces", () => {
  test("ends every passkey, session and grant; a hold stays", async () => {
    const who = await somebody();
    const { storage, personId } = who;
    await addArtifacts(who);
    await holdPerson(storage, { personId, at, by: "person", liftedBy: "signature", policy });
    const told = (await says(storage)).length;
    await forceRecovery(storage, { personId, at: at + 1, operator: byOperator.operator, reason: byOperator.reason, policy });
    expect([await states(who), await artifactsOf(who)]).toEqual([["revoked", "revoked"], []]);
    expect(await person(storage, personId)).toMatchObject({ state: "held", grantsEndedAt: at + 1 });
    expect((await says(storage)).slice(told)).toEqual(["credential_changed passkey revoke recovery_forced", "credential_changed passkey revoke recovery_forced", "sessions_ended recovery_forced"]);
    expect(await lastReceipt(storage)).toEqual({ kind: "recovery_forced", detail: { operator: "sato", reason: "asked by phone", passkeys: who.passkeys } });
    await expectUnchanged(storage, () => forceRecovery(storage, { personId: somebodyElse, at, operator: "sato", reason: "x", policy }), "not_found");
  });
});
