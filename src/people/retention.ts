import { setImmediate } from "node:timers/promises";
import { asIdentifier, type PersonId } from "../identifiers.ts";
import { appendReceipt, forgetReceipts, isAuthentic, readReceipts, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import { reviewLifetime } from "./reviews.ts";

/** How many people one round takes, so that nobody waits long for the database; and after how many failures it ends. */
const atOnce = 20;

/** What became of people whose receipts were to be forgotten. */
export interface ErasedSweep {
  readonly forgotten: number;
  /** Of whom a row says that they were erased, and no receipt does: somebody wrote it past the service. */
  readonly refused: number;
  /** Why others were not forgotten, or not wholly: the next round goes on with them. */
  readonly failures: readonly unknown[];
}

/**
 * Forgets the receipts of people erased before a time, and then that there was somebody. The chain of receipts
 * holds without them. What a person's row says is not enough for it: a signed receipt must say so too.
 */
export async function sweepErased(storage: Storage, before: number, at: number): Promise<ErasedSweep> {
  const failures: unknown[] = [];
  let [forgotten, refused] = [0, 0];
  while (forgotten < atOnce && failures.length < atOnce) {
    // Whoever was refused stays, and keeps nobody else waiting.
    const erased = await storage.read.person.findMany({ where: { state: "erased", erasedAt: { lt: toDate(before) } }, orderBy: { erasedAt: "asc" }, select: { id: true }, skip: refused + failures.length, take: atOnce });
    if (erased.length === 0) break;
    for (const { id } of erased) {
      try {
        if (await forgetPerson(storage, asIdentifier(id), before, at)) forgotten += 1;
        else refused += 1;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  return { forgotten, refused, failures };
}

const erasure = "person_erased";

/** Some receipts in each transaction: somebody may have many, and everybody else who writes waits for each. */
async function forgetPerson(storage: Storage, personId: PersonId, before: number, at: number): Promise<boolean> {
  if (!(await wasErased(storage, personId, before))) return false;
  while (await storage.transaction((transaction) => forgetSome(transaction, personId, before, at))) await leaveTurn();
  await leaveTurn();
  return true;
}

/** @returns whether there is more; else nothing is left of the person. */
async function forgetSome({ data }: Transaction, personId: PersonId, before: number, at: number): Promise<boolean> {
  if ((await forgetReceipts(data, { personId, kind: { not: erasure }, before, at })) > 0) return true;
  // Last, with the person: until then a round after one that was interrupted finds that the person was erased.
  await forgetReceipts(data, { personId, kind: erasure, before, at });
  await data.person.deleteMany({ where: { id: personId } });
  return false;
}

async function wasErased({ read }: Storage, personId: PersonId, before: number): Promise<boolean> {
  const keys = await read.receiptKeys();
  for await (const receipt of readReceipts(read, { personId, kind: erasure })) if (receipt.at < before && isAuthentic(receipt, keys)) return true;
  return false;
}

/** The database's client never leaves the event loop to others by itself. */
const leaveTurn = (): Promise<void> => setImmediate();

/** Certificates that one round looks at: most have nothing in their place, and stay. */
const page = 100;
/** Certificates that go in one transaction. */
const together = 5;

/** Where a round stopped: certificates in the order in which they expire. */
interface Place {
  readonly expiresAt: number;
  readonly id: string;
}
const start: Place = { expiresAt: 0, id: "" };

/**
 * Deletes certificates that something took the place of, or that their person ended, once they have expired
 * before a time and no passkey that may be used was made with them. Each round goes on where the last one stopped.
 * @returns one round; its result is how many went.
 */
export function createEndedEvidenceSweep(storage: Storage): (before: number, at: number) => Promise<number> {
  let after = start;
  return async (before, at) => {
    const expired = await expiredAfter(storage, after, before);
    const last = expired.at(-1);
    after = last === undefined || expired.length < page ? start : { expiresAt: toSeconds(last.expiresAt), id: last.id };
    const ended = expired.filter(({ supersededById, endedAt }) => supersededById !== null || endedAt !== null).map(({ id }) => id);
    let gone = 0;
    for (const ids of await inParts(storage, ended)) {
      gone += await storage.transaction((transaction) => deleteEvidence(transaction, ids, at));
      await leaveTurn();
    }
    return gone;
  };
}

/** Those of signatures go when they expire: see {@link sweepAttributes}. */
const expiredAfter = ({ read }: Storage, { expiresAt, id }: Place, before: number) =>
  read.evidence.findMany({
    where: { kind: "jpki_user_authentication", expiresAt: { gte: toDate(expiresAt), lt: toDate(before) }, NOT: { expiresAt: toDate(expiresAt), id: { lte: id } } },
    select: { id: true, expiresAt: true, supersededById: true, endedAt: true },
    orderBy: [{ expiresAt: "asc" }, { id: "asc" }],
    take: page,
  });

/** Those by which no passkey that may be used was made; a few for each transaction. */
async function inParts({ read }: Storage, ended: readonly string[]): Promise<string[][]> {
  const usable = await usableOf(read, ended);
  const unused = ended.filter((id) => !usable.has(id));
  return unused.flatMap((_, index) => (index % together === 0 ? [unused.slice(index, index + together)] : []));
}

async function usableOf({ passkey }: Pick<Transaction["data"], "passkey"> | Storage["read"], ids: readonly string[]): Promise<Set<string>> {
  const found = await passkey.findMany({ where: { boundByEvidenceId: { in: [...ids] }, state: { not: "revoked" } }, select: { boundByEvidenceId: true } });
  return new Set(found.map(({ boundByEvidenceId }) => boundByEvidenceId));
}

async function deleteEvidence({ data }: Transaction, ids: readonly string[], at: number): Promise<number> {
  // A passkey may have come back meanwhile.
  const usable = await usableOf(data, ids);
  const ended = await data.evidence.findMany({ where: { id: { in: ids.filter((id) => !usable.has(id)) } }, select: { id: true, personId: true } });
  for (const { id, personId } of ended) {
    await data.passkey.deleteMany({ where: { boundByEvidenceId: id } });
    await data.evidence.delete({ where: { id } });
    await appendReceipt(data, { kind: "evidence_forgotten", at, personId: asIdentifier(personId), detail: { evidence: id } });
  }
  return ended.length;
}

/** Deletes reviews that can no longer be decided or used, some in each transaction; their receipts stay. */
export async function sweepReviews(storage: Storage, now: number): Promise<void> {
  const where = { openedAt: { lt: toDate(now - 2 * reviewLifetime) } };
  for (;;) {
    const old = await storage.read.recoveryReview.findMany({ where, select: { id: true }, take: reviewsAtOnce });
    if (old.length === 0) return;
    await storage.transaction(({ data }) => data.recoveryReview.deleteMany({ where: { ...where, id: { in: old.map(({ id }) => id) } } }));
    await leaveTurn();
  }
}

const reviewsAtOnce = 500;
