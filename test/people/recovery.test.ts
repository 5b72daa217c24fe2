import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { asIdentifier, newIdentifier, type ClientId, type PasskeyId, type Subject } from "../../src/identifiers.ts";
import { bindPasskey, holdPerson, recoverPerson, rememberConsent } from "../../src/people/index.ts";
import { firstBrokenReceipt, type Storage, toDate } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addPasskey, bind, binding, type Bound, certificate, keeping, newPasskey, now, person, receiptKinds } from "./people-fixture.ts";

const at = now + 100;

async function somebody(): Promise<{ storage: Storage; bound: Bound; earlier: PasskeyId[] }> {
  const storage = await freshStorage();
  const bound = await bind(storage, certificate("1"));
  const earlier = [await addPasskey(storage, bound), await addPasskey(storage, bound), await addPasskey(storage, bound, "pending")];
  return { storage, bound, earlier };
}

const recover = (storage: Storage, { personId, evidenceId }: Bound, keep: readonly PasskeyId[] = [], bindNew = () => newPasskey()): Promise<PasskeyId> =>
  storage.transaction((transaction) =>
    recoverPerson(transaction, { personId, at, policy: keeping(storage).policy, keep }, () => bindPasskey(transaction, personId, bindNew(), binding(evidenceId), "active")),
  );

describe("a recovery", () => {
  test.each([["none is kept", 0], ["one is kept", 1]] as const)("%s: all other passkeys end, the new one is active", async (_name, kept) => {
    const { storage, bound, earlier } = await somebody();
    const id = await recover(storage, bound, earlier.slice(0, kept));
    const found = await person(storage, bound.personId);
    expect(found).toMatchObject({ recoveredAt: at, sessionsEndedAt: at, grantsEndedAt: at });
    const expected = new Map([...earlier.map((each, index) => [each, index < kept ? "active" : "revoked"] as const), [id, "active"] as const]);
    expect(new Map(found.passkeys.map(({ id: each, state }) => [each, state]))).toEqual(expected);
    expect(await receiptKinds(storage)).toContain("person_recovered");
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  test("ends every artifact of the person and nobody else's", async () => {
    const { storage, bound } = await somebody();
    const other = await bind(storage, certificate("2"));
    for (const { personId } of [bound, other]) {
      for (const model of ["Session", "AccountSession", "Grant", "RefreshToken"]) await storage.artifacts.put(model, `${model} ${personId}`, {}, { expiresAt: at + 100, accountId: personId });
    }
    await recover(storage, bound);
    for (const model of ["Session", "AccountSession", "Grant", "RefreshToken"]) {
      expect(await storage.artifacts.find(model, `${model} ${bound.personId}`)).toBeNull();
      expect(await storage.artifacts.find(model, `${model} ${other.personId}`)).not.toBeNull();
    }
  });

  test("lifts a hold, and relying parties hear all of it in one transaction", async () => {
    const { storage, bound } = await somebody();
    const clientId = asIdentifier<ClientId>("shop");
    await storage.transaction(({ data }) => data.pairwiseSubject.create({ data: { personId: bound.personId, sector: "shop.example", subject: newIdentifier<Subject>(), createdAt: toDate(now) } }));
    await rememberConsent(storage, bound.personId, { clientId, scope: ["openid"], claims: [], resources: {}, verifiedClaims: {}, grantedAt: now });
    await holdPerson(storage, { personId: bound.personId, at: now, by: "person", liftedBy: "signature", policy: keeping(storage).policy });
    const before = await storage.read.announcement.count();
    await recover(storage, bound);
    expect(await person(storage, bound.personId)).toMatchObject({ state: "active" });
    const told = (await storage.read.announcement.findMany({ orderBy: { sequence: "asc" } })).slice(before).map(({ event }) => (JSON.parse(event) as { event: { kind: string; change?: string; reason: string } }).event);
    expect(told.map(({ kind, change }) => [kind, change].filter(Boolean).join(" "))).toEqual([
      "account_enabled", "recovery_activated", "credential_changed revoke", "credential_changed revoke", "credential_changed create", "assurance_level_changed", "sessions_ended",
    ]);
    expect(new Set(told.map(({ reason }) => reason))).toEqual(new Set(["recovered"]));
  });

  test("whose new passkey cannot be bound changes nothing", async () => {
    const { storage, bound } = await somebody();
    const before = await person(storage, bound.personId);
    const fails = (): never => {
      throw new Refusal("passkey_already_registered", "taken");
    };
    await expect(recover(storage, bound, [], fails)).rejects.toMatchObject({ code: "passkey_already_registered" });
    expect(await person(storage, bound.personId)).toEqual(before);
  });
});
