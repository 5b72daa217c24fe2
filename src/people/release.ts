import type { AssurancePolicy } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import { appendReceipt, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { liftsHold, release } from "./lifecycle-states.ts";
import { initiatorOf, type Instigator, instigatorDetail, livingPersonWithin, saveStanding } from "./standing.ts";

/**
 * Lifts a hold: grants that waited count again. `by: "person"` says that a JPKI signature of the person was
 * just verified in this transaction. It lifts what a signature lifts, the operator what only the operator lifts.
 * @throws Refusal `not_found`, `person_erased`, `operation_not_possible` when there is no hold or a signature
 * is needed, `person_on_hold` when only the operator lifts it.
 */
export async function releasePerson(transaction: Transaction, request: Instigator & { readonly personId: PersonId; readonly at: number; readonly policy: AssurancePolicy }): Promise<void> {
  const { personId, at, by, policy } = request;
  const person = await livingPersonWithin(transaction, personId);
  if (person.state !== "held") throw new Refusal("operation_not_possible", "person is not on hold");
  if (!liftsHold(person, by === "person" ? "signature" : "operator")) {
    throw by === "person" ? new Refusal("person_on_hold", "only the operator lifts this hold") : new Refusal("operation_not_possible", "a JPKI signature of the person lifts this hold");
  }
  await changePerson(transaction, { personId, at, initiator: initiatorOf(request), reason: "released", policy }, async () => {
    await saveStanding(transaction, personId, release(person));
    await appendReceipt(transaction.data, { kind: "person_released", at, personId, detail: instigatorDetail(request) });
  });
}
