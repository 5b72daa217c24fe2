import type { EvidenceId } from "../identifiers.ts";
import { bindAttributes, bindEvidence, type ClaimedDevice, type PersonRecord, type Presentation, type VerifiedCertificate } from "../people/index.ts";
import type { Transaction } from "../storage/index.ts";
import type { EnrolmentPorts } from "./ports.ts";
import { presentationOf } from "./purposes.ts";
import type { TransactionFrame } from "./transaction.ts";

/** The certificates of one proof, each verified. */
export interface ProvedCertificates {
  readonly verified: VerifiedCertificate;
  readonly signature: VerifiedCertificate | null;
  /** The one before it, whose key signed the same statement. */
  readonly previous: VerifiedCertificate | null;
  readonly claimed: ClaimedDevice | null;
}

/**
 * Binds what was proved to its person, in the caller's transaction.
 * @returns the person, the evidence that the proof rests on, and all that was bound.
 */
export async function presentCertificates(
  ports: EnrolmentPorts,
  transaction: Transaction,
  frame: Pick<TransactionFrame, "purpose" | "expected" | "presented">,
  { verified, signature, previous, claimed }: ProvedCertificates,
): Promise<{ person: PersonRecord; evidenceId: EvidenceId; bound: readonly EvidenceId[] }> {
  const keeping = { sealing: ports.storage.sealing, policy: ports.assurance };
  const asked = presentationOf(frame);
  const before = previous === null ? null : await bindEvidence(transaction, keeping, { ...previous, claimed }, { ...asked, earlier: null });
  const presentation: Presentation = before === null ? asked : { ...asked, expected: before.person.id, earlier: { evidenceId: before.evidenceId, continuity: "old_key_signed" } };
  const { person, evidenceId } = await bindEvidence(transaction, keeping, { ...verified, claimed }, presentation);
  const attributes = signature === null ? null : await bindAttributes(transaction, keeping, { ...signature, claimed }, person.id);
  return { person, evidenceId, bound: [evidenceId, before?.evidenceId, attributes].filter((id) => id !== null && id !== undefined) };
}
