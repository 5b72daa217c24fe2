import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import { type AnsweredStatus, certificateOfEvidence, recordFoundStatus } from "../../src/people/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, certificate, goodStatus, keeping, now, person, receiptKinds } from "./people-fixture.ts";

/** What a CRL says of people whom nobody has asked about. */

const found = (status: AnsweredStatus["status"], thisUpdate = now): AnsweredStatus => ({ status, source: "crl", thisUpdate, checkedAt: now + 120, answer: null });

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
  expect(await recordFoundStatus(storage, keeping(storage).policy, bound, status)).toBe(change);

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
    expect(await certificateOfEvidence(storage, gone)).toBeNull();
    expect(await recordFoundStatus(storage, keeping(storage).policy, gone, found("revoked"))).toBe("unchanged");
    expect(await recordFoundStatus(storage, keeping(storage).policy, { ...bound, evidenceId: gone.evidenceId }, found("revoked"))).toBe("unchanged");
    expect((await person(storage, bound.personId)).evidence[0]?.status).toEqual(goodStatus);
    expect(await receiptKinds(storage)).toEqual(kinds);
  });
});

test("the certificate comes out as it was sealed", async () => {
  const storage = await freshStorage();
  const bound = await bind(storage, certificate("1"));
  expect(await certificateOfEvidence(storage, bound)).toEqual(utf8("certificate 1"));
});
