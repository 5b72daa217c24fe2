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
 * Erases one phone, on it or from afar: every passkey made with its certificates is revoked, the
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

/**
 * A phone is known by the certificate in it, and by those that it was renewed from and to: a renewal on the
 * same phone leaves the passkey of the certificate before. A later one is taken for another phone's only where
 * it was presented apart from the earlier one; where nobody can tell, it ends too.
 */
function onTheSamePhone({ passkeys, evidence }: PersonRecord, passkey: PasskeyRecord): { passkeys: readonly PasskeyRecord[]; evidence: readonly EvidenceRecord[] } {
  const inPhones = evidence.filter(({ kind, medium }) => kind === "jpki_user_authentication" && medium === "smartphone");
  const inPhone = inPhones.find(({ id }) => id === passkey.binding.boundBy);
  if (inPhone === undefined) return { passkeys: [passkey], evidence: [] };
  const renewals = [...earlierThan(inPhone, inPhones), inPhone, ...laterThan(inPhone, inPhones)];
  return {
    passkeys: passkeys.filter(({ binding }) => renewals.some(({ id }) => id === binding.boundBy)),
    evidence: [...renewals, ...evidence.filter(({ kind, medium }) => kind === "jpki_signature" && medium === "smartphone")],
  };
}

const mayShareThePhone = ({ continuity }: EvidenceRecord): boolean => continuity !== "presented_together";

function earlierThan(later: EvidenceRecord, all: readonly EvidenceRecord[]): readonly EvidenceRecord[] {
  if (!mayShareThePhone(later)) return [];
  return all.filter(({ supersededBy }) => supersededBy === later.id).flatMap((each) => [...earlierThan(each, all), each]);
}

function laterThan(earlier: EvidenceRecord, all: readonly EvidenceRecord[]): readonly EvidenceRecord[] {
  const later = all.find((each) => each.id === earlier.supersededBy && mayShareThePhone(each));
  return later === undefined ? [] : [later, ...laterThan(later, all)];
}
