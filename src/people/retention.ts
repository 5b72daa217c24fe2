import { asIdentifier, type PersonId } from "../identifiers.ts";
import { appendReceipt, forgetReceipts, type Storage, toDate, type Transaction } from "../storage/index.ts";
import { reviewLifetime } from "./reviews.ts";

/** How many people or certificates one round takes, so that nobody waits long for the database. */
const atOnce = 20;

/**
 * Forgets the receipts of people erased before a time, and then that there was somebody. The chain of receipts
 * holds without them. @returns how many people were forgotten.
 */
export async function sweepErased(storage: Storage, before: number, at: number): Promise<number> {
  const erased = await storage.read.person.findMany({ where: { state: "erased", erasedAt: { lt: toDate(before) } }, select: { id: true }, take: atOnce });
  for (const { id } of erased) await storage.transaction((transaction) => forgetPerson(transaction, asIdentifier(id), at));
  return erased.length;
}

async function forgetPerson({ data }: Transaction, personId: PersonId, at: number): Promise<void> {
  while ((await forgetReceipts(data, { personId, before: at, at })) > 0);
  await data.person.delete({ where: { id: personId } });
}

/**
 * Deletes certificates that something took the place of, or that their person ended, once they have expired
 * before a time and no passkey that may be used was made with them. @returns how many went.
 */
export async function sweepEndedEvidence(storage: Storage, before: number, at: number): Promise<number> {
  const where = {
    OR: [{ supersededById: { not: null } }, { endedAt: { not: null } }],
    expiresAt: { lt: toDate(before) },
    passkeys: { every: { state: "revoked" } },
  };
  // Most of the time there is none: then no writer has to wait.
  if ((await storage.read.evidence.count({ where })) === 0) return 0;
  return storage.transaction(async ({ data }) => {
    const ended = await data.evidence.findMany({ where, select: { id: true, personId: true }, take: atOnce });
    for (const { id, personId } of ended) {
      await data.passkey.deleteMany({ where: { boundByEvidenceId: id } });
      await data.evidence.delete({ where: { id } });
      await appendReceipt(data, { kind: "evidence_forgotten", at, personId: asIdentifier(personId), detail: { evidence: id } });
    }
    return ended.length;
  });
}

/** Deletes reviews that can no longer be decided or used; their receipts stay. */
export async function sweepReviews(storage: Storage, now: number): Promise<void> {
  const where = { openedAt: { lt: toDate(now - 2 * reviewLifetime) } };
  if ((await storage.read.recoveryReview.count({ where })) === 0) return;
  await storage.transaction(({ data }) => data.recoveryReview.deleteMany({ where }));
}
