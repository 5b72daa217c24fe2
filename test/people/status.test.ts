import { describe, expect, test } from "vitest";
import type { StatusFacts } from "../../src/assurance/facts.ts";
import type { EvidenceId, PersonId } from "../../src/identifiers.ts";
import { currentEvidence, type PersonRecord, recordStatus, type StatusChange } from "../../src/people/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, certificate, goodStatus, keeping, now, person, receiptKinds, reference } from "./people-fixture.ts";

const status = (name: StatusFacts["status"], checkedAt = now + 60): StatusFacts => ({ status: name, source: "ocsp", thisUpdate: checkedAt, checkedAt });
const later = { expiresAt: now + 3600 };

/** A person with a session, a grant with a token, and a stranger's session. */
async function signedIn(storage: Storage): Promise<{ record: PersonRecord; evidenceId: EvidenceId; left(): Promise<string[]> }> {
  const { personId, evidenceId } = await bind(storage, certificate("1"));
  const { artifacts } = storage;
  const own = { ...later, accountId: personId };
  await artifacts.put("Session", "mine", {}, own);
  await artifacts.put("AccountSession", "mine", {}, own);
  for (const model of ["Grant", "AuthorizationCode", "AccessToken", "RefreshToken"]) await artifacts.put(model, "mine", {}, { ...own, grantId: "g", clientId: "c" });
  await artifacts.put("Session", "stranger", {}, { ...later, accountId: "stranger" });
  const all = [["Session", "mine"], ["AccountSession", "mine"], ["Grant", "mine"], ["AuthorizationCode", "mine"], ["AccessToken", "mine"], ["RefreshToken", "mine"], ["Session", "stranger"]] as const;
  const left = async (): Promise<string[]> => {
    const found = await Promise.all(all.map(async ([model, id]) => ((await artifacts.find(model, id)) === null ? null : `${model} ${id}`)));
    return found.filter((entry) => entry !== null);
  };
  return { record: await person(storage, personId), evidenceId, left };
}

const record = (storage: Storage, whose: PersonRecord, evidenceId: EvidenceId, next: StatusFacts): Promise<StatusChange> =>
  storage.transaction((transaction) => recordStatus(transaction, keeping(storage), whose, evidenceId, { ...next, answer: null }));

const statusOf = async (storage: Storage, id: PersonId): Promise<StatusFacts | undefined> => (await person(storage, id)).evidence[0]?.status;

