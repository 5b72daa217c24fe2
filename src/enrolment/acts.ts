import { Refusal } from "../errors.ts";
import type { EvidenceId } from "../identifiers.ts";
import type { Purpose } from "../jpki/index.ts";
import { holdPersonWithin, type PersonRecord, releasePerson, restorePasskeys } from "../people/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { EnrolmentPorts } from "./ports.ts";

/** Whose proof was just accepted, in the caller's transaction. */
export interface Prover {
  readonly person: PersonRecord;
  readonly evidenceId: EvidenceId;
  readonly at: number;
}

/** What a proof does by itself, without a passkey: it begins or lifts a hold. Of other purposes, nothing. */
export async function actOn(ports: EnrolmentPorts, transaction: Transaction, purpose: Purpose, prover: Prover): Promise<void> {
  if (purpose === "hold") await beginHold(ports, transaction, prover);
  if (purpose === "release") await liftHold(ports, transaction, prover);
}

async function beginHold({ assurance: policy }: EnrolmentPorts, transaction: Transaction, { person, at }: Prover): Promise<void> {
  // Whoever asks for what is so already is not to be frightened by a refusal.
  if (person.state === "held") return;
  await holdPersonWithin(transaction, { personId: person.id, at, by: "person", liftedBy: "signature", policy });
}

/**
 * Passkeys suspended with their phone come back when the certificate in it signs: the phone is there again. A
 * card tells nothing of where they are: it first lifts the hold alone, and brings them back when nothing else
 * can have been meant.
 */
async function liftHold({ assurance: policy }: EnrolmentPorts, transaction: Transaction, { person, evidenceId, at }: Prover): Promise<void> {
  const isHeld = person.state === "held";
  const inPhone = person.evidence.some(({ id, medium }) => id === evidenceId && medium === "smartphone");
  const which = inPhone || !isHeld ? person.passkeys.filter(({ binding }) => binding.boundBy === evidenceId).map(({ id }) => id) : [];
  if (isHeld) await releasePerson(transaction, { personId: person.id, at, by: "person", policy });
  const restored = await restorePasskeys(transaction, { personId: person.id, which, at, policy });
  if (!isHeld && restored === 0) throw new Refusal("operation_not_possible", "nothing is on hold");
}
