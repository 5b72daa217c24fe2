import { assure } from "../assurance/index.ts";
import type { BindingFacts } from "../assurance/facts.ts";
import { Refusal } from "../errors.ts";
import type { PasskeyId } from "../identifiers.ts";
import { changePerson, type EvidenceRecord, findPersonWithin, type PersonRecord, recoverPerson } from "../people/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { EnrolmentPorts } from "./ports.ts";
import { admitsHeld, purposes } from "./purposes.ts";
import type { EnrolmentTransaction, Proved, TransactionFrame } from "./transaction.ts";

type ProvedFrame = Pick<TransactionFrame, "purpose" | "keep"> & Proved;

/**
 * The person of a proof, with what was proved, as both are in the transaction that binds a passkey to
 * them: minutes may lie between the proof and the passkey.
 * @throws Refusal `person_on_hold`, `person_erased`, `transaction_wrong_state`, `certificate_revoked`, `certificate_on_hold`, `certificate_unknown`, `earlier_certificate_refused`.
 */
export async function livingProver(transaction: Transaction, proved: ProvedFrame): Promise<{ person: PersonRecord; evidence: EvidenceRecord }> {
  const person = await findPersonWithin(transaction, proved.personId);
  if (person === null || person.state === "erased") throw new Refusal("person_erased", "erased since the proof");
  if (person.state === "held" && !admitsHeld(proved.purpose, person)) throw new Refusal("person_on_hold", "held since the proof");
  const evidence = person.evidence.find(({ id }) => id === proved.evidenceId);
  if (evidence === undefined || evidence.status.status === "unknown") throw new Refusal("certificate_unknown", "unknown since the proof");
  if (evidence.status.status === "revoked") throw new Refusal("certificate_revoked", "revoked since the proof");
  if (evidence.status.status === "hold") throw new Refusal("certificate_on_hold", "on hold since the proof");
  if (evidence.supersededBy !== null && !purposes[proved.purpose].admits.includes("superseded")) throw new Refusal("earlier_certificate_refused", "superseded since the proof");
  // Whoever was thrown out by a recovery or a removal must not come back by a proof from before it.
  if (evidence.ended !== null || (person.sessionsEndedAt !== null && proved.provedAt < person.sessionsEndedAt)) throw new Refusal("transaction_wrong_state", "ended since the proof");
  // Within the second of a recovery nobody knows which came first: then it begins anew.
  if (person.recoveredAt !== null && proved.provedAt <= person.recoveredAt) throw new Refusal("transaction_wrong_state", "recovered since the proof");
  return { person, evidence };
}

/**
 * With what provenance the passkey of a transaction is bound. `device` says where the transaction was
 * opened: in a browser of the device that holds the Secure Element, or in another. The level is that of
 * the live signature on the device itself in either case (05): there the passkey is made.
 */
export async function bindingOf(ports: EnrolmentPorts, transaction: Transaction, proved: Extract<EnrolmentTransaction, { state: "proved" }>): Promise<BindingFacts> {
  const now = ports.clock();
  const { evidence } = await livingProver(transaction, proved);
  const { ial, aal } = assure(
    {
      // Where the person is on hold, this is the recovery that lifts it.
      person: "active", evidence, binding: null, authenticator: null,
      session: { passkey: null, signature: { device: "same", at: proved.provedAt, evidence: proved.evidenceId } },
      client: { authentication: "none", request: "plain", senderConstrained: "none" },
    },
    now,
    ports.assurance,
  );
  return { boundAt: now, boundBy: evidence.id, boundByKind: evidence.kind, ial, aal, device: proved.device };
}

/** Lets a new passkey count: beside the person's others, or, in a recovery, in their place. */
export async function admitPasskey(ports: EnrolmentPorts, transaction: Transaction, { purpose, personId, keep }: ProvedFrame, at: number, bind: () => Promise<PasskeyId>): Promise<PasskeyId> {
  const policy = ports.assurance;
  if (purpose === "recover") return recoverPerson(transaction, { personId, at, policy, keep }, bind);
  return changePerson(transaction, { personId, at, initiator: "user", reason: "passkey_added", policy }, bind);
}
