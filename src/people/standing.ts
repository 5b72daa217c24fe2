import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import { toDate, type Transaction } from "../storage/index.ts";
import type { Initiator } from "./announcements.ts";
import { findPersonWithin } from "./people.ts";
import type { PersonRecord, PersonStanding } from "./records.ts";

/** Who makes a change: the person, or an operator of whom name and reason are written down. */
export type Instigator =
  | { readonly by: "person" }
  | { readonly by: "operator"; readonly operator: string; readonly reason: string };

export const initiatorOf = ({ by }: Instigator): Initiator => (by === "person" ? "user" : "admin");

/** For the receipt. */
export const instigatorDetail = (instigator: Instigator): Record<string, string> =>
  instigator.by === "person" ? { by: "person" } : { by: "operator", operator: instigator.operator, reason: instigator.reason };

export type LivingPerson = Exclude<PersonRecord, { state: "erased" }>;

/** The person as known in this transaction. @throws Refusal `not_found`, `person_erased`. */
export async function livingPersonWithin(transaction: Transaction, id: PersonId): Promise<LivingPerson> {
  const person = await findPersonWithin(transaction, id);
  if (person === null) throw new Refusal("not_found", "no such person");
  if (person.state === "erased") throw new Refusal("person_erased", "person is erased");
  return person;
}

/** Writes down where a person stands now. */
export async function saveStanding({ data }: Transaction, id: PersonId, standing: PersonStanding): Promise<void> {
  await data.person.update({
    where: { id },
    data: {
      state: standing.state,
      heldAt: standing.state === "held" ? toDate(standing.heldAt) : null,
      heldBy: standing.state === "held" ? standing.heldBy : null,
      holdLiftedBy: standing.state === "held" ? standing.liftedBy : null,
      erasedAt: standing.state === "erased" ? toDate(standing.erasedAt) : null,
    },
  });
}
