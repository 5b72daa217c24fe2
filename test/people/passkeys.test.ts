import { describe, expect, test } from "vitest";
import { asIdentifier, type PasskeyId } from "../../src/identifiers.ts";
import { activatePasskey, findByCredential, removeAbandonedPasskeys, removePasskey, removePendingPasskey, renamePasskey } from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addPasskey, bind, type Bound, certificate, keeping, now, person, receiptKinds, somebodyElse } from "./people-fixture.ts";

async function somebody(): Promise<{ storage: Storage; bound: Bound }> {
  const storage = await freshStorage();
  return { storage, bound: await bind(storage, certificate("1")) };
}
const remove = async (storage: Storage, { personId }: Bound, id: PasskeyId): Promise<void> => {
  const whose = await person(storage, personId);
  await storage.transaction((transaction) => removePasskey(transaction, keeping(storage).policy, whose, id, now));
};
const activate = (storage: Storage, personId: Bound["personId"], id: PasskeyId): Promise<void> => storage.transaction((transaction) => activatePasskey(transaction, personId, id, now));
const rename = (storage: Storage, personId: Bound["personId"], id: PasskeyId, name: string): Promise<void> => storage.transaction((transaction) => renamePasskey(transaction, personId, id, name));
const states = async (storage: Storage, { personId }: Bound): Promise<string[]> => (await person(storage, personId)).passkeys.map(({ state }) => state);
const unknown = asIdentifier<PasskeyId>("unknown");

describe("binding a passkey", () => {
  test("keeps what was verified and how it was bound", async () => {
    const { storage, bound } = await somebody();
    const id = await addPasskey(storage, bound, "active", "credential-1");
    const found = await findByCredential(storage.read, "credential-1");
    expect(found?.person.id).toBe(bound.personId);
    expect(found?.passkey).toMatchObject({
      id, personId: bound.personId, state: "active", credentialId: "credential-1", signCount: 0, transports: ["internal"], createdAt: now, lastUsedAt: null,
      authenticator: { backupEligible: true, backedUp: true, attestation: "none" },
      binding: { boundAt: now, boundBy: bound.evidenceId, boundByKind: "jpki_user_authentication", ial: 3, aal: 3, device: "same" },
    });
    expect([...(found?.passkey.publicKey ?? [])]).toEqual([1, 2, 3]);
    expect((await receiptKinds(storage)).at(-1)).toBe("passkey_bound");
  });

  test("of nobody's credential nothing is found", async () => {
    const { storage } = await somebody();
    expect(await findByCredential(storage.read, "credential-1")).toBeNull();
  });

  const taken: [string, "active" | "pending", boolean][] = [
    ["the same person's", "active", true],
    ["the same person's pending one", "pending", true],
    ["another person's", "active", false],
  ];
  test.each(taken)("a credential id already taken is refused: %s", async (_name, state, same) => {
    const { storage, bound } = await somebody();
    await addPasskey(storage, bound, state, "credential-1");
    const next = same ? bound : await bind(storage, certificate("2"));
    await expect(addPasskey(storage, next, "active", "credential-1")).rejects.toMatchObject({ code: "passkey_already_registered" });
    expect((await findByCredential(storage.read, "credential-1"))?.person.id).toBe(bound.personId);
  });

  test("one credential bound ten times at once is bound once", async () => {
    const { storage, bound } = await somebody();
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => addPasskey(storage, bound, "active", "credential-1")));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results) if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "passkey_already_registered" });
  });
});

describe("activating a pending passkey", () => {
  test("happens once, of ten at a time too", async () => {
    const { storage, bound } = await somebody();
    const id = await addPasskey(storage, bound, "pending");
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => activate(storage, bound.personId, id)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await states(storage, bound)).toEqual(["active"]);
    await expect(activate(storage, bound.personId, id)).rejects.toMatchObject({ code: "passkey_not_active" });
    expect((await receiptKinds(storage)).filter((kind) => kind === "passkey_bound")).toHaveLength(1);
  });

  test("is refused for another person, an unknown one and a removed one", async () => {
    const { storage, bound } = await somebody();
    const id = await addPasskey(storage, bound, "pending");
    await expect(activate(storage, somebodyElse, id)).rejects.toMatchObject({ code: "passkey_not_active" });
    await expect(activate(storage, bound.personId, unknown)).rejects.toMatchObject({ code: "passkey_not_active" });
    await remove(storage, bound, id);
    await expect(activate(storage, bound.personId, id)).rejects.toMatchObject({ code: "passkey_not_active" });
  });
});

