import type { AssurancePolicy } from "../assurance/index.ts";
import type { PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { revokePasskeys } from "./endings.ts";
import { endSessions } from "./sessions.ts";
import { livingPersonWithin } from "./standing.ts";

/**
 * An operator ends every passkey, session and grant of a person, who comes back by a JPKI signature and in no
 * other way. A hold stays.
 * @throws Refusal `not_found`, `person_erased`.
 */
export async function forceRecovery(storage: Storage, { personId, at, operator, reason, policy }: { readonly personId: PersonId; readonly at: number; readonly operator: string; readonly reason: string; readonly policy: AssurancePolicy }): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { passkeys } = await livingPersonWithin(transaction, personId);
    await changePerson(transaction, { personId, at, initiator: "admin", reason: "recovery_forced", policy }, async () => {
      await revokePasskeys(transaction, passkeys);
      await endSessions(transaction, personId, at);
      await appendReceipt(transaction.data, { kind: "recovery_forced", at, personId, detail: { operator, reason, passkeys: passkeys.filter(({ state }) => state !== "revoked").map(({ id }) => id) } });
    });
  });
}
