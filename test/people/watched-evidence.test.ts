import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import { type AnsweredStatus, certificatesOfEvidence, recordFoundStatus } from "../../src/people/index.ts";
import { type Storage, verifyReceipts } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addPasskey, bind, type Bound, certificate, goodStatus, keeping, now, person, receiptKinds } from "./people-fixture.ts";

/** What a CRL says of people whom nobody has asked about. */

const found = (status: AnsweredStatus["status"], thisUpdate = now): AnsweredStatus => ({ status, source: "crl", thisUpdate, checkedAt: now + 120, answer: null });

const record = async (storage: Storage, evidence: readonly Bound[], status: AnsweredStatus): Promise<string[]> => {
  const changes = await recordFoundStatus(storage, keeping(storage).policy, evidence, status);
  return evidence.map(({ evidenceId }) => changes.get(evidenceId) ?? "unchanged");
};

const rows: readonly (readonly [name: string, found: AnsweredStatus, change: string, onRecord: string])[] = [
  ["revoked by a newer CRL", found("revoked", now + 60), "fell", "revoked by crl"],
  ["revoked by a CRL older than the answer on record: a revocation does not age", found("revoked", now - 3600), "fell", "revoked by crl"],
  ["held by a newer CRL", found("hold", now + 60), "fell", "hold by crl"],
  ["held by a CRL of the same time", found("hold", now), "fell", "hold by crl"],
  ["held by a CRL older than the answer on record: it was lifted since", found("hold", now - 1), "unchanged", "good by ocsp"],
];

test.each(rows)("%s", async (_, status, change, onRecord) => {
  const storage = await freshStorage();
  const bound = await bind(storage, certificate("1"));
  await storage.artifacts.put("Session", "s", {}, { expiresAt: now + 3600, accountId: bound.personId });
  expect(await record(storage, [bound], status)).toEqual([change]);

  const fell = change === "fell";
  const { evidence, sessionsEndedAt } = await person(storage, bound.personId);
  expect(`${evidence[0]?.status.status} by ${evidence[0]?.status.source}`).toBe(onRecord);
  expect(sessionsEndedAt).toBe(fell ? now + 120 : null);
  expect(await storage.artifacts.find("Session", "s")).toEqual(fell ? null : expect.anything());
  expect((await receiptKinds(storage)).includes("evidence_status_changed")).toBe(fell);
});

describe("evidence that is gone", () => {
  const gone = { evidenceId: asIdentifier<never>("gone"), personId: asIdentifier<never>("gone") };
  test("has no certificate, and nothing is recorded of it", async () => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    const kinds = await receiptKinds(storage);
    expect([...(await certificatesOfEvidence(storage, [gone, bound])).keys()]).toEqual([bound.evidenceId]);
    for (const missing of [gone, { ...bound, evidenceId: gone.evidenceId }, { ...bound, personId: gone.personId }]) expect(await record(storage, [missing], found("revoked"))).toEqual(["unchanged"]);
    expect((await person(storage, bound.personId)).evidence[0]?.status).toEqual(goodStatus);
    expect(await receiptKinds(storage)).toEqual(kinds);
  });
});

test("the certificate comes out as it was sealed", async () => {
  const storage = await freshStorage();
  const bound = await bind(storage, certificate("1"));
  expect((await certificatesOfEvidence(storage, [bound])).get(bound.evidenceId)?.()).toEqual(utf8("certificate 1"));
});

describe("a CRL speaks of many", () => {
  const connect = (storage: Storage, people: readonly Bound[]): Promise<unknown> => storage.transaction(async ({ data }) => {
    for (const { personId } of people) {
      await data.consent.create({ data: { personId, clientId: "rp", scope: "openid", claims: "[]", resources: "{}", grantedAt: new Date() } });
      await data.pairwiseSubject.create({ data: { personId, sector: "rp.example", subject: `of ${personId}`, createdAt: new Date() } });
    }
  });
  /** What each would have seen alone: receipts, and what is announced, in their order. */
  async function seen(storage: Storage, { personId, evidenceId }: Bound) {
    const receipts = await storage.read.receipt.findMany({ where: { personId }, orderBy: { sequence: "asc" } });
    const told = await storage.read.announcement.findMany({ where: { personId }, orderBy: { sequence: "asc" } });
    const known = await person(storage, personId);
    return {
      receipts: receipts.flatMap(({ kind, detail }) => (kind === "evidence_status_changed" ? [detail.replaceAll(evidenceId, "E")] : [])),
      told: told.map(({ event, audience }) => `${event} to ${audience.replaceAll(personId, "P")}`),
      ended: known.sessionsEndedAt,
      status: known.evidence.map(({ status }) => status.status),
    };
  }

  test("together each has the same receipts and is told of the same, and nobody else is touched", async () => {
    const answer = utf8("crl 7");
    const outcomes = await Promise.all([[3], [1, 1, 1]].map(async (batches) => {
      const storage = await freshStorage();
      const people = await Promise.all(["1", "2", "3", "4"].map((serial) => bind(storage, certificate(serial, { answer: null }))));
      for (const each of people) await addPasskey(storage, each);
      await connect(storage, people);
      let from = 0;
      for (const size of batches) expect(await record(storage, people.slice(from, (from += size)), { ...found("revoked"), answer })).toEqual(Array.from({ length: size }, () => "fell"));
      expect(await storage.read.statusAnswer.count()).toBe(1);
      expect((await verifyReceipts(storage.read)).fault).toBeNull();
      return Promise.all(people.map((each) => seen(storage, each)));
    }));
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(outcomes[0]?.map(({ status, ended }) => [...status, ended === null])).toEqual([["revoked", false], ["revoked", false], ["revoked", false], ["good", true]]);
    expect(outcomes[0]?.map(({ told }) => told.length)).toEqual([3, 3, 3, 0]);
  });

  test("one of them was on record as revoked, one was confirmed: the others fall", async () => {
    const storage = await freshStorage();
    const people = await Promise.all(["1", "2", "3"].map((serial) => bind(storage, certificate(serial))));
    const [first, second] = people;
    await record(storage, first === undefined ? [] : [first], found("revoked"));
    await record(storage, second === undefined ? [] : [second], found("hold", now + 1));
    expect(await record(storage, people, { ...found("hold", now + 2), checkedAt: now + 121 })).toEqual(["unchanged", "refreshed", "fell"]);
  });

  test("where one cannot be recorded none is, for the caller to try each alone", async () => {
    const storage = await freshStorage();
    const people = await Promise.all(["1", "2"].map((serial) => bind(storage, certificate(serial))));
    await storage.transaction(({ data }) => data.passkey.deleteMany({}));
    await addPasskey(storage, people[1] ?? { personId: asIdentifier("x"), evidenceId: asIdentifier("x") });
    await storage.transaction(({ data }) => data.passkey.updateMany({ data: { transports: "no JSON" } }));
    await expect(record(storage, people, found("revoked"))).rejects.toThrow();
    expect(await storage.read.evidence.count({ where: { status: "good" } })).toBe(2);
    expect(await record(storage, people.slice(0, 1), found("revoked"))).toEqual(["fell"]);
  });
});
