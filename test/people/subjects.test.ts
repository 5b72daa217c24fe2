import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId, type PersonId } from "../../src/identifiers.ts";
import { findConsent, findPerson, listConsents, rememberConsent, subjectFor, withdrawConsent, withdrawVerifiedClaim } from "../../src/people/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, certificate, now, receiptKinds, somebodyElse } from "./people-fixture.ts";

describe("pairwise subjects", () => {
  test("20 at once are one", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    const subjects = await Promise.all(Array.from({ length: 20 }, () => subjectFor(storage, personId, "https://rp.example", now)));
    expect(new Set(subjects).size).toBe(1);
    expect(await storage.read.pairwiseSubject.count()).toBe(1);
  });

  test("two sectors, and two people at one sector, differ; none gives away the person", async () => {
    const storage = await freshStorage();
    const one = await bind(storage, certificate("1"));
    const other = await bind(storage, certificate("2"));
    const subjects = [
      await subjectFor(storage, one.personId, "https://a.example", now),
      await subjectFor(storage, one.personId, "https://b.example", now),
      await subjectFor(storage, other.personId, "https://a.example", now),
    ];
    expect(new Set(subjects).size).toBe(3);
    for (const subject of subjects) {
      expect(subject).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(subject).not.toBe(one.personId);
    }
    expect(await subjectFor(storage, one.personId, "https://a.example", now + 9)).toBe(subjects[0]);
  });

  test("nobody has none", async () => {
    const storage = await freshStorage();
    await expect(subjectFor(storage, somebodyElse, "https://a.example", now)).rejects.toMatchObject({ code: "not_found" });
    expect(await findPerson(storage.read, asIdentifier<PersonId>("nobody"))).toBeNull();
  });
});

describe("consents", () => {
  const clientId = asIdentifier<ClientId>("c1");
  const consent = { clientId, scope: ["openid", "offline_access"], claims: ["acr"], resources: { "https://api.example": ["read", "write"] }, verifiedClaims: { name: true, gender: false }, grantedAt: now };

  test("a claim that was taken back while another was being decided upon stays so", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await rememberConsent(storage, personId, consent);
    const deciding = { ...consent, verifiedClaims: { address: true }, grantedAt: now + 2 };
    await withdrawVerifiedClaim(storage, personId, clientId, "name", now + 1);
    await rememberConsent(storage, personId, deciding);
    expect((await findConsent(storage.read, personId, clientId))?.verifiedClaims).toEqual({ name: false, gender: false, address: true });
  });

  test("are remembered, replaced, listed with the latest first, and withdrawn with all that hangs on them", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await rememberConsent(storage, personId, consent);
    expect(await findConsent(storage.read, personId, clientId)).toEqual(consent);
    await rememberConsent(storage, personId, { ...consent, scope: ["openid"], claims: [], resources: {}, grantedAt: now + 1 });
    await rememberConsent(storage, personId, { ...consent, clientId: asIdentifier<ClientId>("c2"), grantedAt: now + 2 });
    expect((await listConsents(storage.read, personId)).map((entry) => [entry.clientId, entry.scope])).toEqual([["c2", ["openid", "offline_access"]], ["c1", ["openid"]]]);

    const placed = { expiresAt: now + 60, accountId: personId };
    await storage.artifacts.put("Grant", "c1", {}, { ...placed, clientId: "c1" });
    await storage.artifacts.put("Grant", "c2", {}, { ...placed, clientId: "c2" });
    await withdrawConsent(storage, personId, clientId, now + 3);
    expect(await findConsent(storage.read, personId, clientId)).toBeNull();
    expect([await storage.artifacts.find("Grant", "c1"), (await storage.artifacts.find("Grant", "c2"))?.version]).toEqual([null, 1]);
    await withdrawConsent(storage, personId, clientId, now + 4);
    expect((await receiptKinds(storage)).filter((kind) => kind.startsWith("consent"))).toEqual(["consent_given", "consent_given", "consent_given", "consent_withdrawn"]);
  });

  test("one verified claim is taken back, and what was not asked for stays so", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await withdrawVerifiedClaim(storage, personId, clientId, "name", now);
    await rememberConsent(storage, personId, consent);
    for (const name of ["name", "address", "constructor"]) await withdrawVerifiedClaim(storage, personId, clientId, name, now + 1);
    expect((await findConsent(storage.read, personId, clientId))?.verifiedClaims).toEqual({ name: false, gender: false });
    expect((await receiptKinds(storage)).filter((kind) => kind.startsWith("consent"))).toEqual(["consent_given", "consent_reduced"]);
  });

  test("of somebody else is not found", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await rememberConsent(storage, personId, consent);
    expect(await findConsent(storage.read, somebodyElse, clientId)).toBeNull();
    expect(await listConsents(storage.read, somebodyElse)).toEqual([]);
  });
});
