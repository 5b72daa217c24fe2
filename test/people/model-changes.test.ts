import { expect, test } from "vitest";
import { tellModelChanges } from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, binding, type Bound, certificate, keeping, newPasskey, now } from "./people-fixture.ts";
import { bindPasskey } from "../../src/people/index.ts";

const model = "ee882879-721c-4913-9775-3dfcce97072a";
const compromised = { compromised: [model], statusOf: (aaguid: string) => (aaguid === model ? "bad" as const : "good" as const) };
const mended = { compromised: [], statusOf: () => "good" as const };

async function somebody(storage: Storage, serial: string, aaguids: readonly string[]): Promise<Bound> {
  const bound = await bind(storage, certificate(serial));
  await storage.transaction(async (transaction) => {
    for (const aaguid of aaguids) await bindPasskey(transaction, bound.personId, { ...newPasskey(), aaguid, backupEligible: false, backedUp: false, attestation: "verified" }, binding(bound.evidenceId), "active");
    await transaction.data.consent.create({ data: { personId: bound.personId, clientId: "c", scope: "openid", claims: "[]", resources: "{}", grantedAt: new Date(now * 1000) } });
    await transaction.data.announcement.deleteMany();
  });
  return bound;
}
const heard = async (storage: Storage): Promise<string[]> =>
  (await storage.read.announcement.findMany({ orderBy: { sequence: "asc" } })).map(({ event }) => {
    const { event: told } = JSON.parse(event) as { event: { kind: string; from?: number; to?: number; reason: string } };
    return told.from === undefined ? `${told.kind} ${told.reason}` : `${told.kind} ${told.from} ${told.to}`;
  });

test("a model called compromised: told of each passkey once, with the level that is left; and again once it is trusted", async () => {
  const storage = await freshStorage();
  const { policy } = keeping(storage);
  await somebody(storage, "1", [model]);
  for (let round = 0; round < 3; round += 1) await tellModelChanges(storage, policy, compromised, now);
  const fell = ["credential_changed authenticator_compromised", "assurance_level_changed 3 2"];
  expect(await heard(storage)).toEqual(fell);
  for (let round = 0; round < 3; round += 1) await tellModelChanges(storage, policy, mended, now + 1);
  expect(await heard(storage)).toEqual([...fell, "credential_changed authenticator_trusted_again", "assurance_level_changed 2 3"]);
});

test("who has another passkey of a good model keeps the level", async () => {
  const storage = await freshStorage();
  await somebody(storage, "1", [model, "another-model"]);
  expect(await tellModelChanges(storage, keeping(storage).policy, compromised, now)).toBe(1);
  expect(await heard(storage)).toEqual(["credential_changed authenticator_compromised"]);
});

test("of other models, and of passkeys that were removed, nothing is told", async () => {
  const storage = await freshStorage();
  const { personId } = await somebody(storage, "1", [model]);
  await somebody(storage, "2", ["another-model"]);
  await storage.transaction(({ data }) => data.passkey.updateMany({ where: { personId }, data: { state: "revoked" } }));
  expect(await tellModelChanges(storage, keeping(storage).policy, compromised, now)).toBe(0);
});

test("250 people, two processes at once: each person once", async () => {
  const storage = await freshStorage();
  for (let index = 0; index < 250; index += 1) await somebody(storage, String(index), [model]);
  const told = await Promise.all([1, 2].map(() => tellModelChanges(storage, keeping(storage).policy, compromised, now)));
  expect(told.reduce((sum, each) => sum + each, 0)).toBe(250);
});
