import { describe, expect, test } from "vitest";
import type { PersonId } from "../../src/identifiers.ts";
import { bindEvidence, certificateContext, currentEvidence, enrolling } from "../../src/people/index.ts";
import { firstBrokenReceipt, type Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, certificate, goodStatus, keeping, now, person, receiptKinds, reference, setState, somebodyElse } from "./people-fixture.ts";

describe("the person of a certificate", () => {
  test("is made the first time, with sealed evidence and two receipts", async () => {
    const storage = await freshStorage();
    const { personId, evidenceId } = await bind(storage, certificate("1"));
    const found = await person(storage, personId);
    expect(found).toMatchObject({ state: "active", createdAt: now, passkeys: [] });
    expect(found.userHandle).toHaveLength(32);
    expect(found.evidence).toMatchObject([{ id: evidenceId, medium: "smartphone", verifiedAt: now, expiresAt: now + 86_400, status: goodStatus, continuity: null, supersededBy: null }]);
    const sealed = found.evidence[0]?.sealedCertificate ?? new Uint8Array();
    expect(Buffer.from(storage.sealing.open(sealed, certificateContext(evidenceId))).toString()).toBe("certificate 1");
    expect(await receiptKinds(storage)).toEqual(["person_created", "evidence_verified"]);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  test("is the same the second time, and the evidence is confirmed", async () => {
    const storage = await freshStorage();
    const first = await bind(storage, certificate("1"));
    const later = { ...goodStatus, checkedAt: now + 60, source: "crl" } as const;
    expect(await bind(storage, certificate("1", { verifiedAt: now + 60, status: later }))).toEqual(first);
    expect((await person(storage, first.personId)).evidence).toMatchObject([{ verifiedAt: now + 60, status: later }]);
    expect(await receiptKinds(storage)).toEqual(["person_created", "evidence_verified", "evidence_confirmed"]);
  });

  test("20 enrolments of one certificate at once make one person with one evidence", async () => {
    const storage = await freshStorage();
    const bound = await Promise.all(Array.from({ length: 20 }, () => bind(storage, certificate("1"))));
    expect(new Set(bound.map(({ personId }) => personId)).size).toBe(1);
    expect(new Set(bound.map(({ evidenceId }) => evidenceId)).size).toBe(1);
    expect([await storage.read.person.count(), await storage.read.evidence.count()]).toEqual([1, 1]);
    expect((await receiptKinds(storage)).filter((kind) => kind === "person_created")).toHaveLength(1);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  const different: [string, [string, string], [string, string]][] = [
    ["another serial", ["1", "CN=JPKI"], ["2", "CN=JPKI"]],
    ["another issuer with the same serial", ["1", "CN=JPKI"], ["1", "CN=JPKI 2"]],
    ["issuer and serial that run together the same", ["12", "CN=A"], ["2", "CN=A1"]],
  ];
  test.each(different)("%s is another person", async (_name, [serial, issuer], [otherSerial, otherIssuer]) => {
    const storage = await freshStorage();
    const one = await bind(storage, certificate(serial, { issuer }));
    const other = await bind(storage, certificate(otherSerial, { issuer: otherIssuer }));
    expect(other.personId).not.toBe(one.personId);
  });

  test("users' handles differ", async () => {
    const storage = await freshStorage();
    const [one, other] = [await bind(storage, certificate("1")), await bind(storage, certificate("2"))];
    expect((await person(storage, one.personId)).userHandle).not.toEqual((await person(storage, other.personId)).userHandle);
  });
});

describe("continuity", () => {
  test("a certificate that replaces a known one belongs to the same person and supersedes it", async () => {
    const storage = await freshStorage();
    const old = await bind(storage, certificate("old"));
    const renewed = await bind(storage, certificate("new", { predecessor: reference("old") }));
    expect(renewed.personId).toBe(old.personId);
    const found = await person(storage, old.personId);
    expect(found.evidence.find(({ id }) => id === old.evidenceId)).toMatchObject({ supersededBy: renewed.evidenceId, continuity: null });
    expect(found.evidence.find(({ id }) => id === renewed.evidenceId)).toMatchObject({ supersededBy: null, continuity: "issuer_statement" });
    expect(currentEvidence(found)?.id).toBe(renewed.evidenceId);
  });

  test("over three generations the last one speaks for the person", async () => {
    const storage = await freshStorage();
    const first = await bind(storage, certificate("1"));
    await bind(storage, certificate("2", { predecessor: reference("1") }));
    const third = await bind(storage, certificate("3", { predecessor: reference("2") }));
    const found = await person(storage, first.personId);
    expect(found.evidence).toHaveLength(3);
    expect(currentEvidence(found)?.id).toBe(third.evidenceId);
  });

  test("the superseded certificate shown again is refused, and stays superseded where it is admitted", async () => {
    const storage = await freshStorage();
    const old = await bind(storage, certificate("old"));
    const renewed = await bind(storage, certificate("new", { predecessor: reference("old") }));
    const again = certificate("old", { verifiedAt: now + 60 });
    await expect(bind(storage, again)).rejects.toMatchObject({ code: "earlier_certificate_refused" });
    const admitted = await storage.transaction((transaction) => bindEvidence(transaction, keeping(storage), again, { ...enrolling, admits: ["superseded"] }));
    expect(admitted.evidenceId).toBe(old.evidenceId);
    expect(currentEvidence(await person(storage, old.personId))?.id).toBe(renewed.evidenceId);
  });

  const noLink: [string, Parameters<typeof certificate>[1]][] = [
    ["no predecessor", {}],
    ["an unknown predecessor", { predecessor: reference("never seen") }],
    ["the predecessor of another issuer", { predecessor: reference("old", "CN=JPKI 2") }],
    ["itself", { predecessor: reference("new") }],
  ];
  test.each(noLink)("named as replacing %s, a certificate is a new person's", async (_name, changes) => {
    const storage = await freshStorage();
    const old = await bind(storage, certificate("old"));
    const other = await bind(storage, certificate("new", changes));
    expect(other.personId).not.toBe(old.personId);
    expect((await person(storage, old.personId)).evidence).toMatchObject([{ supersededBy: null }]);
  });

  test("a known certificate stays with its person, whatever predecessor is named later", async () => {
    const storage = await freshStorage();
    const victim = await bind(storage, certificate("victim"));
    const own = await bind(storage, certificate("own"));
    expect(await bind(storage, certificate("own", { predecessor: reference("victim") }))).toEqual(own);
    expect((await person(storage, victim.personId)).evidence).toMatchObject([{ supersededBy: null }]);
  });
});

describe("refusals", () => {
  const rows: [string, string, (storage: Storage, personId: PersonId) => Promise<unknown>, Parameters<typeof certificate>, "same" | "other" | "none"][] = [
    ["a new certificate while somebody is signed in", "person_mismatch", async () => undefined, ["2"], "same"],
    ["the certificate of another than the one signed in", "person_mismatch", async () => undefined, ["1"], "other"],
    ["a person on hold", "person_on_hold", (storage, id) => setState(storage, id, "held"), ["1"], "none"],
    ["an erased person", "person_erased", (storage, id) => setState(storage, id, "erased"), ["1"], "none"],
    ["the renewed certificate of a person on hold", "person_on_hold", (storage, id) => setState(storage, id, "held"), ["2", { predecessor: reference("1") }], "none"],
    ["a person on hold, asked for by somebody else: no oracle", "person_mismatch", (storage, id) => setState(storage, id, "held"), ["1"], "other"],
  ];
  test.each(rows)("%s: %s", async (_name, code, prepare, args, expected) => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    await prepare(storage, personId);
    const before = await receiptKinds(storage);
    const whom = { same: personId, other: somebodyElse, none: null }[expected];
    await expect(bind(storage, certificate(...args), whom)).rejects.toMatchObject({ code });
    expect([await storage.read.person.count(), await storage.read.evidence.count()]).toEqual([1, 1]);
    expect(await receiptKinds(storage)).toEqual(before);
  });

  test("the person who is signed in is found by the same certificate and by its successor", async () => {
    const storage = await freshStorage();
    const { personId } = await bind(storage, certificate("1"));
    expect((await bind(storage, certificate("1"), personId)).personId).toBe(personId);
    expect((await bind(storage, certificate("2", { predecessor: reference("1") }), personId)).personId).toBe(personId);
  });
});
