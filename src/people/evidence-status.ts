import type { AssurancePolicy } from "../assurance/index.ts";
import type { StatusFacts } from "../assurance/facts.ts";
import type { EvidenceId, PersonId } from "../identifiers.ts";
import { appendReceipt, type Sealing, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import type { LifecycleReason } from "./announcements.ts";
import { changePerson } from "./changes.ts";
import type { PersonRecord } from "./records.ts";
import { keepStatusAnswer } from "./status-answers.ts";
import { dropAttributes } from "./dropped-attributes.ts";
import { endSessions } from "./sessions.ts";

/** How evidence is kept: what seals it, and the assurance policy by which it counts. */
export interface Keeping {
  readonly sealing: Sealing;
  readonly policy: AssurancePolicy;
}

/** A status with what its source answered, kept so that an auditor can replay the verdict. */
export interface AnsweredStatus extends StatusFacts {
  /** DER of an OCSPResponse, or what names a CRL; null when the source gives nothing to keep. */
  readonly answer: Uint8Array | null;
}

/** Seconds by which one answer may overtake another. A record further ahead was written by a clock gone wrong. */
const overtaking = 60;

/** What a change of status did. */
export type StatusChange = "unchanged" | "refreshed" | "fell";

/**
 * Records a new answer about an evidence. When it falls (revoked, held), every session, token and grant
 * of the person ends in the same transaction; of a signature certificate, on which no sign-in rests,
 * what it states is forgotten when it is revoked, and nothing ends. `unknown` lowers the level and ends nothing: it says
 * nothing against the certificate (RFC 6960 2.2), and a responder set up wrongly says it of everybody.
 * Of answers that overtake each other the one asked for last stays, a hold stays against every word that
 * is older or unknown, and a revocation for ever.
 */
export async function recordStatus(
  transaction: Transaction,
  keeping: Keeping,
  person: PersonRecord,
  evidenceId: EvidenceId,
  status: AnsweredStatus,
): Promise<StatusChange> {
  const { data } = transaction;
  const before = await data.evidence.findFirst({ where: { id: evidenceId, personId: person.id }, select: { kind: true, status: true, statusThisUpdate: true, statusCheckedAt: true } });
  if (before === null || before.status === "revoked") return "unchanged";
  if (before.status === "hold" && !maySucceedHold(status, toSeconds(before.statusThisUpdate))) return "unchanged";
  const behind = toSeconds(before.statusCheckedAt) - status.checkedAt;
  if (status.status !== "revoked" && behind > 0 && behind <= overtaking) return "unchanged";
  if (before.status === status.status) {
    const kept = await keptAnswer(transaction, keeping, person.id, status);
    await data.evidence.update({ where: { id: evidenceId }, data: { ...statusColumns(status), ...kept.columns } });
    return "refreshed";
  }
  const change = { personId: person.id, at: status.checkedAt, initiator: "policy", reason: reasons[status.status], policy: keeping.policy } as const;
  return changePerson(transaction, change, () => changeStatus(transaction, keeping, person, evidenceId, status, before));
}

const reasons: Readonly<Record<StatusFacts["status"], LifecycleReason>> = {
  good: "certificate_good_again", revoked: "certificate_revoked", hold: "certificate_on_hold", unknown: "certificate_status_unknown",
};

async function changeStatus(
  transaction: Transaction, keeping: Keeping, person: PersonRecord, evidenceId: EvidenceId, status: AnsweredStatus, before: { readonly kind: string; readonly status: string },
): Promise<StatusChange> {
  const { data } = transaction;
  const kept = await keptAnswer(transaction, keeping, person.id, status);
  await data.evidence.update({ where: { id: evidenceId }, data: { ...statusColumns(status), ...kept.columns } });
  await appendReceipt(data, {
    kind: "evidence_status_changed",
    at: status.checkedAt,
    personId: person.id,
    detail: { evidence: evidenceId, from: before.status, to: status.status, source: status.source, ...kept.detail },
  });
  if (status.status === "good" || status.status === "unknown") return "refreshed";
  if (before.kind === "jpki_signature") {
    if (status.status === "revoked") await dropAttributes(transaction, keeping.sealing, person.id, evidenceId, { reason: "revoked", at: status.checkedAt });
    return "refreshed";
  }
  await endSessions(transaction, person.id, status.checkedAt);
  return "fell";
}

/** What the authority said before the hold does not lift it, whenever that was asked for; nor does whoever does not know. */
export function maySucceedHold({ status, thisUpdate }: StatusFacts, heldSince: number): boolean {
  return status === "revoked" || (status !== "unknown" && thisUpdate >= heldSince);
}

/** The columns that say what is known of a status. */
export function statusColumns(status: StatusFacts): { status: string; statusSource: string; statusThisUpdate: Date; statusCheckedAt: Date } {
  return {
    status: status.status,
    statusSource: status.source,
    statusThisUpdate: toDate(status.thisUpdate),
    statusCheckedAt: toDate(status.checkedAt),
  };
}

/** Keeps the answer that a status rests on: the evidence names it, and so does whatever receipt comes of it, with the policy's version. */
export async function keptAnswer(transaction: Transaction, { sealing, policy }: Keeping, personId: PersonId, { answer, source, checkedAt }: AnsweredStatus): Promise<KeptAnswer> {
  const digest = await keepStatusAnswer(transaction, sealing, personId, { answer, source, at: checkedAt });
  return { columns: { statusAnswerDigest: digest }, detail: { status_answer_sha256: digest, assurance_policy: policy.version } };
}

interface KeptAnswer {
  readonly columns: { readonly statusAnswerDigest: string | null };
  readonly detail: { readonly status_answer_sha256: string | null; readonly assurance_policy: string };
}
