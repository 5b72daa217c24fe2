import type { AssurancePolicy } from "../assurance/index.ts";
import type { BoundEvidence, Storage } from "../storage/index.ts";
import { type AnsweredStatus, recordStatus, type StatusChange } from "./evidence-status.ts";
import { findPersonWithin } from "./people.ts";
import { certificateContext } from "./records.ts";

/** The certificate that the evidence rests on, in DER; `null` when the evidence is gone. */
export async function certificateOfEvidence({ read, sealing }: Storage, { evidenceId }: BoundEvidence): Promise<Uint8Array | null> {
  const row = await read.evidence.findUnique({ where: { id: evidenceId }, select: { sealedCertificate: true } });
  return row === null ? null : sealing.open(row.sealedCertificate, certificateContext(evidenceId));
}

/**
 * Records, in one transaction, what was found out about evidence that nobody had asked for. See {@link recordStatus}.
 * @param policy the assurance policy, for the receipt and the levels before and after.
 */
export async function recordFoundStatus(storage: Storage, policy: AssurancePolicy, { personId, evidenceId }: BoundEvidence, status: AnsweredStatus): Promise<StatusChange> {
  return storage.transaction(async (transaction) => {
    const person = await findPersonWithin(transaction, personId);
    const onRecord = person?.evidence.find(({ id }) => id === evidenceId)?.status;
    if (person === null || onRecord === undefined) return "unchanged";
    // A hold may have been lifted since: what the authority has said later stands.
    if (status.status === "hold" && onRecord.thisUpdate > status.thisUpdate) return "unchanged";
    return recordStatus(transaction, { sealing: storage.sealing, policy }, person, evidenceId, status);
  });
}
