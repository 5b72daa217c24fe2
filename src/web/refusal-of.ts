import type { StepUp } from "../assurance/index.ts";
import type { ErrorCode } from "../errors.ts";
import { currentEvidence, type PersonRecord } from "../people/index.ts";
import { assuranceOf, type AuthenticationFacts, noClient } from "../provider/index.ts";
import type { WebPorts } from "./ports.ts";

/** The plainest true reason: what became of the certificate, else that the level is out of reach. */
export function refusalOf(person: PersonRecord | null, plan: StepUp, now: number): ErrorCode {
  const evidence = person === null ? null : currentEvidence(person);
  if (evidence?.status.status === "revoked") return "certificate_revoked";
  if (evidence?.status.status === "hold") return "certificate_on_hold";
  if (evidence !== null && evidence.expiresAt < now) return "certificate_expired";
  if (plan.kind === "status_check") return "status_unavailable";
  return plan.kind === "impossible" ? plan.reason : "unmet_authentication_requirements";
}

/** What a person's session lacks, where a live signature is asked for. */
export function whyStepUp(ports: WebPorts, person: PersonRecord, facts: AuthenticationFacts): "identity" | "authenticator" | "status" {
  const { ial, aal } = assuranceOf(ports.providerPorts, person, facts, noClient);
  return ial < 3 ? "identity" : aal < 3 ? "authenticator" : "status";
}
