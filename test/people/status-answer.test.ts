import { describe, expect, test } from "vitest";
import type { StatusFacts } from "../../src/assurance/facts.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import type { EvidenceId } from "../../src/identifiers.ts";
import { keptStatusAnswer, recordStatus, sweepStatusAnswers } from "../../src/people/index.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { firstBrokenReceipt, forgetReceipts, type Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { bind, type Bound, certificate, keeping, now, person } from "./people-fixture.ts";

/** The answer that the status of an evidence rests on, as text. */
async function restsOn(storage: Storage, evidenceId: EvidenceId): Promise<string | null> {
  const row = await storage.read.evidence.findUnique({ where: { id: evidenceId } });
  const named = row?.statusAnswerDigest ?? null;
  return named === null ? null : textOf(storage, named);
}

const textOf = async (storage: Storage, sha256: string): Promise<string> => Buffer.from((await keptStatusAnswer(storage.read, storage.sealing, sha256)) ?? []).toString();

async function lastReceipt(storage: Storage): Promise<object> {
  const row = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  return { kind: row?.kind, ...(JSON.parse(row?.detail ?? "{}") as object) };
}

const says = async (storage: Storage, { personId, evidenceId }: Bound, status: StatusFacts["status"], at: number, answer: string | null, source: "ocsp" | "crl" = "ocsp"): Promise<unknown> => {
  const whose = await person(storage, personId);
  const found = { status, source, thisUpdate: at, checkedAt: at, answer: answer === null ? null : utf8(answer) } as const;
  return storage.transaction((transaction) => recordStatus(transaction, keeping(storage), whose, evidenceId, found));
};

const digest = (text: string): string => toHex(sha256(utf8(text)));

describe("what a status rests on", () => {
  const first = "answer about 1";
  const rows: readonly [string, (storage: Storage, bound: Bound) => Promise<unknown>, string, string | null][] = [
    ["is kept when the certificate is verified", async () => undefined, "evidence_verified", first],
    ["is another when it is verified again", (storage) => bind(storage, certificate("1", { answer: utf8("second") })), "evidence_confirmed", "second"],
    ["is another when the status changes", (storage, bound) => says(storage, bound, "hold", now + 60, "held"), "evidence_status_changed", "held"],
    ["is nothing when the source of a change gives nothing", (storage, bound) => says(storage, bound, "hold", now + 60, null), "evidence_status_changed", null],
  ];
  test.each(rows)("%s", async (_name, then, kind, expected) => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await then(storage, bound);
    expect(await restsOn(storage, bound.evidenceId)).toBe(expected);
    expect(await lastReceipt(storage)).toMatchObject({ kind, status_answer_sha256: expected === null ? null : digest(expected), assurance_policy: "test-1" });
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  test("moves on with each answer, also while the status stays: what is asserted then rests on that one", async () => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await says(storage, bound, "good", now + 60, "good again");
    expect(await restsOn(storage, bound.evidenceId)).toBe("good again");
    expect(await storage.read.receipt.count({ where: { kind: "evidence_status_changed" } })).toBe(0);
  });

  test("every answer stays, each once, and of all people the name of a CRL once", async () => {
    const storage = await freshStorage();
    const [one, other] = [await bind(storage, certificate("1")), await bind(storage, certificate("2"))];
    await says(storage, one, "hold", now + 60, "held");
    await says(storage, one, "good", now + 120, "released");
    for (const bound of [one, other]) await says(storage, bound, "hold", now + 180, "crl 7", "crl");
    const rows = await storage.read.statusAnswer.findMany();
    const kept = await Promise.all(rows.map(async ({ digest, personId }) => [await textOf(storage, digest), personId]));
    expect(kept.sort()).toEqual([[first, one.personId], ["answer about 2", other.personId], ["crl 7", null], ["held", one.personId], ["released", one.personId]].sort());
    for (const { sealedAnswer } of rows) expect(/answer|held|crl/.test(Buffer.from(sealedAnswer).toString("latin1"))).toBe(false);
  });

  test("an answer under another's name does not open", async () => {
    const storage = await freshStorage();
    await bind(storage, certificate("1"));
    const [row] = await storage.read.statusAnswer.findMany();
    await storage.transaction(({ data }) => data.statusAnswer.update({ where: { digest: row?.digest ?? "" }, data: { digest: digest("other") } }));
    await expect(keptStatusAnswer(storage.read, storage.sealing, digest("other"))).rejects.toThrow();
    expect(await keptStatusAnswer(storage.read, storage.sealing, "unknown")).toBeNull();
  });

  test("is forgotten when nothing came to rest on it since a time", async () => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await says(storage, bound, "hold", now + 60, "held");
    expect([await sweepStatusAnswers(storage, now), await sweepStatusAnswers(storage, now + 60), await sweepStatusAnswers(storage, now + 60)]).toEqual([0, 1, 0]);
    expect([await storage.read.statusAnswer.count(), await restsOn(storage, bound.evidenceId)]).toEqual([1, "held"]);
  });

  test("counts from when something last came to rest on it", async () => {
    const storage = await freshStorage();
    const bound = await bind(storage, certificate("1"));
    await says(storage, bound, "hold", now + 60, "crl 7", "crl");
    await says(storage, await bind(storage, certificate("2")), "hold", now + 600, "crl 7", "crl");
    expect([await sweepStatusAnswers(storage, now + 300), await restsOn(storage, bound.evidenceId)]).toEqual([2, "crl 7"]);
  });

  test("goes when what is recorded of its person is forgotten", async () => {
    const storage = await freshStorage();
    const [one, other] = [await bind(storage, certificate("1")), await bind(storage, certificate("2"))];
    await storage.transaction(({ data }) => forgetReceipts(data, { personId: one.personId, before: now + 3600, at: now + 3600 }));
    expect((await storage.read.statusAnswer.findMany()).map(({ personId }) => personId)).toEqual([other.personId]);
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });
});
