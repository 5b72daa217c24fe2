import type { ErrorCode } from "../errors.ts";
import { assure } from "./assure.ts";
import type { Assurance } from "./assure.ts";
import { countingSession, presented } from "./authentication-methods.ts";
import { acrMeaning, missingFor } from "./crosswalk.ts";
import type { AssuranceFacts, AuthenticatorFacts, BindingFacts, EvidenceFacts, Level, SessionFacts } from "./facts.ts";
import type { AssurancePolicy } from "./policy.ts";
import { secondsSince } from "./time.ts";
import type { AcrMeaning } from "./vocabularies.ts";

/** All that one request asks of an assurance: the request's own wish and the client's registration. */
export interface AssuranceRequirement {
  /** `acr` values of which one must be reached, most wanted first; empty when none is required. */
  readonly acr: readonly string[];
  readonly minimumIal?: Level;
  readonly minimumAal?: Level;
  /** Seconds; how old a good status may be by its source's own time. */
  readonly maximumStatusAge?: number;
}

export interface Passkey {
  readonly authenticator: AuthenticatorFacts;
  readonly binding: BindingFacts;
}

/** The facts of the session and every active passkey of the person, the one in the session included. */
export interface StepUpFacts extends AssuranceFacts {
  readonly passkeys: readonly Passkey[];
}

/** The next thing to ask of the person (or, for `status_check`, of the status source). */
export type StepUp =
  | { readonly kind: "satisfied" }
  | { readonly kind: "passkey" | "status_check" | "signature" | "enrol" }
  | { readonly kind: "impossible"; readonly reason: ErrorCode };

interface Way {
  readonly kind: "satisfied" | "passkey" | "status_check" | "signature" | "enrol";
  /** The facts as they would be at the end of the way. */
  readonly facts: AssuranceFacts;
}

/** Seconds; what was tried this recently and did not do is not tried again. */
const justNow = 30;
const recently = 5 * 60;

/** Whether the assurance reaches the requirement; the `acr` list by any one of its values. */
export function requirementSatisfied(requirement: AssuranceRequirement, assurance: Assurance): boolean {
  return targetsOf(requirement).some((target) => reaches(target, requirement, assurance));
}

/**
 * The next step toward the requirement. The first `acr` value asked for that the person can reach
 * decides, by the least trouble: what is there already, a passkey, a status check, a JPKI signature on
 * this device. Only where none of these leads to any value is a new enrolment proposed. The caller takes
 * the step and plans again; a step that was just taken is never proposed a second time.
 */
export function planStepUp(requirement: AssuranceRequirement, known: StepUpFacts, now: number, policy: AssurancePolicy): StepUp {
  const facts = { ...known, session: countingSession(known, now, policy) };
  if (facts.person === "erased") return { kind: "impossible", reason: "person_erased" };
  if (facts.person === "held") return { kind: "impossible", reason: "person_on_hold" };
  if (facts.evidence?.status.status === "hold") return { kind: "impossible", reason: "certificate_on_hold" };

  const leads = (way: Way, target: AcrMeaning): boolean => reaches(target, requirement, assure(way.facts, now, policy));
  const ways = waysOf(facts, now);
  const targets = targetsOf(requirement);
  for (const target of targets) {
    const way = ways.find((candidate) => leads(candidate, target));
    if (way !== undefined) return { kind: way.kind };
  }
  const enrolment = enrolmentOf(facts, now);
  if (enrolment !== null && targets.some((target) => leads(enrolment, target))) return { kind: "enrol" };
  return { kind: "impossible", reason: "unmet_authentication_requirements" };
}

function targetsOf(requirement: AssuranceRequirement): AcrMeaning[] {
  if (requirement.acr.length === 0) return [{}];
  return requirement.acr.map(acrMeaning).filter((means) => means !== undefined);
}

function reaches(target: AcrMeaning, requirement: AssuranceRequirement, assurance: Assurance): boolean {
  const { minimumIal = 1, minimumAal = 1, maximumStatusAge } = requirement;
  if (missingFor(target, assurance) !== null || assurance.ial < minimumIal || assurance.aal < minimumAal) return false;
  return maximumStatusAge === undefined || (assurance.statusAge !== null && assurance.statusAge <= maximumStatusAge);
}

/** The ways open to the person as things stand, least trouble first. */
function waysOf(facts: StepUpFacts, now: number): Way[] {
  const { evidence, passkeys } = facts;
  const session = presented(facts.session, now);
  const authenticated = session.passkey !== null || session.signature !== null;
  const checked = evidence !== null && isUsable(evidence, now) ? withStatusCheck(evidence, now) : evidence;
  const withPasskey = passkeys.map((passkey): AssuranceFacts => ({ ...facts, ...passkey, session: { ...session, passkey: { userVerified: true, at: now } } }));

  const ways: Way[] = [];
  if (authenticated) ways.push({ kind: "satisfied", facts });
  ways.push(...withPasskey.map((after): Way => ({ kind: "passkey", facts: after })));
  if (authenticated) ways.push({ kind: "status_check", facts: { ...facts, evidence: checked } });
  ways.push(...withPasskey.map((after): Way => ({ kind: "passkey", facts: { ...after, evidence: checked } })));
  if (evidence !== null && isUsable(evidence, now) && !triedElsewhere(session, now)) {
    const signature = { device: "same", at: now, evidence: evidence.id } as const;
    const signed = { evidence: checked, session: { ...session, signature } };
    if (authenticated) ways.push({ kind: "signature", facts: { ...facts, ...signed } });
    else if (passkeys.length > 0) ways.push({ kind: "passkey", facts: { ...facts, ...signed } });
  }
  return ways;
}

/** A new enrolment, where the certificate is spent or the person has nothing to sign in with. */
function enrolmentOf(facts: StepUpFacts, now: number): Way | null {
  const { evidence, passkeys } = facts;
  const session = presented(facts.session, now);
  const stranded = session.passkey === null && session.signature === null && passkeys.length === 0;
  if (evidence !== null && isUsable(evidence, now) && !stranded) return null;
  const renewed: EvidenceFacts = {
    id: "",
    kind: "jpki_user_authentication",
    medium: "smartphone",
    policy: "",
    issuer: "",
    verifiedAt: now,
    expiresAt: now,
    status: { status: "good", source: "ocsp", thisUpdate: now, checkedAt: now },
  };
  const after: SessionFacts = { passkey: null, signature: { device: "same", at: now, evidence: renewed.id } };
  return { kind: "enrol", facts: { ...facts, evidence: renewed, session: after } };
}

/** Whether the certificate can still sign: a revoked or an expired one needs a successor. */
const isUsable = (evidence: EvidenceFacts, now: number): boolean => evidence.status.status !== "revoked" && now <= evidence.expiresAt;

/** The evidence after a check that finds it good; unchanged when the last check is too recent to differ. */
function withStatusCheck(evidence: EvidenceFacts, now: number): EvidenceFacts {
  const asked = secondsSince(evidence.status.checkedAt, now);
  if (asked !== null && asked <= justNow) return evidence;
  return { ...evidence, status: { status: "good", source: evidence.status.source, thisUpdate: now, checkedAt: now } };
}

/** Whether the person just signed on another device: asked again, the same device would answer. */
function triedElsewhere({ signature }: SessionFacts, now: number): boolean {
  if (signature?.device !== "other") return false;
  const ago = secondsSince(signature.at, now);
  return ago !== null && ago <= recently;
}
