import type { AssurancePolicy } from "../assurance/index.ts";
import { asIdentifier, type PersonId } from "../identifiers.ts";
import { type Storage, toDate, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { startsFrom, suspend } from "./lifecycle-states.ts";
import { endSessions } from "./sessions.ts";

/** How a database that was put back is to be taken. */
export interface Restored {
  readonly at: number;
  readonly policy: AssurancePolicy;
  /** Whether something may have happened after the backup that is not in it: holds, removed passkeys, withdrawn consents. */
  readonly mayLack: boolean;
}

/** People changed in one transaction, each by many statements. */
const atOnce = 20;

/**
 * Lets nothing of a person count that may have ended after the backup: sessions and grants end, relying
 * parties are told, and the status of every certificate is asked for anew before it carries a level again.
 * Where something may lack, passkeys are suspended until a JPKI signature of the person, consents are asked
 * for again at the next sign-in, and approved reviews are decided again. Pseudonyms stay. May be done twice.
 * @returns how many people there are but the erased, and how many passkeys were suspended.
 */
export async function distrustPeople(storage: Storage, restored: Restored): Promise<{ readonly people: number; readonly suspended: number }> {
  let [people, suspended, after] = [0, 0, ""];
  for (;;) {
    const page = await storage.read.person.findMany({ where: { id: { gt: after }, state: { not: "erased" } }, select: { id: true }, orderBy: { id: "asc" }, take: atOnce });
    const last = page.at(-1);
    if (last === undefined) return { people, suspended };
    suspended += await storage.transaction(async (transaction) => {
      let count = 0;
      for (const { id } of page) count += await distrust(transaction, asIdentifier(id), restored);
      await ageStatus(transaction, page.map(({ id }) => id), restored);
      return count;
    });
    people += page.length;
    after = last.id;
  }
}

async function distrust(transaction: Transaction, personId: PersonId, { at, policy, mayLack }: Restored): Promise<number> {
  const { data } = transaction;
  return changePerson(transaction, { personId, at, initiator: "admin", reason: "restored", policy }, async (before) => {
    await endSessions(transaction, personId, at);
    if (!mayLack) return 0;
    const active = (before?.passkeys ?? []).filter((passkey) => startsFrom("passkey", "suspend", passkey));
    for (const passkey of active) await data.passkey.update({ where: { id: passkey.id }, data: { state: suspend(passkey) } });
    // What connects them stays, so that relying parties go on hearing of the person.
    await data.consent.updateMany({ where: { personId }, data: { scope: "", claims: "[]", resources: "{}", verifiedClaims: "{}" } });
    await data.recoveryReview.updateMany({ where: { personId, state: "approved" }, data: { state: "open", decidedAt: null, decidedBy: null, reason: null } });
    return active.length;
  });
}

/** That a status is old is announced to nobody. A hold keeps its time: an older word must not lift it. */
async function ageStatus({ data }: Transaction, people: string[], { at, policy }: Restored): Promise<void> {
  const tooOld = toDate(at - policy.statusHard - 1);
  const good = { personId: { in: people }, status: "good" };
  await data.evidence.updateMany({ where: { ...good, statusThisUpdate: { gt: tooOld } }, data: { statusThisUpdate: tooOld } });
  await data.evidence.updateMany({ where: { ...good, statusCheckedAt: { gt: tooOld } }, data: { statusCheckedAt: tooOld } });
}
