import { newIdentifier, type PasskeyId, type PersonId, type Subject } from "../identifiers.ts";
import { type Reader, type Storage, toDate } from "../storage/index.ts";
import { type PasskeyRecord, personOf, personParts, type PersonRecord } from "./records.ts";

/** A person with all evidence and passkeys, or null. */
export async function findPerson(read: Reader, id: PersonId): Promise<PersonRecord | null> {
  const row = await read.person.findUnique({ where: { id }, include: personParts });
  return row === null ? null : personOf(row);
}

/** The person who has a passkey, and that passkey, by its credential id (base64url). */
export async function findByCredential(read: Reader, credentialId: string): Promise<{ person: PersonRecord; passkey: PasskeyRecord } | null> {
  const row = await read.passkey.findUnique({ where: { credentialId }, include: { person: { include: personParts } } });
  if (row === null) return null;
  const person = personOf(row.person);
  const passkey = person.passkeys.find(({ id }) => id === row.id);
  return passkey === undefined ? null : { person, passkey };
}

/**
 * The pseudonym of a person at a sector: made at random the first time, the same ever after
 * (OpenID Connect Core 8.1). Two requests at once get the same one.
 */
export async function subjectFor(storage: Storage, personId: PersonId, sector: string, now: number): Promise<Subject> {
  const key = { personId_sector: { personId, sector } };
  const known = await storage.read.pairwiseSubject.findUnique({ where: key });
  if (known !== null) return known.subject as Subject;
  return storage.transaction(async ({ data }) => {
    const meanwhile = await data.pairwiseSubject.findUnique({ where: key });
    if (meanwhile !== null) return meanwhile.subject as Subject;
    const subject = newIdentifier<Subject>();
    await data.pairwiseSubject.create({ data: { personId, sector, subject, createdAt: toDate(now) } });
    return subject;
  });
}

/** Notes that a passkey was used: its counter, its backup state, the time. */
export async function recordPasskeyUse(storage: Storage, id: PasskeyId, use: { signCount: number; backedUp: boolean; at: number }): Promise<void> {
  await storage.transaction(({ data }) =>
    data.passkey.update({ where: { id }, data: { signCount: use.signCount, backedUp: use.backedUp, lastUsedAt: toDate(use.at) } }),
  );
}
