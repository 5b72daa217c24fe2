import type { PersonId } from "../identifiers.ts";
import { toDate, type Transaction } from "../storage/index.ts";

/**
 * Ends every session, code, token and grant of a person. What was presented before `at` no longer
 * counts either, should a request that is under way write its session back.
 */
export async function endSessions(transaction: Transaction, personId: PersonId, at: number): Promise<void> {
  await endSessionsOf(transaction, [personId], at);
}

/** The same of several people. */
export async function endSessionsOf({ data, artifacts }: Transaction, people: readonly PersonId[], at: number): Promise<void> {
  if (people.length === 0) return;
  await data.person.updateMany({ where: { id: { in: [...people] } }, data: { sessionsEndedAt: toDate(at), grantsEndedAt: toDate(at) } });
  for (const personId of people) await artifacts.removeByAccount(personId);
}

/** Ends every session, code and opaque access token of a person; grants and refresh tokens stay and count again once the person may sign in. */
export async function suspendSessions({ data, artifacts }: Transaction, personId: PersonId, at: number): Promise<void> {
  await data.person.update({ where: { id: personId }, data: { sessionsEndedAt: toDate(at) } });
  await artifacts.suspendByAccount(personId);
}
