import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { orThrow } from "../../src/errors.ts";
import type { EvidenceId, PersonId } from "../../src/identifiers.ts";
import { attributesOf, bindAttributes, currentEvidence, maySignIn, openReview, recordStatus, signatureEvidence, sweepAttributes, type VerifiedCertificate, withdrawAttributes } from "../../src/people/index.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import type { Storage } from "../../src/storage/index.ts";
import { withExtensions } from "../certificates/certificate.ts";
import { explicit, oid, sequence, utf8String } from "../certificates/der-writer.ts";
import { jpkiCertificate, jpkiExtensions } from "../certificates/jpki.ts";
import { freshStorage } from "../storage/temporary.ts";
import { client, connect, says } from "./lifecycle-fixture.ts";
import { bind, certificate, goodStatus, keeping, now, person, receiptKinds } from "./people-fixture.ts";

/** The signature certificate of a person: bound, replaced, and forgotten. */

const stated = ["見本　太郎", "00000", "1", "319850412", "東京都見本町１", "0000000"];
const otherNames = stated.map((text, index) => explicit(0, oid(`1.2.392.200149.8.5.5.${index + 1}`), explicit(0, utf8String(text))));
const extension = { oid: "2.5.29.17", critical: false, value: sequence(...otherNames) };
const der = jpkiCertificate({ use: "signature", extensions: withExtensions(jpkiExtensions("signature"), extension) });
orThrow(parseCertificate(der));

const signature = (serial: string, expiresAt = now + 86_400): VerifiedCertificate => {
  const base = certificate(serial);
  return { ...base, der, facts: { ...base.facts, kind: "jpki_signature", policy: "1.2.392.200149.8.5.1.1.20", medium: "card", expiresAt } };
};
const present = (storage: Storage, personId: PersonId, verified: VerifiedCertificate): Promise<EvidenceId> =>
  storage.transaction((transaction) => bindAttributes(transaction, keeping(storage), verified, personId));

async function nameOf(storage: Storage, personId: PersonId): Promise<string | null> {
  const evidence = signatureEvidence(await person(storage, personId));
  return evidence === null ? null : (attributesOf(storage.sealing, evidence)?.name.text ?? null);
}

describe("presented", () => {
  test("it states its holder's attributes, and no sign-in rests on it", async () => {
    const storage = await freshStorage();
    const { personId, evidenceId } = await bind(storage, certificate("1"));
    await present(storage, personId, signature("s1"));
    expect(await nameOf(storage, personId)).toBe("見本　太郎");
    expect(currentEvidence(await person(storage, personId))?.id).toBe(evidenceId);
    expect(await receiptKinds(storage)).toEqual(["person_created", "evidence_verified", "evidence_verified"]);
  });

  test("again, it is the same evidence", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    const first = await present(storage, personId, signature("s1"));
    await withdrawAttributes(storage, personId, now);
    expect(await nameOf(storage, personId)).toBeNull();
    expect(await present(storage, personId, signature("s1"))).toBe(first);
    expect(await nameOf(storage, personId)).toBe("見本　太郎");
  });

  test("by another person it is refused, and stays whose it was", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    const other = await bind(storage, certificate("2"));
    await present(storage, personId, signature("s1"));
    await expect(present(storage, other.personId, signature("s1"))).rejects.toMatchObject({ code: "person_mismatch" });
    expect([await nameOf(storage, personId), await nameOf(storage, other.personId)]).toEqual(["見本　太郎", null]);
  });

  test("a newer one takes its place, whose certificate is then not kept", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    const first = await present(storage, personId, signature("s1"));
    const second = await present(storage, personId, signature("s2"));
    const { evidence } = await person(storage, personId);
    expect(signatureEvidence(await person(storage, personId))?.id).toBe(second);
    const before = evidence.find(({ id }) => id === first);
    expect(before?.supersededBy).toBe(second);
    expect(before === undefined ? null : attributesOf(storage.sealing, before)).toBeNull();
  });
});

describe("forgotten", () => {
  const fallen: readonly (readonly ["revoked" | "hold" | "unknown", string | null, string[]])[] = [
    ["revoked", null, ["evidence_status_changed", "attributes_dropped"]],
    // What is kept is not told meanwhile: see heldAttributes.
    ["hold", "見本　太郎", ["evidence_status_changed"]],
    ["unknown", "見本　太郎", ["evidence_status_changed"]],
  ];
  test.each(fallen)("%s: what it states is %s, and no session ends", async (status, name, receipts) => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    const id = await present(storage, personId, signature("s1"));
    await storage.artifacts.put("Session", "x", {}, { expiresAt: now + 60, accountId: personId });
    const known = await person(storage, personId);
    await storage.transaction((transaction) => recordStatus(transaction, keeping(storage), known, id, { ...goodStatus, status, thisUpdate: now + 1, checkedAt: now + 1, answer: utf8("answer") }));
    expect(await nameOf(storage, personId)).toBe(name);
    expect(await storage.artifacts.find("Session", "x")).not.toBeNull();
    expect(maySignIn(await person(storage, personId))).toBe(true);
    expect((await receiptKinds(storage)).slice(3)).toEqual(receipts);
  });

  test("a revocation on record is not forgotten with it", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    const id = await present(storage, personId, signature("s1"));
    const known = await person(storage, personId);
    await storage.transaction((transaction) => recordStatus(transaction, keeping(storage), known, id, { ...goodStatus, status: "revoked", checkedAt: now + 1, answer: null }));
    await expect(present(storage, personId, signature("s1"))).rejects.toMatchObject({ code: "certificate_revoked" });
  });

  test("expired: swept, and the other certificate stays", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await present(storage, personId, signature("s1", now + 10));
    await sweepAttributes(storage, now + 10);
    expect(await nameOf(storage, personId)).toBe("見本　太郎");
    await sweepAttributes(storage, now + 11);
    expect((await person(storage, personId)).evidence.map(({ kind }) => kind)).toEqual(["jpki_user_authentication"]);
    expect((await receiptKinds(storage)).at(-1)).toBe("attributes_dropped");
  });

  const ends = [
    { name: "withdrawn", end: (storage: Storage, personId: PersonId) => withdrawAttributes(storage, personId, now), told: "token_claims_changed verified_claims withheld" },
    { name: "expired", end: (storage: Storage) => sweepAttributes(storage, now + 11), told: "token_claims_changed verified_claims certificate_expired" },
  ];
  test.each(ends)("$name: services are told once, and no recovery finds the person by them any more", async ({ end, told }) => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await connect(storage, personId, client, "shop.example");
    await present(storage, personId, signature("s1", now + 10));
    const attributes = { name: { text: "見本 太郎", substituted: [] }, address: { text: "東京都見本町1", substituted: [] }, birthDate: "1985-04-12", gender: "male" } as const;
    const found = (serial: string): Promise<string | null> =>
      storage.transaction((transaction) => openReview(transaction, { sealing: storage.sealing, attributes, certificateDigests: [utf8(serial)], medium: "card", certificateExpiresAt: now, at: now })).then((review) => review?.id ?? null);
    expect(await found("new")).not.toBeNull();
    await end(storage, personId);
    expect(await found("newer")).toBeNull();
    await end(storage, personId);
    expect(await says(storage)).toEqual([told]);
  });
});
