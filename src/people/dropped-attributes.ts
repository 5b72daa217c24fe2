import type { EvidenceId, PersonId } from "../identifiers.ts";
import { appendReceipt, type Sealing, type Transaction } from "../storage/index.ts";
import { certificateContext } from "./records.ts";

/** Why what a signature certificate states of its holder is no longer kept. */
export type DropReason = "revoked" | "expired" | "replaced" | "withdrawn" | "surrendered" | "unlinked";

/**
 * Forgets what a signature certificate states: the certificate itself, the only place where it is kept.
 * The evidence stays without it, so that a revocation once on record is not forgotten.
 */
export async function dropAttributes({ data }: Transaction, sealing: Sealing, personId: PersonId, id: EvidenceId, { reason, at }: { reason: DropReason; at: number }): Promise<void> {
  await data.evidence.update({ where: { id }, data: { sealedCertificate: sealing.seal(new Uint8Array(), certificateContext(id)), attributesDigest: null } });
  await appendReceipt(data, { kind: "attributes_dropped", at, personId, detail: { evidence: id, reason } });
}
