import type { AssurancePolicy } from "../assurance/index.ts";
import { randomBytes } from "../bytes.ts";
import type { PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { erase } from "./lifecycle-states.ts";
import { endSessions } from "./sessions.ts";
import { initiatorOf, type Instigator, instigatorDetail, livingPersonWithin, saveStanding } from "./standing.ts";

export type ErasureRequest = Instigator & { readonly personId: PersonId; readonly at: number; readonly policy: AssurancePolicy };

/**
 * Erases a person: relying parties are told, then certificates, passkeys, consents, pseudonyms and
 * attributes go. What stays is that there was somebody, and the receipts. The certificates are known no more:
 * whoever enrols with one of them later is a new person.
 * @throws Refusal `not_found`, `person_erased`.
 */
export async function erasePerson(storage: Storage, request: ErasureRequest): Promise<void> {
  const { personId, at, policy } = request;
  await storage.transaction(async (transaction) => {
    const person = await livingPersonWithin(transaction, personId);
    await changePerson(transaction, { personId, at, initiator: initiatorOf(request), reason: "erased", policy }, async () => {
      await saveStanding(transaction, personId, erase(person, at));
      await endSessions(transaction, personId, at);
      await appendReceipt(transaction.data, { kind: "person_erased", at, personId, detail: instigatorDetail(request) });
    });
    await forget(transaction, personId);
  });
}

/** After the announcement, which rests on whom the person was connected with. */
async function forget({ data }: Transaction, personId: PersonId): Promise<void> {
  const where = { personId };
  await data.passkey.deleteMany({ where });
  await data.evidence.deleteMany({ where });
  await data.consent.deleteMany({ where });
  await data.pairwiseSubject.deleteMany({ where });
  await data.requestRefusal.deleteMany({ where });
  await data.recoveryReview.deleteMany({ where });
  await data.statusAnswer.deleteMany({ where });
  // The passkeys on the person's devices carry the handle.
  await data.person.update({ where: { id: personId }, data: { userHandle: randomBytes(32) } });
}
