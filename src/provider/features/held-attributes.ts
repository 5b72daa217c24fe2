import type { BasicAttributes } from "../../jpki/index.ts";
import { attributesOf, type EvidenceRecord, type PersonRecord, signatureEvidence } from "../../people/index.ts";
import { refreshed } from "../living-evidence.ts";
import type { ProviderPorts } from "../ports.ts";

/** What a signature certificate states, and the evidence that it is. */
export interface HeldAttributes {
  readonly evidence: EvidenceRecord;
  readonly attributes: BasicAttributes;
}

/**
 * The attributes of a person, while the certificate that states them is valid and good: its status is
 * asked for again as that of the other certificate is. Null when there are none, or none now.
 */
export async function heldAttributes(ports: ProviderPorts, person: PersonRecord): Promise<HeldAttributes | null> {
  const onRecord = signatureEvidence(person);
  if (onRecord === null) return null;
  const evidence = signatureEvidence(await refreshed(ports, person, ports.statusRefresh, onRecord));
  if (evidence === null || evidence.status.status !== "good" || evidence.expiresAt < ports.clock()) return null;
  const attributes = attributesOf(ports.storage.sealing, evidence);
  return attributes === null ? null : { evidence, attributes };
}
