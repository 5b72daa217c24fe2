import { describe, expect, test } from "vitest";
import type { StatusFacts } from "../../src/assurance/facts.ts";
import { toHex, utf8 } from "../../src/bytes.ts";
import type { EvidenceId } from "../../src/identifiers.ts";
import { recordStatus, statusAnswerContext } from "../../src/people/index.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { firstBrokenReceipt, type Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { bind, type Bound, certificate, keeping, now, person } from "./people-fixture.ts";

/** The answer that is kept of an evidence, as text. */
async function keptAnswer(storage: Storage, evidenceId: EvidenceId): Promise<string | null> {
  const row = await storage.read.evidence.findUnique({ where: { id: evidenceId } });
  const sealed = row?.sealedStatusAnswer ?? null;
  return sealed === null ? null : Buffer.from(storage.sealing.open(sealed, statusAnswerContext(evidenceId))).toString();
}

async function lastReceipt(storage: Storage): Promise<object> {
  const row = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  return { kind: row?.kind, ...(JSON.parse(row?.detail ?? "{}") as object) };
}

const says = async (storage: Storage, { personId, evidenceId }: Bound, status: StatusFacts["status"], at: number, answer: string | null): Promise<unknown> => {
  const whose = await person(storage, personId);
  const found = { status, source: "ocsp", thisUpdate: at, checkedAt: at, answer: answer === null ? null : utf8(answer) } as const;
  return storage.transaction((transaction) => recordStatus(transaction, keeping(storage), whose, evidenceId, found));
};

const digest = (text: string): string => toHex(sha256(utf8(text)));

describe("what a status rests on", () => {
  const first = "answer about 1";
  const rows: readonly [string, (storage: Storage, bound: Bound) => Promise<unknown>, string, string | null][] = [
    ["is kept when the certificate is verified", async () => undefined, "evidence_verified", first],
    ["is replaced when it is verified again", (storage) => bind(storage, certificate("1", { answer: utf8("second") })), "evidence_confirmed", "second"],
    ["is replaced when the status changes", (storage, bound) => says(storage, bound, "hold", now + 60, "held"), "evidence_status_changed", "held"],
    ["is gone when the source of a change gives nothing", (storage, bound) => says(storage, bound, "hold", now + 60, null), "evidence_status_changed", null],
    ["stays what the last receipt names while the status stays", (storage, bound) => says(storage, bound, "good", now + 60, "good again"), "evidence_verified", first],
  ];
  test.each(rows)("%s", async (_name, then, kind, expected) => {
    const storage = temporaryStorage();
    const bound = await bind(storage, certificate("1"));
    await then(storage, bound);
    expect(await keptAnswer(storage, bound.evidenceId)).toBe(expected);
    expect(await lastReceipt(storage)).toMatchObject({ kind, status_answer_sha256: expected === null ? null : digest(expected), assurance_policy: "test-1" });
    expect(await firstBrokenReceipt(storage.read)).toBeNull();
  });

  test("opens in its own row and column alone", async () => {
    const storage = temporaryStorage();
    const [one, other] = [await bind(storage, certificate("1")), await bind(storage, certificate("2"))];
    const row = await storage.read.evidence.findUnique({ where: { id: one.evidenceId } });
    const sealed = row?.sealedStatusAnswer ?? new Uint8Array();
    expect(Buffer.from(sealed).includes("answer about")).toBe(false);
    for (const context of [statusAnswerContext(other.evidenceId), `evidence/${one.evidenceId}/certificate`]) expect(() => storage.sealing.open(sealed, context)).toThrow();
  });

  test("is not read by the look-ups of a sign-in", async () => {
    const storage = temporaryStorage();
    const { personId } = await bind(storage, certificate("1"));
    const found = await storage.read.lookups.person(personId);
    expect(Object.keys(found?.evidence[0] ?? {})).not.toContain("sealedStatusAnswer");
  });
});
