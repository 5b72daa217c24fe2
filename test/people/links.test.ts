import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId, type EvidenceId, type Subject } from "../../src/identifiers.ts";
import { bindAttributes, bindEvidence, certificatesOfEvidence, currentEvidence, endLink, enrolling, findBySubject, type LinkEnd, renewPseudonym, wasUnlinked } from "../../src/people/index.ts";
import { toDate } from "../../src/storage/index.ts";
import { addArtifacts, announced, artifactsOf, at, client, connect, expectUnchanged, lastReceipt, policy, says, sector, somebody, type Somebody } from "./lifecycle-fixture.ts";
import { addPasskey, bind, type Bound, certificate, keeping, now, person, reference } from "./people-fixture.ts";

/** Somebody to whose person a second certificate was linked, with a passkey of its own. */
async function linked(): Promise<Somebody & { readonly later: Bound }> {
  const who = await somebody();
  const later = await bind(who.storage, certificate("2", { predecessor: reference("1") }));
  expect(later.personId).toBe(who.personId);
  await addPasskey(who.storage, later);
  return { ...who, later };
}
const unlink = ({ storage, personId }: Somebody, evidenceId: EvidenceId, by: LinkEnd["by"] = { passkeyId: null, signedWith: null }): Promise<void> => endLink(storage, { personId, evidenceId, by, at, policy });

describe("ending a link", () => {
  test("the earlier certificate stands again, what the later one made is revoked, everything ends", async () => {
    const who = await linked();
    await addArtifacts(who);
    const told = (await says(who.storage)).length;
    await unlink(who, who.later.evidenceId);
    const after = await person(who.storage, who.personId);
    expect(currentEvidence(after)).toMatchObject({ id: who.evidenceId, supersededBy: null });
    expect(after.evidence.find(({ id }) => id === who.later.evidenceId)?.ended).toEqual({ at, reason: "unlinked" });
    expect(after.passkeys.map(({ state }) => state)).toEqual(["active", "active", "revoked"]);
    expect(await artifactsOf(who)).toEqual([]);
    expect((await says(who.storage)).slice(told)).toEqual(["credential_changed passkey revoke link_ended", "credential_changed certificate revoke link_ended", "sessions_ended link_ended"]);
    expect(await lastReceipt(who.storage)).toEqual({ kind: "link_ended", detail: { evidence: who.later.evidenceId, continuity: "issuer_statement" } });
  });

  test("the certificate is forgotten: it is found no more, and not opened", async () => {
    const who = await linked();
    await unlink(who, who.later.evidenceId);
    expect((await certificatesOfEvidence(who.storage, [who.later])).get(who.later.evidenceId)?.()).toHaveLength(0);
    const alone = await bind(who.storage, certificate("2"));
    expect(alone.personId).not.toBe(who.personId);
  });

  test("that it was ended is known of this person and this certificate alone", async () => {
    const who = await linked();
    const other = await somebody(who.storage, "3");
    await unlink(who, who.later.evidenceId);
    const digest = (serial: string): Uint8Array => who.storage.sealing.lookUpDigest(reference(serial).issuer, reference(serial).serialNumber);
    const asked = (id: typeof who.personId, serial: string): Promise<boolean> => who.storage.transaction((transaction) => wasUnlinked(transaction, who.storage.sealing, id, [digest(serial)]));
    expect([await asked(who.personId, "2"), await asked(who.personId, "1"), await asked(other.personId, "2")]).toEqual([true, false, false]);
  });

  test("is refused for the first certificate, for one superseded or ended, for another's", async () => {
    const who = await linked();
    const other = await somebody(who.storage, "3");
    const third = await bind(who.storage, certificate("4", { predecessor: reference("2") }));
    await expectUnchanged(who.storage, () => unlink(who, who.evidenceId), "operation_not_possible");
    await expectUnchanged(who.storage, () => unlink(who, who.later.evidenceId), "operation_not_possible");
    await expectUnchanged(who.storage, () => unlink(other, third.evidenceId), "not_found");
    await unlink(who, third.evidenceId);
    await expectUnchanged(who.storage, () => unlink(who, third.evidenceId), "operation_not_possible");
    expect(currentEvidence(await person(who.storage, who.personId))?.id).toBe(who.later.evidenceId);
  });
});

describe("whoever came in by the certificate before", () => {
  type Continuity = "issuer_statement" | "old_key_signed" | "presented_together";
  const rows: readonly { by: "signature" | "passkey from before" | "passkey made since"; continuity: Continuity; code: string | null }[] = [
    { by: "signature", continuity: "old_key_signed", code: "operation_not_possible" },
    { by: "signature", continuity: "issuer_statement", code: "operation_not_possible" },
    { by: "signature", continuity: "presented_together", code: null },
    { by: "passkey made since", continuity: "old_key_signed", code: "operation_not_possible" },
    { by: "passkey made since", continuity: "presented_together", code: null },
    { by: "passkey from before", continuity: "old_key_signed", code: null },
  ];
  test.each(rows)("by a $by, where what took its place was linked by $continuity: $code", async ({ by, continuity, code }) => {
    const who = await somebody();
    const { storage, personId, evidenceId } = who;
    const earlier = continuity === "issuer_statement" ? null : { evidenceId, continuity };
    const verified = certificate("2", { predecessor: earlier === null ? reference("1") : null, verifiedAt: now + 10 });
    const later = await storage.transaction((transaction) => bindEvidence(transaction, keeping(storage), verified, { ...enrolling, earlier }));
    const since = await addPasskey(storage, who);
    await storage.transaction(({ data }) => data.passkey.update({ where: { id: since }, data: { boundAt: toDate(now + 20) } }));
    const passkeyId = by === "signature" ? null : by === "passkey made since" ? since : (who.passkeys[0] ?? null);
    const ended = await unlink(who, later.evidenceId, { passkeyId, signedWith: evidenceId }).then(() => null, (refusal: { code: string }) => refusal.code);
    expect(ended).toBe(code);
    expect((await person(storage, personId)).evidence.find(({ id }) => id === evidenceId)?.supersededBy).toBe(code === null ? null : later.evidenceId);
  });
});

