import { setImmediate } from "node:timers/promises";
import type { AssurancePolicy } from "../assurance/index.ts";
import { asIdentifier, type PersonId } from "../identifiers.ts";
import { type Storage, toDate, type Transaction } from "../storage/index.ts";
import { changePeople } from "./changes.ts";
import { startsFrom, suspend } from "./lifecycle-states.ts";
import type { PersonRecord } from "./records.ts";
import { endSessionsOf } from "./sessions.ts";

/** How a database that was put back is to be taken. */
export interface Restored {
  readonly at: number;
  readonly policy: AssurancePolicy;
  /** Whether something may have happened after the backup that is not in it: holds, removed passkeys, withdrawn consents. */
  readonly mayLack: boolean;
}

/** People changed in one transaction. */
const together = 200;

/**
 * Lets nothing of a person count that may have ended after the backup: sessions and grants end, relying
 * parties are told, and the status of every certificate is asked for anew before it carries a level again.
 * Where something may lack, passkeys are suspended until a JPKI signature of the person, consents are asked
 * for again at the next sign-in, and approved reviews are decided again. Pseudonyms stay. May be done twice.
 * @param onPeople told how many are done, after each part.
 * @returns how many people there are but the erased, and how many passkeys were suspended.
 */
export async function distrustPeople(storage: Storage, restored: Restored, onPeople: (people: number) => void = () => undefined): Promise<{ readonly people: number; readonly suspended: number }> {
  let [people, suspended, after] = [0, 0, ""];
  for (;;) {
    // The database's client never leaves the event loop to others by itself.
    await setImmediate();
    const page = await storage.read.person.findMany({ where: { id: { gt: after }, state: { not: "erased" } }, select: { id: true }, orderBy: { id: "asc" }, take: together });
    const last = page.at(-1);
    if (last === undefined) return { people, suspended };
    suspended += await distrustTogether(storage, page.map(({ id }) => asIdentifier(id)), restored);
    people += page.length;
    after = last.id;
    onPeople(people);
  }
}

/** In one transaction; where that fails, as it does when it takes too long, in two: one that cannot be done keeps every bridge from starting. */
async function distrustTogether(storage: Storage, people: readonly PersonId[], restored: Restored): Promise<number> {
  try {
    return await storage.transaction((transaction) => distrust(transaction, people, restored));
  } catch (error) {
    if (people.length === 1) throw error;
    const half = Math.ceil(people.length / 2);
    return (await distrustTogether(storage, people.slice(0, half), restored)) + (await distrustTogether(storage, people.slice(half), restored));
  }
}

async function distrust(transaction: Transaction, people: readonly PersonId[], restored: Restored): Promise<number> {
  const { at, policy, mayLack } = restored;
  const suspended = await changePeople(transaction, people.map((personId) => ({ personId, at, initiator: "admin", reason: "restored", policy })), async (before) => {
    await endSessionsOf(transaction, people, at);
    return mayLack ? takeBack(transaction, [...before.values()]) : 0;
  });
  await ageStatus(transaction, people, restored);
  return suspended;
}

/** What may have been taken back after the backup. @returns how many passkeys were suspended. */
async function takeBack({ data }: Transaction, people: readonly PersonRecord[]): Promise<number> {
  const active = people.flatMap(({ passkeys }) => passkeys).filter((passkey) => startsFrom("passkey", "suspend", passkey));
  for (const [state, passkeys] of Map.groupBy(active, suspend)) await data.passkey.updateMany({ where: { id: { in: passkeys.map(({ id }) => id) } }, data: { state } });
  const where = { personId: { in: people.map(({ id }) => id) } };
  // What connects them stays, so that relying parties go on hearing of the person.
  await data.consent.updateMany({ where, data: { scope: "", claims: "[]", resources: "{}", verifiedClaims: "{}" } });
  await data.recoveryReview.updateMany({ where: { ...where, state: "approved" }, data: { state: "open", decidedAt: null, decidedBy: null, reason: null } });
  return active.length;
}

/** That a status is old is announced to nobody. A hold keeps its time: an older word must not lift it. */
async function ageStatus({ data }: Transaction, people: readonly PersonId[], { at, policy }: Restored): Promise<void> {
  const tooOld = toDate(at - policy.statusHard - 1);
  const good = { personId: { in: [...people] }, status: "good" };
  await data.evidence.updateMany({ where: { ...good, statusThisUpdate: { gt: tooOld } }, data: { statusThisUpdate: tooOld } });
  await data.evidence.updateMany({ where: { ...good, statusCheckedAt: { gt: tooOld } }, data: { statusCheckedAt: tooOld } });
}
