import type { Assurance } from "./assure.ts";
import type { BindingFacts, Device, EvidenceFacts } from "./facts.ts";

/**
 * The provenance of a passkey made on the phone right after its JPKI signature (enrolment, recovery):
 * bound at AAL 3, because signature and passkey come from one device over one key-bound channel.
 */
export function bindingByEnrolment(evidence: EvidenceFacts, device: Device, now: number): BindingFacts {
  return { boundAt: now, boundBy: evidence.id, boundByKind: evidence.kind, ial: 3, aal: 3, device };
}

/** The provenance of a passkey added in a session: it never rises above what that session had reached. */
export function bindingBySession(evidence: EvidenceFacts, session: Assurance, now: number): BindingFacts {
  return { boundAt: now, boundBy: evidence.id, boundByKind: evidence.kind, ial: session.ial, aal: session.aal, device: "same" };
}
