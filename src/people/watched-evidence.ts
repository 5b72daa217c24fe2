import type { AssurancePolicy } from "../assurance/index.ts";
import { asIdentifier, type EvidenceId } from "../identifiers.ts";
import { type BoundEvidence, type Storage, toSeconds } from "../storage/index.ts";
import { type AnsweredStatus, recordStatusOfAll, type StatusChange } from "./evidence-status.ts";
import { certificateContext } from "./records.ts";

/** Opens each certificate that evidence rests on, in DER; those that are gone are not among them. Opening one throws where no key opens it. */
export async function certificatesOfEvidence({ read, sealing }: Storage, evidence: readonly BoundEvidence[]): Promise<ReadonlyMap<EvidenceId, () => Uint8Array>> {
  const rows = await read.evidence.findMany({ where: { id: { in: evidence.map(({ evidenceId }) => evidenceId) } }, select: { id: true, sealedCertificate: true } });
  return new Map(rows.map(({ id, sealedCertificate }) => [asIdentifier<EvidenceId>(id), () => sealing.open(sealedCertificate, certificateContext(asIdentifier(id)))]));
}

/**
 * Records, in one transaction, what was found out about evidence that nobody had asked for; none of its
 * people twice. See {@link recordStatusOfAll}.
 * @param policy the assurance policy, for the receipts and the levels before and after.
 */
export async function recordFoundStatus(storage: Storage, policy: AssurancePolicy, evidence: readonly BoundEvidence[], status: AnsweredStatus): Promise<ReadonlyMap<EvidenceId, StatusChange>> {
  return storage.transaction(async (transaction) => {
    const known = await transaction.data.evidence.findMany({ where: { id: { in: evidence.map(({ evidenceId }) => evidenceId) } }, select: { id: true, statusThisUpdate: true } });
    // A hold may have been lifted since: what the authority has said later stands.
    const outdated = new Set(known.filter(({ statusThisUpdate }) => status.status === "hold" && toSeconds(statusThisUpdate) > status.thisUpdate).map(({ id }) => id));
    return recordStatusOfAll(transaction, { sealing: storage.sealing, policy }, evidence.filter(({ evidenceId }) => !outdated.has(evidenceId)), status);
  });
}
