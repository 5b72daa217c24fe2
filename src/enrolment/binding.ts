import { assure } from "../assurance/index.ts";
import type { BindingFacts } from "../assurance/facts.ts";
import { Refusal } from "../errors.ts";
import { type EvidenceRecord, findPersonWithin, type PersonRecord } from "../people/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { EnrolmentPorts } from "./ports.ts";
import type { EnrolmentTransaction, Proved } from "./transaction.ts";

/**
 * The person of a proof, with what was proved, as both are in the transaction that binds a passkey to
 * them: minutes may lie between the proof and the passkey.
 * @throws Refusal `person_on_hold`, `person_erased`, `certificate_revoked`, `certificate_on_hold`, `certificate_unknown`.
 */
export async function livingProver(transaction: Transaction, proved: Proved): Promise<{ person: PersonRecord; evidence: EvidenceRecord }> {
  const person = await findPersonWithin(transaction, proved.personId);
  if (person === null || person.state === "erased") throw new Refusal("person_erased", "erased since the proof");
  if (person.state === "held") throw new Refusal("person_on_hold", "held since the proof");
  const evidence = person.evidence.find(({ id }) => id === proved.evidenceId);
  if (evidence === undefined || evidence.status.status === "unknown") throw new Refusal("certificate_unknown", "unknown since the proof");
  if (evidence.status.status === "revoked") throw new Refusal("certificate_revoked", "revoked since the proof");
  if (evidence.status.status === "hold") throw new Refusal("certificate_on_hold", "on hold since the proof");
  return { person, evidence };
}

/**
 * With what provenance the passkey of a transaction is bound. `device` says where the transaction was
 * opened: in a browser of the device that holds the Secure Element, or in another. The level is that of
 * the live signature on the device itself in either case (05): there the passkey is made.
 */
export async function bindingOf(ports: EnrolmentPorts, transaction: Transaction, proved: Extract<EnrolmentTransaction, { state: "proved" }>): Promise<BindingFacts> {
  const now = ports.clock();
  const { person, evidence } = await livingProver(transaction, proved);
  const { ial, aal } = assure(
    {
      person: person.state, evidence, binding: null, authenticator: null,
      session: { passkey: null, signature: { device: "same", at: proved.provedAt, evidence: proved.evidenceId } },
      client: { authentication: "none", request: "plain", senderConstrained: "none" },
    },
    now,
    ports.assurance,
  );
  return { boundAt: now, boundBy: evidence.id, boundByKind: evidence.kind, ial, aal, device: proved.device };
}
