import { expect, test } from "vitest";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { distrustPeople, erasePerson } from "../../src/people/index.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { announced, at, byOperator, policy } from "./lifecycle-fixture.ts";
import { now, person } from "./people-fixture.ts";

/** So many are changed in one transaction. */
const together = 200;
const count = 2 * together + 3;
const idOf = (index: number): PersonId => asIdentifier(`person ${String(index).padStart(4, "0")}`);
const everybody = Array.from({ length: count }, (_, index) => idOf(index));

/** Many people, written past enrolment: each with a certificate, a passkey and a service. */
async function many(): Promise<Storage> {
  const storage = await freshStorage();
  const then = toDate(now);
  const octets = (id: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(id));
  await storage.transaction(async ({ data }) => {
    await data.person.createMany({ data: everybody.map((id) => ({ id, userHandle: octets(id), createdAt: then })) });
    await data.evidence.createMany({ data: everybody.map((id) => ({
      id, personId: id, kind: "jpki_user_authentication", medium: "card", policy: "1.2", issuer: "CN=JPKI", certificateDigest: octets(id), sealedCertificate: octets(id),
      verifiedAt: then, expiresAt: toDate(at + 86_400), status: "good", statusSource: "ocsp", statusThisUpdate: then, statusCheckedAt: then,
    })) });
    await data.passkey.createMany({ data: everybody.map((id) => ({
      id, personId: id, credentialId: id, publicKey: octets(id), signCount: 0, transports: "[]", aaguid: "", backupEligible: true, backedUp: true, attestation: "none", name: "",
      state: "active", createdAt: then, boundByEvidenceId: id, boundAt: then, boundIal: 3, boundAal: 3, boundDevice: "same",
    })) });
    await data.consent.createMany({ data: everybody.map((personId) => ({ personId, clientId: "shop", scope: "openid", claims: "[]", resources: "{}", grantedAt: then })) });
    await data.pairwiseSubject.createMany({ data: everybody.map((personId) => ({ personId, sector: "shop.example", subject: `subject of ${personId}`, createdAt: then })) });
  });
  return storage;
}

const isDistrusted = async (storage: Storage, id: PersonId): Promise<boolean> => {
  const { sessionsEndedAt, grantsEndedAt, passkeys, evidence } = await person(storage, id);
  const consent = await storage.read.consent.findFirst({ where: { personId: id } });
  return sessionsEndedAt === at && grantsEndedAt === at && passkeys.every(({ state }) => state === "suspended") && consent?.scope === "" && evidence.every(({ status }) => status.checkedAt < at - policy.statusHard);
};

test("everybody is distrusted and told of, none twice, part by part; the erased stay as they are", async () => {
  const storage = await many();
  await erasePerson(storage, { ...byOperator, personId: idOf(7), at: now + 1, policy });
  const told = await announced(storage);
  const parts: number[] = [];
  expect(await distrustPeople(storage, { at, policy, mayLack: true }, (people) => parts.push(people))).toEqual({ people: count - 1, suspended: count - 1 });
  expect(parts).toEqual([together, 2 * together, count - 1]);
  for (const index of [0, 6, 8, together - 1, together, together + 1, 2 * together, 2 * together + 1, count - 1]) expect(await isDistrusted(storage, idOf(index))).toBe(true);
  expect(await storage.read.person.count({ where: { sessionsEndedAt: toDate(at) } })).toBe(count - 1);
  const after = (await announced(storage)).slice(told.length).filter(({ says }) => says === "sessions_ended restored");
  expect(new Set(after.map(({ audience }) => audience.subjects["shop.example"])).size).toBe(count - 1);
  expect(after).toHaveLength(count - 1);
});

test("others write between two parts, and what ended in one part alone is done by the next attempt", async () => {
  const storage = await many();
  let isOther: Promise<unknown> | null = null;
  const failing = (people: number): void => {
    if (people === together) isOther = storage.recordReceipt({ kind: "x", at, personId: null, detail: {} });
    if (people === 2 * together) throw new Error("killed");
  };
  await expect(distrustPeople(storage, { at, policy, mayLack: false }, failing)).rejects.toThrow("killed");
  await isOther;
  const written = await storage.read.receipt.count({ where: { kind: "x" } });
  expect([written, await storage.read.person.count({ where: { sessionsEndedAt: toDate(at) } })]).toEqual([1, 2 * together]);
  expect(await distrustPeople(storage, { at, policy, mayLack: false })).toEqual({ people: count, suspended: 0 });
  expect(await storage.read.person.count({ where: { sessionsEndedAt: toDate(at) } })).toBe(count);
});

test("where two hundred at once take too long, fewer are taken", async () => {
  const storage = await many();
  const most = 60;
  const slow: Storage = { ...storage, transaction: (work) => storage.transaction(async (transaction) => {
    const signedOut = (): Promise<number> => transaction.data.person.count({ where: { sessionsEndedAt: toDate(at) } });
    const before = await signedOut();
    const result = await work(transaction);
    if ((await signedOut()) - before > most) throw new Error("took too long");
    return result;
  }) };
  expect(await distrustPeople(slow, { at, policy, mayLack: true })).toEqual({ people: count, suspended: count });
  expect(await storage.read.person.count({ where: { sessionsEndedAt: toDate(at) } })).toBe(count);
  const broken: Storage = { ...storage, transaction: () => Promise.reject(new Error("no database")) };
  await expect(distrustPeople(broken, { at, policy, mayLack: true })).rejects.toThrow("no database");
});