describe("a new answer about a certificate", () => {
  const falls: StatusFacts["status"][] = ["revoked", "hold"];
  test.each(falls)("%s ends every session, grant and token of the person, and nobody else's", async (name) => {
    const storage = await freshStorage();
    const { record: whose, evidenceId, left } = await signedIn(storage);
    expect(await left()).toHaveLength(7);
    expect(await record(storage, whose, evidenceId, status(name))).toBe("fell");
    expect(await left()).toEqual(["Session stranger"]);
    expect(await statusOf(storage, whose.id)).toEqual(status(name));
    expect((await receiptKinds(storage)).at(-1)).toBe("evidence_status_changed");
  });

  test("good again refreshes the time alone", async () => {
    const storage = await freshStorage();
    const { record: whose, evidenceId, left } = await signedIn(storage);
    const before = await receiptKinds(storage);
    expect(await record(storage, whose, evidenceId, status("good"))).toBe("refreshed");
    expect(await statusOf(storage, whose.id)).toEqual(status("good"));
    expect([await left(), await receiptKinds(storage)]).toEqual([expect.objectContaining({ length: 7 }), before]);
  });

  test("of an evidence the person does not have changes nothing", async () => {
    const storage = await freshStorage();
    const { record: whose, left } = await signedIn(storage);
    const other = await bind(storage, certificate("2"));
    expect(await record(storage, whose, other.evidenceId, status("revoked"))).toBe("unchanged");
    expect(await statusOf(storage, other.personId)).toEqual(goodStatus);
    expect(await left()).toHaveLength(7);
  });

  test("a hold is lifted by a good answer", async () => {
    const storage = await freshStorage();
    const { record: whose, evidenceId } = await signedIn(storage);
    await record(storage, whose, evidenceId, status("hold"));
    expect(await record(storage, await person(storage, whose.id), evidenceId, status("good", now + 120))).toBe("refreshed");
    expect(await statusOf(storage, whose.id)).toEqual(status("good", now + 120));
    expect((await receiptKinds(storage)).filter((kind) => kind === "evidence_status_changed")).toHaveLength(2);
  });

  const held = now + 60;
  const afterHold: readonly (readonly [name: string, next: StatusFacts, change: StatusChange])[] = [
    ["good, by a word from before the hold", { ...status("good", now + 3600), thisUpdate: held - 1 }, "unchanged"],
    ["good, by a word of the same time", { ...status("good", now + 3600), thisUpdate: held }, "refreshed"],
    ["good, by a later word", status("good", now + 3600), "refreshed"],
    ["hold, by a word from before", { ...status("hold", now + 3600), thisUpdate: held - 1 }, "unchanged"],
    ["unknown, by a later word", status("unknown", now + 3600), "unchanged"],
    ["revoked, by a word from before", { ...status("revoked", now + 3600), thisUpdate: held - 1 }, "fell"],
  ];
  test.each(afterHold)("after a hold: %s", async (_name, next, change) => {
    const storage = await freshStorage();
    const { record: whose, evidenceId } = await signedIn(storage);
    await record(storage, whose, evidenceId, status("hold", held));
    expect(await record(storage, await person(storage, whose.id), evidenceId, next)).toBe(change);
    expect(await statusOf(storage, whose.id)).toEqual(change === "unchanged" ? status("hold", held) : next);
  });

  test("unknown to its issuer is on record with a receipt, and ends nothing: it says nothing against the certificate", async () => {
    const storage = await freshStorage();
    const { record: whose, evidenceId, left } = await signedIn(storage);
    expect(await record(storage, whose, evidenceId, status("unknown"))).toBe("refreshed");
    expect(await statusOf(storage, whose.id)).toEqual(status("unknown"));
    expect([await left(), (await receiptKinds(storage)).at(-1)]).toEqual([expect.objectContaining({ length: 7 }), "evidence_status_changed"]);
  });

  test("revoked is for ever: no later answer lifts it", async () => {
    const storage = await freshStorage();
    const { record: whose, evidenceId } = await signedIn(storage);
    await record(storage, whose, evidenceId, status("revoked"));
    for (const name of ["good", "hold", "unknown"] as const) {
      expect(await record(storage, await person(storage, whose.id), evidenceId, status(name, now + 120))).toBe("unchanged");
      expect(await statusOf(storage, whose.id)).toEqual(status("revoked"));
    }
  });

  test("a good answer that was under way when the revocation came does not cover it", async () => {
    const storage = await freshStorage();
    const { record: asItWas, evidenceId } = await signedIn(storage);
    await record(storage, asItWas, evidenceId, status("revoked", now + 60));
    expect(await record(storage, asItWas, evidenceId, status("good", now + 59))).toBe("unchanged");
    expect(await statusOf(storage, asItWas.id)).toEqual(status("revoked", now + 60));
  });

  test("an older answer never covers a newer one", async () => {
    const storage = await freshStorage();
    const { record: asItWas, evidenceId } = await signedIn(storage);
    await record(storage, asItWas, evidenceId, status("hold", now + 60));
    expect(await record(storage, asItWas, evidenceId, status("good", now + 59))).toBe("unchanged");
    expect(await statusOf(storage, asItWas.id)).toEqual(status("hold", now + 60));
  });

  test("one revocation seen by ten requests at once is one fall with one receipt", async () => {
    const storage = await freshStorage();
    const { record: whose, evidenceId } = await signedIn(storage);
    const changes = await Promise.all(Array.from({ length: 10 }, () => record(storage, whose, evidenceId, status("revoked"))));
    expect(changes.filter((change) => change === "fell")).toHaveLength(1);
    expect((await receiptKinds(storage)).filter((kind) => kind === "evidence_status_changed")).toHaveLength(1);
  });

  test.each([["before", -1], ["after", 1]])("enrolling again by a good word from %s the hold on record", async (_name, by) => {
    const storage = await freshStorage();
    const { record: whose, evidenceId } = await signedIn(storage);
    await record(storage, whose, evidenceId, status("hold", now + 60));
    const again = bind(storage, certificate("1", { verifiedAt: now + 120, status: { ...status("good", now + 120), thisUpdate: now + 60 + by } }));
    if (by < 0) await expect(again).rejects.toMatchObject({ code: "certificate_on_hold" });
    else expect(await again).toMatchObject({ evidenceId });
    expect((await statusOf(storage, whose.id))?.status).toBe(by < 0 ? "hold" : "good");
  });

  test("enrolling again does not lift a revocation on record", async () => {
    const storage = await freshStorage();
    const { record: whose, evidenceId } = await signedIn(storage);
    await record(storage, whose, evidenceId, status("revoked"));
    await expect(bind(storage, certificate("1", { verifiedAt: now + 120, status: status("good", now + 120) }))).rejects.toMatchObject({ code: "certificate_revoked" });
    expect(await statusOf(storage, whose.id)).toEqual(status("revoked"));
  });
});

describe("which certificate speaks for the person", () => {
  test("a living one before a dead one, whichever was shown last", async () => {
    const storage = await freshStorage();
    const first = await bind(storage, certificate("1"));
    const second = await bind(storage, certificate("2", { predecessor: reference("1"), verifiedAt: now + 60 }));
    await storage.transaction(({ data }) => data.evidence.updateMany({ data: { supersededById: null } }));
    await record(storage, await person(storage, first.personId), second.evidenceId, status("revoked"));
    expect(currentEvidence(await person(storage, first.personId))?.id).toBe(first.evidenceId);
  });

  test("of two living ones the one verified last", async () => {
    const storage = await freshStorage();
    const first = await bind(storage, certificate("1"));
    const second = await bind(storage, certificate("2", { predecessor: reference("1"), verifiedAt: now + 60 }));
    await storage.transaction(({ data }) => data.evidence.updateMany({ data: { supersededById: null } }));
    expect(currentEvidence(await person(storage, first.personId))?.id).toBe(second.evidenceId);
  });

  test("nobody's, when there is none", () => {
    expect(currentEvidence({ evidence: [] } as unknown as PersonRecord)).toBeNull();
  });
});
