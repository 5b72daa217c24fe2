import { lower } from "./facts.ts";
import type { EvidenceFacts, Level, PersonState } from "./facts.ts";
import type { AssurancePolicy } from "./policy.ts";
import { secondsSince } from "./time.ts";

export type IdentityRule = "evidence_current" | "evidence_status_ageing" | "pseudonym";
export type IdentityCap =
  | "person_on_hold"
  | "person_erased"
  | "no_evidence"
  | "evidence_not_yet_valid"
  | "evidence_expired"
  | "evidence_revoked"
  | "evidence_on_hold"
  | "status_unknown"
  | "status_not_fresh"
  | "status_too_old"
  | "policy";

export interface IdentityAssurance {
  readonly level: Level;
  readonly rule: IdentityRule;
  /** The fact that kept the level from being higher. */
  readonly cappedBy?: IdentityCap;
}

const pseudonym = (cappedBy: IdentityCap): IdentityAssurance => ({ level: 1, rule: "pseudonym", cappedBy });

/** The identity assurance level that the evidence carries now (design: rules for IAL 3, 2 and 1). */
export function identityAssurance(
  person: PersonState,
  evidence: EvidenceFacts | null,
  now: number,
  policy: AssurancePolicy,
): IdentityAssurance {
  if (person === "erased") return pseudonym("person_erased");
  if (person === "held") return pseudonym("person_on_hold");
  if (evidence === null) return pseudonym("no_evidence");
  const { status } = evidence;
  if (status.status === "revoked") return pseudonym("evidence_revoked");
  if (status.status === "hold") return pseudonym("evidence_on_hold");
  if (!(now <= evidence.expiresAt)) return pseudonym("evidence_expired");
  if (secondsSince(evidence.verifiedAt, now) === null) return pseudonym("evidence_not_yet_valid");
  const age = secondsSince(status.thisUpdate, now);
  if (status.status !== "good" || age === null) return pseudonym("status_unknown");
  if (age > policy.statusHard) return pseudonym("status_too_old");

  const ceiling = policy.ial[evidence.kind];
  if (age > policy.statusFresh) return { level: lower(2, ceiling), rule: "evidence_status_ageing", cappedBy: ceiling < 2 ? "policy" : "status_not_fresh" };
  return { level: ceiling, rule: "evidence_current", ...(ceiling < 3 && { cappedBy: "policy" }) };
}

/** How old a good status is, in seconds; `null` when the status is not good or there is no evidence. */
export function statusAge(evidence: EvidenceFacts | null, now: number): number | null {
  return evidence?.status.status === "good" ? secondsSince(evidence.status.thisUpdate, now) : null;
}

/** Whether the status was good when it was asked for within `policy.statusNow`, by a source still fresh. */
export function isStatusCheckedNow(evidence: EvidenceFacts | null, now: number, policy: AssurancePolicy): boolean {
  const age = statusAge(evidence, now);
  if (evidence === null || age === null || age > policy.statusFresh) return false;
  const asked = secondsSince(evidence.status.checkedAt, now);
  return asked !== null && asked <= policy.statusNow;
}
