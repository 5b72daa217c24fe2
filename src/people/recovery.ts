import type { AssurancePolicy } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import type { PasskeyId, PersonId } from "../identifiers.ts";
import { appendReceipt, toDate, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { liftsHold, release } from "./lifecycle-states.ts";
import { endSessions } from "./sessions.ts";
import { saveStanding } from "./standing.ts";

/** A person who came back by a fresh JPKI signature on another phone. */
export interface Recovery {
  readonly personId: PersonId;
  readonly at: number;
  readonly policy: AssurancePolicy;
  /** Earlier passkeys that the person still has and keeps. */
  readonly keep: readonly PasskeyId[];
}

/**
 * Lets the new passkey take the place of what was before, in the caller's transaction: earlier passkeys
 * end but those that are kept, sessions and grants end, a hold is lifted.
 * @param bind binds or activates the new passkey, in the same transaction.
 * @throws Refusal `person_on_hold` when only the operator lifts the hold.
 */
export async function recoverPerson(transaction: Transaction, { personId, at, policy, keep }: Recovery, bind: () => Promise<PasskeyId>): Promise<PasskeyId> {
  const change = { personId, at, initiator: "user", reason: "recovered", policy } as const;
  return changePerson(transaction, change, async (before) => {
    const { data } = transaction;
    if (before?.state === "held" && !liftsHold(before, "signature")) throw new Refusal("person_on_hold", "only the operator lifts this hold");
    const id = await bind();
    const earlier = { personId, id: { notIn: [id, ...keep] }, state: { not: "revoked" } };
    const ended = await data.passkey.findMany({ where: earlier, select: { id: true } });
    await data.passkey.updateMany({ where: earlier, data: { state: "revoked" } });
    if (before?.state === "held") await saveStanding(transaction, personId, release(before));
    await data.person.update({ where: { id: personId }, data: { recoveredAt: toDate(at) } });
    await endSessions(transaction, personId, at);
    await appendReceipt(data, {
      kind: "person_recovered",
      at,
      personId,
      detail: { passkey: id, ended_passkeys: ended.length, kept_passkeys: keep.length, was_on_hold: before?.state === "held" },
    });
    return id;
  });
}
