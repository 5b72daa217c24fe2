import { presented } from "./authentication-methods.ts";
import type { AssuranceFacts, AuthenticatorFacts, Continuity, EvidenceFacts, EvidenceKind, Level, Medium, StatusFacts } from "./facts.ts";
import type { AssurancePolicy } from "./policy.ts";

/**
 * The `assurance` claim: the facts behind the levels, in plain JSON, without any identifier that two
 * relying parties could compare. Times are seconds since the epoch; those that stay with a person for
 * years tell the day alone, since a second would single the person out wherever it is shown.
 */
export type AssuranceDescription = {
  readonly evidence?: {
    readonly kind: EvidenceKind;
    readonly medium: Medium;
    /** The start of the day (UTC). */
    readonly verified_at: number;
    readonly status: StatusFacts["status"];
    readonly status_source: StatusFacts["source"];
    readonly status_time: number;
    /** Left out of a person's first certificate. */
    readonly continuity?: Continuity;
  };
  readonly authenticator?: {
    readonly kind: "passkey" | "jpki_card" | "jpki_smartphone";
    readonly backup_eligible: boolean;
    readonly attestation: AuthenticatorFacts["attestation"];
  };
  /** `bound_at`: the start of the day (UTC). */
  readonly binding?: { readonly bound_at: number; readonly bound_by: EvidenceKind; readonly ial: Level; readonly aal: Level };
  /** The version of the policy that decided. */
  readonly policy: string;
};

/** What a relying party is told of the facts. An erased person has none left to tell. */
export function describe(facts: AssuranceFacts, now: number, policy: Pick<AssurancePolicy, "version">): AssuranceDescription {
  if (facts.person === "erased") return { policy: policy.version };
  const { evidence, binding } = facts;
  const authenticator = describeAuthenticator(facts, now);
  return {
    ...(evidence !== null && { evidence: describeEvidence(evidence) }),
    ...(authenticator !== undefined && { authenticator }),
    ...(authenticator?.kind === "passkey" &&
      binding !== null && { binding: { bound_at: startOfDay(binding.boundAt), bound_by: binding.boundByKind, ial: binding.ial, aal: binding.aal } }),
    policy: policy.version,
  };
}

function describeEvidence({ kind, medium, verifiedAt, status, continuity = null }: EvidenceFacts): NonNullable<AssuranceDescription["evidence"]> {
  return {
    kind,
    medium,
    verified_at: startOfDay(verifiedAt),
    status: status.status,
    status_source: status.source,
    status_time: status.thisUpdate,
    ...(continuity !== null && { continuity }),
  };
}

function describeAuthenticator(facts: AssuranceFacts, now: number): AssuranceDescription["authenticator"] {
  const { authenticator, evidence } = facts;
  const { passkey, signature } = presented(facts.session, now);
  if (passkey !== null && authenticator !== null) {
    return { kind: "passkey", backup_eligible: authenticator.backupEligible, attestation: authenticator.attestation };
  }
  if (signature === null || evidence === null || evidence.id !== signature.evidence) return undefined;
  return { kind: `jpki_${evidence.medium}`, backup_eligible: false, attestation: "none" };
}

const startOfDay = (seconds: number): number => seconds - (seconds % 86_400);
