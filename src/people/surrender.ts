import type { AssurancePolicy } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import type { PasskeyId, PersonId } from "../identifiers.ts";
import { appendReceipt, type Storage } from "../storage/index.ts";
import { changePerson } from "./changes.ts";
import { dropAttributes } from "./dropped-attributes.ts";
import { endEvidence, revokePasskeys } from "./endings.ts";
import { evidenceState, startsFrom } from "./lifecycle-states.ts";
import type { EvidenceRecord, PasskeyRecord, PersonRecord } from "./records.ts";
import { endSessions } from "./sessions.ts";
import { livingPersonWithin } from "./standing.ts";

/**
 * Erases one phone, on it or from afar: every passkey made with its certificate is revoked, the
 * certificate in it no longer speaks for the person, what its signature certificate states is forgotten,
 * sessions and grants end. Where the passkey was made with a card, it goes alone. The last one may go, too:
 * a recovery on another phone, with the certificate there or the card, brings the person back.
 * @throws Refusal `not_found`, `person_erased`.
 */
export async function surrenderPhone(storage: Storage, { personId, passkeyId, at, policy }: { readonly personId: PersonId; readonly passkeyId: PasskeyId; readonly at: number; readonly policy: AssurancePolicy }): Promise<void> {
  await storage.transaction(async (transaction) => {
    const person = await livingPersonWithin(transaction, personId);
    const passkey = person.passkeys.find(({ id, state }) => id === passkeyId && state !== "revoked");
    if (passkey === undefined) throw new Refusal("not_found", "no such passkey");
    const { passkeys, evidence } = onTheSamePhone(person, passkey);
    await changePerson(transaction, { personId, at, initiator: "user", reason: "surrendered", policy }, async () => {
      await revokePasskeys(transaction, passkeys);
      for (const each of evidence) {
        if (each.kind === "jpki_signature") await dropAttributes(transaction, storage.sealing, personId, each.id, { reason: "surrendered", at });
        const from = { id: each.id, state: evidenceState(each, at) };
        if (startsFrom("evidence", "end", from)) await endEvidence(transaction, from, at, "surrendered");
      }
      await endSessions(transaction, personId, at);
      await appendReceipt(transaction.data, { kind: "phone_surrendered", at, personId, detail: { passkeys: passkeys.map(({ id }) => id), evidence: evidence.map(({ id }) => id) } });
    });
  });
}

/** A phone is known by the certificate in it: what was bound by that certificate is there. */
function onTheSamePhone({ passkeys, evidence }: PersonRecord, passkey: PasskeyRecord): { passkeys: readonly PasskeyRecord[]; evidence: readonly EvidenceRecord[] } {
  const inPhone = evidence.find(({ id, medium }) => id === passkey.binding.boundBy && medium === "smartphone");
  if (inPhone === undefined) return { passkeys: [passkey], evidence: [] };
  return {
    passkeys: passkeys.filter(({ binding }) => binding.boundBy === inPhone.id),
    evidence: [inPhone, ...evidence.filter(({ kind, medium }) => kind === "jpki_signature" && medium === "smartphone")],
  };
}
