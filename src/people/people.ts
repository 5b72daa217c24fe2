import { Refusal } from "../errors.ts";
import { newIdentifier, type PersonId, type Subject } from "../identifiers.ts";
import { type Reader, type Storage, toDate, type Transaction } from "../storage/index.ts";
import { type PasskeyRecord, personOf, personParts, type PersonRecord } from "./records.ts";

/** A person with all evidence and passkeys, or null. */
export async function findPerson(read: Reader, id: PersonId): Promise<PersonRecord | null> {
  const row = await read.lookups.person(id);
  return row === null ? null : personOf(row);
}

/** The same as it is for one transaction: nothing of it changes until that is over. */
export async function findPersonWithin({ data }: Transaction, id: PersonId): Promise<PersonRecord | null> {
  const row = await data.person.findUnique({ where: { id }, include: personParts });
  return row === null ? null : personOf(row);
}

/** The same of several, by their ids; whoever is not there is not among them. */
export async function findPeopleWithin({ data }: Transaction, ids: readonly PersonId[]): Promise<Map<PersonId, PersonRecord>> {
  const rows = await data.person.findMany({ where: { id: { in: [...ids] } }, include: personParts });
  return new Map(rows.map(personOf).map((person) => [person.id, person]));
}

/** The person who has a passkey, and that passkey, by its credential id (base64url). */
export async function findByCredential(read: Reader, credentialId: string): Promise<{ person: PersonRecord; passkey: PasskeyRecord } | null> {
  const row = await read.lookups.personByCredential(credentialId);
  if (row === null) return null;
  const person = personOf(row);
  const passkey = person.passkeys.find((candidate) => candidate.credentialId === credentialId);
  return passkey === undefined ? null : { person, passkey };
}

/**
 * The pseudonym of a person at a sector: made at random the first time, the same ever after
 * (OpenID Connect Core 8.1). Two requests at once get the same one. Nobody who was erased gets one.
 * @throws Refusal `not_found`, `person_erased`.
 */
export async function subjectFor(storage: Storage, personId: PersonId, sector: string, now: number): Promise<Subject> {
  const known = await storage.read.lookups.subject(personId, sector);
  if (known !== null) return known as Subject;
  return storage.transaction(async ({ data }) => {
    const person = await data.person.findUnique({ where: { id: personId }, select: { state: true } });
    if (person === null) throw new Refusal("not_found", "no such person");
    if (person.state === "erased") throw new Refusal("person_erased", "person is erased");
    const meanwhile = await data.pairwiseSubject.findUnique({ where: { personId_sector: { personId, sector } } });
    if (meanwhile !== null) return meanwhile.subject as Subject;
    const subject = newIdentifier<Subject>();
    await data.pairwiseSubject.create({ data: { personId, sector, subject, createdAt: toDate(now) } });
    return subject;
  });
}