describe("what a stranger leaves behind", () => {
  const signed = (serial: string, verifiedAt: number) => ({ ...certificate(serial, { verifiedAt }), facts: { ...certificate(serial, { verifiedAt }).facts, kind: "jpki_signature" as const } });
  const rows: readonly { name: string; receipts: "kept" | "forgotten"; before: boolean; after: readonly (string | undefined)[] }[] = [
    { name: "what was stated since the link is dropped, and the certificate forgotten", receipts: "kept", before: false, after: ["unlinked"] },
    { name: "what was stated before it stays", receipts: "kept", before: true, after: [undefined] },
    { name: "where nothing tells since when, all of it is dropped", receipts: "forgotten", before: true, after: ["unlinked"] },
  ];
  test.each(rows)("$name", async ({ receipts, before, after }) => {
    const who = await somebody();
    const { storage, personId } = who;
    const state = (verifiedAt: number): Promise<EvidenceId> => storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), signed("s", verifiedAt), personId));
    if (before) await state(now + 10);
    const later = await bind(storage, certificate("2", { predecessor: reference("1"), verifiedAt: now + 20 }));
    if (!before) await state(now + 30);
    // The link is confirmed again: that is not when it was made.
    await bind(storage, certificate("2", { verifiedAt: now + 40 }));
    if (receipts === "forgotten") await storage.transaction(({ data }) => data.receipt.updateMany({ where: { personId }, data: { detail: "" } }));
    await unlink(who, later.evidenceId);
    const stated = (await person(storage, personId)).evidence.filter(({ kind }) => kind === "jpki_signature");
    expect(stated.map(({ ended }) => ended?.reason)).toEqual(after);
    const own = await somebody(storage, "3");
    const presented = storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), signed("s", now + 50), own.personId)).then(() => "theirs", ({ code }: { code: string }) => code);
    expect(await presented).toBe(after[0] === "unlinked" ? "theirs" : "person_mismatch");
  });

  test("a link that was made twice before ends as well", async () => {
    const who = await linked();
    await unlink(who, who.later.evidenceId);
    const again = await bind(who.storage, certificate("3", { predecessor: reference("1") }));
    const { issuer, serialNumber } = reference("2");
    await who.storage.transaction(({ data }) => data.evidence.update({ where: { id: again.evidenceId }, data: { certificateDigest: who.storage.sealing.lookUpDigest(issuer, serialNumber) } }));
    await unlink(who, again.evidenceId);
    expect(currentEvidence(await person(who.storage, who.personId))?.id).toBe(who.evidenceId);
  });

  test("what something else took the place of before does not stand again", async () => {
    const who = await linked();
    const other = await bind(who.storage, certificate("3", { predecessor: reference("1") }));
    await unlink(who, other.evidenceId);
    const { evidence } = await person(who.storage, who.personId);
    expect(evidence.find(({ id }) => id === who.evidenceId)?.supersededBy).toBe(who.later.evidenceId);
  });
});

describe("renewing a pseudonym", () => {
  const bank = asIdentifier<ClientId>("bank");

  test("the sector's services hear of it under the one before, and nobody else; grants there end", async () => {
    const who = await somebody();
    const { storage, personId } = who;
    await connect(storage, personId, bank, "bank.example");
    await addArtifacts(who);
    await storage.artifacts.put("Grant", "of the bank", {}, { accountId: personId, clientId: bank, expiresAt: at + 60 });
    const before = (await storage.read.lookups.subject(personId, sector)) ?? "";
    const subject = await renewPseudonym(storage, { personId, sector, clients: [client], at });
    expect(subject).not.toBe(before);
    expect(await announced(storage)).toMatchObject([
      { initiator: "user", says: `identifier_changed ${subject} pseudonym_renewed`, audience: { clients: [client], subjects: { [sector]: before } } },
      { initiator: "user", says: "sessions_ended pseudonym_renewed", audience: { clients: [client], subjects: { [sector]: before } } },
    ]);
    expect(await artifactsOf(who)).toEqual([]);
    expect(await storage.artifacts.find("Grant", "of the bank")).not.toBeNull();
    expect([await findBySubject(storage.read, sector, subject), await findBySubject(storage.read, sector, before)]).toEqual([personId, null]);
    expect(await lastReceipt(storage)).toEqual({ kind: "pseudonym_renewed", detail: { clients: [client] } });
  });

  test("there is none where nobody knows the person", async () => {
    const { storage, personId } = await somebody();
    await expectUnchanged(storage, (): Promise<Subject> => renewPseudonym(storage, { personId, sector: "nowhere.example", clients: [], at }), "not_found");
  });
});
