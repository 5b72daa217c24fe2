import { Refusal } from "../errors.ts";
import type { EvidenceId } from "../identifiers.ts";
import { basicAttributes } from "../jpki/index.ts";
import { bindAttributes, bindEvidence, type ClaimedDevice, openReview, type PersonRecord, type Presentation, type VerifiedCertificate } from "../people/index.ts";
import { parseCertificate } from "../pki/certificate.ts";
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
  const asked = presentationOf(frame, verified.facts.verifiedAt);
  const before = previous === null ? null : await bindEvidence(transaction, keeping, { ...previous, claimed }, { ...asked, earlier: null });
  const presentation: Presentation = before === null ? asked : { ...asked, expected: before.person.id, earlier: { evidenceId: before.evidenceId, continuity: "old_key_signed" } };
  const { person, evidenceId } = await bindEvidence(transaction, keeping, { ...verified, claimed }, presentation);
  const attributes = signature === null || frame.purpose !== "attributes" ? null : await bindAttributes(transaction, keeping, { ...signature, claimed }, person.id);
  return { person, evidenceId, bound: [evidenceId, before?.evidenceId, attributes].filter((id) => id !== null && id !== undefined) };
}

/**
 * Where nobody is known by the certificate of a recovery, and the signature certificate was presented with
 * it: asks an operator whether its holder is the one who states the same.
 * @returns with what the recovery ends: `recovery_under_review`, `recovery_denied`, or `person_unknown` where nobody states the same.
 */
export async function askForReview(ports: EnrolmentPorts, transaction: Transaction, { verified, signature }: Pick<ProvedCertificates, "verified" | "signature">): Promise<Refusal> {
  const unknown = new Refusal("person_unknown", "certificate that nobody is known by");
  const certificate = parseCertificate(signature?.der ?? new Uint8Array());
  const attributes = certificate.valid ? basicAttributes(certificate.value) : certificate;
  if (!attributes.valid) return unknown;
  const { sealing } = ports.storage;
  const { reference, facts } = verified;
  const opened = await openReview(transaction, {
    sealing, attributes: attributes.value, certificateDigests: sealing.lookUpDigests(reference.issuer, reference.serialNumber),
    medium: facts.medium, certificateExpiresAt: facts.expiresAt, at: facts.verifiedAt,
  });
  if (opened === null) return unknown;
  return opened.state === "denied" ? new Refusal("recovery_denied", "an operator denied it") : new Refusal("recovery_under_review", "waits for an operator");
}
