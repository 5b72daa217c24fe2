import { setImmediate } from "node:timers/promises";
import type { AssurancePolicy } from "../assurance/index.ts";
import { asIdentifier, type EvidenceId, type PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import { announce } from "./announcements.ts";
import { toldLevel } from "./changes.ts";
import { findPersonWithin } from "./people.ts";
import { currentEvidence } from "./records.ts";

/** Days before the expiry of a certificate at which its holder is told; 0 is the expiry itself. */
export const noticeDays = [90, 30, 7, 0] as const;
type NoticeDays = (typeof noticeDays)[number];

const day = 24 * 60 * 60;
const batch = 5;

/** The notice that is due for a certificate, or null: the latest one alone, and none twice. Pure. */
export function dueNotice(expiresAt: number, told: number | null, now: number): NoticeDays | null {
  const due = noticeDays.toReversed().find((days) => (days === 0 ? expiresAt < now : expiresAt <= now + days * day));
  return due === undefined || (told !== null && told <= due) ? null : due;
}

/**
 * Gives every notice that is due: a receipt, and once a certificate has expired the level that its holder
 * lost by it. Nothing ends by an expiry, for nobody says anything against the person. May be interrupted
 * at any time and run by several processes at once: a notice is given once, by one conditional update.
 * @returns how many were given.
 */
export async function giveNotices(storage: Storage, policy: AssurancePolicy, now: number): Promise<number> {
  let given = 0;
  for (;;) {
    // The database's client never leaves the event loop to others by itself.
    await setImmediate();
    const due = await dueEvidence(storage, now);
    if (due.length === 0) return given;
    given += await storage.transaction(async (transaction) => {
      let notices = 0;
      for (const each of due) if (await giveNotice(transaction, policy, each, now)) notices += 1;
      return notices;
    });
  }
}

interface DueEvidence {
  readonly id: EvidenceId;
  readonly personId: PersonId;
  readonly told: number | null;
  readonly days: NoticeDays;
  /** Whether anybody is to be told: not of a certificate that no longer speaks for its holder. */
  readonly speaks: boolean;
}

/** One look-up in the index for each notice that was given last: what has been told is not read again. */
async function dueEvidence({ read }: Storage, now: number): Promise<DueEvidence[]> {
  for (const told of [null, 90, 30, 7] as const) {
    const next = noticeDays.find((days) => told === null || days < told) ?? 0;
    const expiresAt = next === 0 ? { lt: toDate(now) } : { lte: toDate(now + next * day) };
    const rows = await read.evidence.findMany({ where: { expiryTold: told, expiresAt }, select: { id: true, personId: true, kind: true, status: true, supersededById: true, endedAt: true, expiresAt: true }, orderBy: { expiresAt: "asc" }, take: batch });
    const due = rows.flatMap(({ id, personId, kind, status, supersededById, endedAt, expiresAt: end }): DueEvidence[] => {
      const days = dueNotice(toSeconds(end), told, now);
      const speaks = kind === "jpki_user_authentication" && supersededById === null && endedAt === null && status !== "revoked";
      return days === null ? [] : [{ id: asIdentifier(id), personId: asIdentifier(personId), told, days, speaks }];
    });
    if (due.length > 0) return due;
  }
  return [];
}

async function giveNotice(transaction: Transaction, policy: AssurancePolicy, { id, personId, told, days, speaks }: DueEvidence, now: number): Promise<boolean> {
  const { data } = transaction;
  const { count } = await data.evidence.updateMany({ where: { id, expiryTold: told }, data: { expiryTold: days } });
  if (count === 0 || !speaks) return false;
  await appendReceipt(data, { kind: days === 0 ? "evidence_expired" : "evidence_expiring", at: now, personId, detail: { evidence: id, ...(days > 0 && { days }) } });
  if (days === 0) await announceExpiry(transaction, policy, { id, personId }, now);
  return true;
}

/** The level that relying parties took the certificate for until its last second, and the one that is left. */
async function announceExpiry(transaction: Transaction, policy: AssurancePolicy, { id, personId }: Pick<DueEvidence, "id" | "personId">, now: number): Promise<void> {
  const person = await findPersonWithin(transaction, personId);
  const evidence = person === null ? null : currentEvidence(person);
  if (person === null || evidence?.id !== id) return;
  const [from, to] = [toldLevel(person, evidence.expiresAt, policy), toldLevel(person, now, policy)];
  if (from === to) return;
  await announce(transaction, { personId, at: now, initiator: "policy", events: [{ kind: "assurance_level_changed", of: "ial", from, to, reason: "certificate_expired" }] });
}
