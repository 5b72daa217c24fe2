import type { AssurancePolicy } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { hold, type Held, isHarder } from "./lifecycle-states.ts";
import { suspendSessions } from "./sessions.ts";
import { initiatorOf, type Instigator, instigatorDetail, livingPersonWithin, saveStanding } from "./standing.ts";

export type HoldRequest = Instigator & {
  readonly personId: PersonId;
  readonly at: number;
  /** What is to lift it: a JPKI signature of the person, or the operator alone. */
  readonly liftedBy: Held["liftedBy"];
  readonly policy: AssurancePolicy;
};

/**
 * Puts a person on hold: sign-in stops at once, sessions, codes and opaque tokens end, grants wait. A hold
 * that only the operator lifts takes the place of one that a signature would lift.
 * @throws Refusal `not_found`, `person_erased`, `person_on_hold` when there is one as hard to lift.
 */
export async function holdPersonWithin(transaction: Transaction, request: HoldRequest): Promise<void> {
  const { personId, at, by, liftedBy, policy } = request;
  const person = await livingPersonWithin(transaction, personId);
  if (person.state === "held" && !isHarder(liftedBy, person)) throw new Refusal("person_on_hold", "there is a hold");
  await changePerson(transaction, { personId, at, initiator: initiatorOf(request), reason: "held", policy }, async () => {
    await saveStanding(transaction, personId, hold(person, { at, by, liftedBy }));
    await suspendSessions(transaction, personId, at);
    await appendReceipt(transaction.data, { kind: "person_held", at, personId, detail: { ...instigatorDetail(request), lifted_by: liftedBy } });
  });
}

/** {@link holdPersonWithin} by itself. */
export const holdPerson = (storage: Storage, request: HoldRequest): Promise<void> => storage.transaction((transaction) => holdPersonWithin(transaction, request));
