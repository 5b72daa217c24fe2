import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { asIdentifier, newIdentifier, type PersonId } from "../../src/identifiers.ts";
import { announce, changePerson, differences, type LifecycleEvent, type PersonRecord } from "../../src/people/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addPasskey, bind, certificate, keeping, now, person } from "./people-fixture.ts";

const evidence: PersonRecord["evidence"][number] = {
  id: asIdentifier("e1"), kind: "jpki_user_authentication", medium: "smartphone", policy: "1.2", issuer: "CN=JPKI", verifiedAt: now, expiresAt: now + 86_400,
  status: { status: "good", source: "ocsp", thisUpdate: now, checkedAt: now }, continuity: null, supersededBy: null, ended: null, statusAnswerSha256: null, sealedCertificate: new Uint8Array(),
};
const attributes: typeof evidence = { ...evidence, id: asIdentifier("e9"), kind: "jpki_signature" };
const passkey: PersonRecord["passkeys"][number] = {
  id: asIdentifier("k1"), personId: asIdentifier("p"), state: "active", credentialId: "c1", publicKey: new Uint8Array(), signCount: 0, transports: [], name: "", createdAt: now, lastUsedAt: null,
  authenticator: { backupEligible: true, backedUp: true, attestation: "none", aaguid: "a" },
  binding: { boundAt: now, boundBy: "e1", boundByKind: "jpki_user_authentication", ial: 3, aal: 3, device: "same" },
};
const somebody: PersonRecord = {
  id: asIdentifier("p"), state: "active", userHandle: new Uint8Array(), createdAt: now, recoveredAt: null, sessionsEndedAt: null, grantsEndedAt: null, evidence: [evidence, attributes], passkeys: [passkey],
};
const held = { ...somebody, state: "held", heldAt: now, heldBy: "person", liftedBy: "signature" } as const;
const erased = { ...somebody, state: "erased", erasedAt: now, evidence: [], passkeys: [], sessionsEndedAt: now, grantsEndedAt: now } as const;
const withStatus = (status: typeof evidence.status.status): PersonRecord => ({ ...somebody, evidence: [{ ...evidence, status: { ...evidence.status, status } }, attributes] });
const withPasskey = (state: typeof passkey.state): PersonRecord => ({ ...somebody, passkeys: [{ ...passkey, state }] });
const withTransports = (...transports: string[]): PersonRecord => ({ ...somebody, passkeys: [{ ...passkey, transports }] });
const second: typeof evidence = { ...evidence, id: asIdentifier("e2"), verifiedAt: now + 1 };