describe("a passkey that nobody confirmed", () => {
  const all = async (storage: Storage, { personId }: Bound): Promise<string[]> => (await person(storage, personId)).passkeys.map(({ credentialId, state }) => `${credentialId} ${state}`).sort();

  test("goes with its receipt; an active one, another's and an unknown one do not", async () => {
    const { storage, bound } = await somebody();
    const pending = await addPasskey(storage, bound, "pending", "waiting");
    const active = await addPasskey(storage, bound, "active", "used");
    const abandon = (personId: Bound["personId"], id: PasskeyId): Promise<void> => storage.transaction((transaction) => removePendingPasskey(transaction, personId, id, now));
    await abandon(somebodyElse, pending);
    await abandon(bound.personId, active);
    await abandon(bound.personId, unknown);
    expect([await all(storage, bound), (await receiptKinds(storage)).includes("passkey_abandoned")]).toEqual([["used active", "waiting pending"], false]);
    await abandon(bound.personId, pending);
    expect([await all(storage, bound), (await receiptKinds(storage)).at(-1)]).toEqual([["used active"], "passkey_abandoned"]);
    await expect(activate(storage, bound.personId, pending)).rejects.toMatchObject({ code: "passkey_not_active" });
  });

  test("is swept by its age, those of several people at once, and nothing else is", async () => {
    const { storage, bound } = await somebody();
    const other = await bind(storage, certificate("2"));
    for (const [whose, state, credentialId] of [[bound, "pending", "a"], [other, "pending", "b"], [bound, "active", "c"]] as const) await addPasskey(storage, whose, state, credentialId);
    expect(await removeAbandonedPasskeys(storage, now - 1, now + 299)).toBe(0);
    expect(await removeAbandonedPasskeys(storage, now, now + 300)).toBe(2);
    expect(await removeAbandonedPasskeys(storage, now, now + 300)).toBe(0);
    expect([await all(storage, bound), await all(storage, other)]).toEqual([["c active"], []]);
    expect((await receiptKinds(storage)).filter((kind) => kind === "passkey_abandoned")).toHaveLength(2);
  });
});

describe("removing a passkey", () => {
  test("the last active one stays, and a pending one does not count", async () => {
    const { storage, bound } = await somebody();
    const [first, second] = [await addPasskey(storage, bound), await addPasskey(storage, bound)];
    await addPasskey(storage, bound, "pending");
    await remove(storage, bound, first);
    await expect(remove(storage, bound, second)).rejects.toMatchObject({ code: "passkey_last_one" });
    expect(await states(storage, bound)).toEqual(expect.arrayContaining(["revoked", "active", "pending"]));
  });

  test("of two removed at the same time one stays", async () => {
    const { storage, bound } = await somebody();
    const [first, second] = [await addPasskey(storage, bound), await addPasskey(storage, bound)];
    const results = await Promise.allSettled([remove(storage, bound, first), remove(storage, bound, second)]);
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await states(storage, bound)).sort()).toEqual(["active", "revoked"]);
  });

  test("a pending one may go, also when there is no other", async () => {
    const { storage, bound } = await somebody();
    await remove(storage, bound, await addPasskey(storage, bound, "pending"));
    expect(await states(storage, bound)).toEqual(["revoked"]);
  });

  test("twice, of another person or unknown: not found, and the other's stays", async () => {
    const { storage, bound } = await somebody();
    const [first] = [await addPasskey(storage, bound), await addPasskey(storage, bound)];
    const other = await bind(storage, certificate("2"));
    await addPasskey(storage, other);
    await expect(remove(storage, other, first)).rejects.toMatchObject({ code: "not_found" });
    await remove(storage, bound, first);
    await expect(remove(storage, bound, first)).rejects.toMatchObject({ code: "not_found" });
    await expect(remove(storage, bound, unknown)).rejects.toMatchObject({ code: "not_found" });
    expect((await states(storage, bound)).sort()).toEqual(["active", "revoked"]);
  });

  test("a removed credential is not bound again", async () => {
    const { storage, bound } = await somebody();
    const id = await addPasskey(storage, bound, "active", "credential-1");
    await addPasskey(storage, bound);
    await remove(storage, bound, id);
    await expect(addPasskey(storage, bound, "active", "credential-1")).rejects.toMatchObject({ code: "passkey_already_registered" });
  });
});

describe("renaming a passkey", () => {
  test("is its person's, while it is not removed", async () => {
    const { storage, bound } = await somebody();
    const [first] = [await addPasskey(storage, bound), await addPasskey(storage, bound)];
    await rename(storage, bound.personId, first, "仕事の電話");
    expect((await person(storage, bound.personId)).passkeys.find(({ id }) => id === first)?.name).toBe("仕事の電話");
    await expect(rename(storage, somebodyElse, first, "mine")).rejects.toMatchObject({ code: "not_found" });
    await remove(storage, bound, first);
    await expect(rename(storage, bound.personId, first, "again")).rejects.toMatchObject({ code: "not_found" });
    await expect(rename(storage, bound.personId, unknown, "x")).rejects.toMatchObject({ code: "not_found" });
  });
});
