import type { AssurancePolicy } from "../assurance/index.ts";
import type { StatusFacts } from "../assurance/facts.ts";
import type { EvidenceId, PersonId } from "../identifiers.ts";
import { appendReceipts, type BoundEvidence, type Sealing, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import type { LifecycleReason } from "./announcements.ts";
import { changePeople } from "./changes.ts";
import type { PersonRecord } from "./records.ts";
import { keepStatusAnswer } from "./status-answers.ts";
import { dropAttributes } from "./dropped-attributes.ts";
import { endSessionsOf } from "./sessions.ts";

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
export async function recordStatus(transaction: Transaction, keeping: Keeping, person: PersonRecord, evidenceId: EvidenceId, status: AnsweredStatus): Promise<StatusChange> {
  const changes = await recordStatusOfAll(transaction, keeping, [{ personId: person.id, evidenceId }], status);
  return changes.get(evidenceId) ?? "unchanged";
}

/** The same where one answer speaks of several, as a CRL does; none of their people twice. @returns what changed; what is not in it did not. */
export async function recordStatusOfAll(transaction: Transaction, keeping: Keeping, evidence: readonly BoundEvidence[], status: AnsweredStatus): Promise<ReadonlyMap<EvidenceId, StatusChange>> {
  const known = await onRecord(transaction, evidence);
  const { confirmed = [], changed = [] } = Object.groupBy(known.filter((each) => counts(each, status)), (each) => (each.status === status.status ? "confirmed" : "changed"));
  if (confirmed.length > 0) await saveStatus(transaction, keeping, confirmed, status);
  const common = { at: status.checkedAt, initiator: "policy", reason: reasons[status.status], policy: keeping.policy } as const;
  if (changed.length > 0) await changePeople(transaction, changed.map(({ personId }) => ({ personId, ...common })), () => changeStatus(transaction, keeping, changed, status));
  return new Map([...confirmed, ...changed].map((each) => [each.id, each.status !== status.status && falls(each, status) ? "fell" : "refreshed"]));
}

interface OnRecord {
  readonly id: EvidenceId;
  readonly personId: PersonId;
  readonly kind: string;
  readonly status: string;
  readonly statusThisUpdate: Date;
  readonly statusCheckedAt: Date;
}

/** As it is now, in this order; of which there is none, or not of this person, is left out. */
async function onRecord({ data }: Transaction, evidence: readonly BoundEvidence[]): Promise<OnRecord[]> {
  const rows = await data.evidence.findMany({ where: { id: { in: evidence.map(({ evidenceId }) => evidenceId) } }, select: { id: true, personId: true, kind: true, status: true, statusThisUpdate: true, statusCheckedAt: true } });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return evidence.flatMap(({ evidenceId, personId }) => {
    const row = byId.get(evidenceId);
    return row?.personId === personId ? [{ ...row, id: evidenceId, personId }] : [];
  });
}

/** Whether an answer counts against what is on record. */
function counts(before: OnRecord, status: AnsweredStatus): boolean {
  if (before.status === "revoked") return false;
  if (before.status === "hold" && !maySucceedHold(status, toSeconds(before.statusThisUpdate))) return false;
  const behind = toSeconds(before.statusCheckedAt) - status.checkedAt;
  return status.status === "revoked" || behind <= 0 || behind > overtaking;
}

/** Whether the sessions of its person end by it. */
const falls = ({ kind }: OnRecord, { status }: AnsweredStatus): boolean => kind !== "jpki_signature" && (status === "revoked" || status === "hold");

const reasons: Readonly<Record<StatusFacts["status"], LifecycleReason>> = {
  good: "certificate_good_again", revoked: "certificate_revoked", hold: "certificate_on_hold", unknown: "certificate_status_unknown",
};

async function changeStatus(transaction: Transaction, keeping: Keeping, changed: readonly OnRecord[], status: AnsweredStatus): Promise<void> {
  const { data } = transaction;
  const kept = await saveStatus(transaction, keeping, changed, status);
  const at = status.checkedAt;
  await appendReceipts(data, changed.map((before) => ({
    kind: "evidence_status_changed",
    at,
    personId: before.personId,
    detail: { evidence: before.id, from: before.status, to: status.status, source: status.source, ...kept.detail },
  })));
  for (const { kind, personId, id } of changed) {
    if (kind === "jpki_signature" && status.status === "revoked") await dropAttributes(transaction, keeping.sealing, personId, id, { reason: "revoked", at });
  }
  await endSessionsOf(transaction, changed.filter((each) => falls(each, status)).map(({ personId }) => personId), at);
}

/** Writes what is known now with the answer that it rests on. */
async function saveStatus(transaction: Transaction, keeping: Keeping, evidence: readonly OnRecord[], status: AnsweredStatus): Promise<KeptAnswer> {
  const kept = await keptAnswer(transaction, keeping, evidence[0]?.personId ?? null, status);
  await transaction.data.evidence.updateMany({ where: { id: { in: evidence.map(({ id }) => id) } }, data: { ...statusColumns(status), ...kept.columns } });
  return kept;
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
export async function keptAnswer(transaction: Transaction, { sealing, policy }: Keeping, personId: PersonId | null, { answer, source, checkedAt }: AnsweredStatus): Promise<KeptAnswer> {
  const digest = await keepStatusAnswer(transaction, sealing, personId, { answer, source, at: checkedAt });
  return { columns: { statusAnswerDigest: digest }, detail: { status_answer_sha256: digest, assurance_policy: policy.version } };
}

interface KeptAnswer {
  readonly columns: { readonly statusAnswerDigest: string | null };
  readonly detail: { readonly status_answer_sha256: string | null; readonly assurance_policy: string };
}