const ended = "sessions_ended";
const rows: readonly { readonly name: string; readonly before: PersonRecord; readonly after: PersonRecord; readonly hears: readonly string[] }[] = [
  { name: "nothing differs", before: somebody, after: somebody, hears: [] },
  { name: "put on hold", before: somebody, after: { ...held, sessionsEndedAt: now }, hears: ["account_disabled", "ial 3 1", ended] },
  { name: "released", before: held, after: somebody, hears: ["account_enabled", "ial 1 3"] },
  { name: "erased", before: somebody, after: erased, hears: ["account_purged", "passkey delete", "certificate delete", "claims verified_claims", "ial 3 1", ended] },
  { name: "certificate revoked", before: somebody, after: { ...withStatus("revoked"), sessionsEndedAt: now }, hears: ["certificate revoke", "ial 3 1", ended] },
  { name: "certificate on hold", before: somebody, after: { ...withStatus("hold"), sessionsEndedAt: now }, hears: ["account_disabled", "certificate update", "ial 3 1", ended] },
  { name: "certificate good again", before: withStatus("hold"), after: somebody, hears: ["account_enabled", "certificate update", "ial 1 3"] },
  { name: "a hold became a revocation: sign-in is open again, at the lowest level", before: withStatus("hold"), after: withStatus("revoked"), hears: ["account_enabled", "certificate revoke"] },
  { name: "status unknown", before: somebody, after: withStatus("unknown"), hears: ["ial 3 1"] },
  { name: "signature certificate revoked", before: somebody, after: { ...somebody, evidence: [evidence, { ...attributes, status: { ...attributes.status, status: "revoked" } }] }, hears: ["claims verified_claims"] },
  { name: "certificate superseded by a new one", before: somebody, after: { ...somebody, evidence: [{ ...evidence, supersededBy: second.id }, second, attributes] }, hears: ["certificate revoke", "certificate create"] },
  { name: "revoked, then another", before: withStatus("revoked"), after: { ...somebody, evidence: [...withStatus("revoked").evidence, second] }, hears: ["certificate create", "ial 1 3"] },
  { name: "passkey pending", before: { ...somebody, passkeys: [] }, after: withPasskey("pending"), hears: [] },
  { name: "passkey pending became active", before: withPasskey("pending"), after: somebody, hears: ["passkey create"] },
  { name: "passkey pending was abandoned", before: withPasskey("pending"), after: { ...somebody, passkeys: [] }, hears: [] },
  { name: "passkey added", before: { ...somebody, passkeys: [] }, after: somebody, hears: ["passkey create"] },
  { name: "passkey of this device added", before: { ...somebody, passkeys: [] }, after: withTransports("internal", "usb"), hears: ["passkey create"] },
  { name: "passkey of a phone added", before: { ...somebody, passkeys: [] }, after: withTransports("hybrid"), hears: ["passkey create"] },
  { name: "security key added", before: { ...somebody, passkeys: [] }, after: withTransports("usb", "nfc"), hears: ["roaming passkey create"] },
  { name: "security key gone", before: withTransports("usb"), after: { ...somebody, passkeys: [] }, hears: ["roaming passkey delete"] },
  { name: "passkey suspended", before: somebody, after: withPasskey("suspended"), hears: ["passkey update"] },
  { name: "passkey restored", before: withPasskey("suspended"), after: somebody, hears: ["passkey update"] },
  { name: "passkey removed", before: somebody, after: { ...withPasskey("revoked"), sessionsEndedAt: now }, hears: ["passkey revoke", ended] },
  { name: "recovered", before: somebody, after: { ...somebody, recoveredAt: now, sessionsEndedAt: now, passkeys: [{ ...passkey, state: "revoked" }, { ...passkey, id: asIdentifier("k2") }] }, hears: ["recovery_activated", "passkey revoke", "passkey create", ended] },
];

const short = (event: LifecycleEvent): string => {
  switch (event.kind) {
    case "credential_changed": return `${event.roaming === true ? "roaming " : ""}${event.credential} ${event.change}`;
    case "assurance_level_changed": return `${event.of} ${event.from} ${event.to}`;
    case "token_claims_changed": return `claims ${event.claims.join(" ")}`;
    default: return event.kind;
  }
};

describe("what relying parties hear of a change", () => {
  test.each(rows)("$name", ({ before, after, hears }) => {
    const events = differences(before, after, "held", now, defaultPolicy);
    expect(events.map(short)).toEqual(hears);
    expect(events.every(({ reason }) => reason === "held")).toBe(true);
  });
});

