import type { AssurancePolicy } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import type { PasskeyId, PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage, type Transaction } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { restore, startsFrom, suspend } from "./lifecycle-states.ts";
import { endSessions } from "./sessions.ts";
import { livingPersonWithin } from "./standing.ts";

interface Asked {
  readonly personId: PersonId;
  readonly at: number;
  readonly policy: AssurancePolicy;
}

/**
 * Suspends one passkey, whose device is missing, and ends what could have been made with it. The last
 * one, too: a JPKI signature of the person brings it back.
 * @throws Refusal `not_found`, `person_erased`, `passkey_not_active`.
 */
export async function suspendPasskey(storage: Storage, { personId, passkeyId, at, policy }: Asked & { readonly passkeyId: PasskeyId }): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    const passkey = (await livingPersonWithin(transaction, personId)).passkeys.find(({ id }) => id === passkeyId);
    if (passkey === undefined) throw new Refusal("not_found", "no such passkey");
    if (!startsFrom("passkey", "suspend", passkey)) throw new Refusal("passkey_not_active", "passkey is not active");
    await changePerson(transaction, { personId, at, initiator: "user", reason: "passkey_suspended", policy }, async () => {
      await data.passkey.update({ where: { id: passkeyId }, data: { state: suspend(passkey) } });
      await endSessions(transaction, personId, at);
      await appendReceipt(data, { kind: "passkey_suspended", at, personId, detail: { passkey: passkeyId } });
    });
  });
}

/**
 * Makes suspended passkeys active again, in the transaction that verified a JPKI signature of the person.
 * @param which the passkeys; those of them that are not suspended stay as they are.
 * @returns how many came back.
 * @throws Refusal `not_found`, `person_erased`.
 */
export async function restorePasskeys(transaction: Transaction, { personId, which, at, policy }: Asked & { readonly which: "all" | readonly PasskeyId[] }): Promise<number> {
  const { data } = transaction;
  const { passkeys } = await livingPersonWithin(transaction, personId);
  const suspended = passkeys.filter(({ id }) => which === "all" || which.includes(id)).filter((passkey) => startsFrom("passkey", "restore", passkey));
  if (suspended.length === 0) return 0;
  await changePerson(transaction, { personId, at, initiator: "user", reason: "passkey_restored", policy }, async () => {
    for (const passkey of suspended) {
      await data.passkey.update({ where: { id: passkey.id }, data: { state: restore(passkey) } });
      await appendReceipt(data, { kind: "passkey_restored", at, personId, detail: { passkey: passkey.id } });
    }
  });
  return suspended.length;
}
