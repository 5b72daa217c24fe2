import type { AssurancePolicy } from "../assurance/index.ts";
import type { PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage } from "../storage/index.ts";
import type { Activity } from "./activity.ts";
import { changePerson } from "./changes.ts";
import { revokePasskeys } from "./endings.ts";
import { endSessions } from "./sessions.ts";
import { livingPersonWithin } from "./standing.ts";

/**
 * The person says that somebody else did something: the passkey it was done with is revoked, sessions and
 * grants end. The last passkey may go, too: a JPKI signature brings the person back, and nobody else.
 * @returns whether a passkey was revoked: what was done by a signature, or with one that is gone, names none.
 * @throws Refusal `not_found`, `person_erased`.
 */
export async function reportActivity(storage: Storage, { personId, activity, at, policy }: { readonly personId: PersonId; readonly activity: Activity; readonly at: number; readonly policy: AssurancePolicy }): Promise<boolean> {
  return storage.transaction(async (transaction) => {
    const { passkeys } = await livingPersonWithin(transaction, personId);
    const used = passkeys.filter(({ id, state }) => id === activity.passkeyId && state !== "revoked");
    await changePerson(transaction, { personId, at, initiator: "user", reason: "reported", policy }, async () => {
      await revokePasskeys(transaction, used);
      await endSessions(transaction, personId, at);
      await appendReceipt(transaction.data, { kind: "activity_reported", at, personId, detail: { receipt: activity.id, passkey: activity.passkeyId } });
    });
    return used.length > 0;
  });
}