describe("what relying parties hear of somebody who did not come for long", () => {
  const later = now + 30 * 86_400;
  const living = { ...evidence, expiresAt: now + 400 * 86_400 };
  const dormant: PersonRecord = { ...somebody, evidence: [living] };
  const revoked: PersonRecord = { ...somebody, evidence: [{ ...living, status: { ...living.status, status: "revoked", thisUpdate: later, checkedAt: later } }] };
  const asked: PersonRecord = { ...somebody, evidence: [{ ...living, status: { ...living.status, thisUpdate: later, checkedAt: later } }] };
  const expired: PersonRecord = { ...somebody, evidence: [{ ...living, expiresAt: later - 1 }] };
  const dormantRows: readonly { readonly name: string; readonly before: PersonRecord; readonly after: PersonRecord; readonly hears: readonly string[] }[] = [
    { name: "their certificate was revoked: the level they were told last is lost", before: dormant, after: revoked, hears: ["certificate revoke", "ial 3 1"] },
    { name: "their status was asked for again and is as it was", before: dormant, after: asked, hears: [] },
    { name: "something else changed, and no status was asked for", before: dormant, after: { ...dormant, passkeys: [] }, hears: ["passkey delete"] },
    { name: "put on hold", before: dormant, after: { ...dormant, state: "held", heldAt: later, heldBy: "person", liftedBy: "signature" }, hears: ["account_disabled", "ial 3 1"] },
    { name: "revoked after its end, which lost the level before", before: expired, after: { ...somebody, evidence: [{ ...living, expiresAt: later - 1, status: { ...living.status, status: "revoked" } }] }, hears: ["certificate revoke"] },
  ];
  test.each(dormantRows)("$name", ({ before, after, hears }) => expect(differences(before, after, "held", later, defaultPolicy).map(short)).toEqual(hears));
});

describe("announcing", () => {
  const consent = (personId: PersonId, clientId: string) => ({ personId, clientId, scope: "openid", claims: "[]", resources: "{}", grantedAt: new Date(now * 1000) });
  const connected = async () => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await storage.transaction(async ({ data }) => {
      for (const client of ["one", "two"]) await data.consent.create({ data: consent(bound.personId, client) });
      await data.pairwiseSubject.create({ data: { personId: bound.personId, sector: "one.example", subject: newIdentifier(), createdAt: new Date(now * 1000) } });
    });
    return { storage, bound };
  };

  test("a change is announced with it, to whom the person is connected with", async () => {
    const { storage, bound } = await connected();
    const id = await addPasskey(storage, bound);
    const change = { personId: bound.personId, at: now, initiator: "user", reason: "passkey_removed", policy: keeping(storage).policy } as const;
    await storage.transaction((transaction) => changePerson(transaction, change, () => transaction.data.passkey.update({ where: { id }, data: { state: "revoked" } })));
    const [announced, ...more] = await storage.read.announcement.findMany();
    expect(more).toEqual([]);
    expect(JSON.parse(announced?.event ?? "")).toEqual({ initiator: "user", event: { kind: "credential_changed", credential: "passkey", change: "revoke", reason: "passkey_removed" } });
    expect(JSON.parse(announced?.audience ?? "")).toEqual({ clients: ["one", "two"], subjects: { "one.example": expect.any(String) } });
  });

  test("what is undone was not announced", async () => {
    const { storage, bound } = await connected();
    const change = { personId: bound.personId, at: now, initiator: "user", reason: "held", policy: keeping(storage).policy } as const;
    const failed = storage.transaction(async (transaction) => {
      await changePerson(transaction, change, () => transaction.data.person.update({ where: { id: bound.personId }, data: { state: "held" } }));
      throw new Error("undone");
    });
    await expect(failed).rejects.toThrow("undone");
    expect(await storage.read.announcement.count()).toBe(0);
    expect((await person(storage, bound.personId)).state).toBe("active");
  });

  test.each([{ name: "one of two", onlyClient: "two", clients: ["two"] }, { name: "somebody who is not connected", onlyClient: "three", clients: null }])("to $name alone", async ({ onlyClient, clients }) => {
    const { storage, bound } = await connected();
    await storage.transaction((transaction) => announce(transaction, { personId: bound.personId, at: now, initiator: "user", events: [{ kind: "sessions_ended", reason: "disconnected" }], onlyClient: asIdentifier(onlyClient) }));
    const rows = await storage.read.announcement.findMany();
    expect(rows.map(({ audience }) => (JSON.parse(audience) as { clients: string[] }).clients)).toEqual(clients === null ? [] : [clients]);
  });
});
