import type { PersonId } from "../identifiers.ts";
import { toDate, type Transaction } from "../storage/index.ts";

/**
 * Ends every session, code, token and grant of a person. What was presented before `at` no longer
 * counts either, should a request that is under way write its session back.
 */
export async function endSessions({ data, artifacts }: Transaction, personId: PersonId, at: number): Promise<void> {
  await data.person.update({ where: { id: personId }, data: { sessionsEndedAt: toDate(at), grantsEndedAt: toDate(at) } });
  await artifacts.removeByAccount(personId);
}

/** Ends every session, code and opaque access token of a person; grants and refresh tokens stay and count again once the person may sign in. */
export async function suspendSessions({ data, artifacts }: Transaction, personId: PersonId, at: number): Promise<void> {
  await data.person.update({ where: { id: personId }, data: { sessionsEndedAt: toDate(at) } });
  await artifacts.suspendByAccount(personId);
}
