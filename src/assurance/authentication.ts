import { lower } from "./facts.ts";
import type { AssuranceFacts, AuthenticatorFacts, BindingFacts, Level } from "./facts.ts";
import type { AssurancePolicy, AuthenticationMethod } from "./policy.ts";
import { secondsSince } from "./time.ts";

export type AuthenticationRule = AuthenticationMethod | "not_authenticated";
export type AuthenticationCap =
  | "person_erased"
  | "nothing_presented"
  | "other_device"
  | "user_verification_missing"
  | "authenticator_unknown"
  | "backup_eligible"
  | "attestation_not_verified"
  | "metadata_bad"
  | "binding_unknown"
  | "binding_level"
  | "recovery_cooling_off"
  | "policy";

export interface AuthenticationAssurance {
  readonly level: Level;
  readonly rule: AuthenticationRule;
  /** The fact that kept the level from being higher. */
  readonly cappedBy?: AuthenticationCap;
  /** The proof is worth nothing at another origin (NIST SP 800-63B-4 3.2.5). */
  readonly phishingResistant: boolean;
  /** The key cannot leave its hardware. */
  readonly hardwareBound: boolean;
}

const unauthenticated = (cappedBy: AuthenticationCap): AuthenticationAssurance => ({
  level: 1,
  rule: "not_authenticated",
  cappedBy,
  phishingResistant: false,
  hardwareBound: false,
});

/** The authenticator assurance level of what was presented in the session: the better of its proofs. */
export function authenticationAssurance(facts: AssuranceFacts, now: number, policy: AssurancePolicy): AuthenticationAssurance {
  const { person, session, authenticator, binding } = facts;
  if (person === "erased") return unauthenticated("person_erased");
  const proofs: AuthenticationAssurance[] = [];
  if (session.signature !== null && secondsSince(session.signature.at, now) !== null) {
    proofs.push(signatureProof(session.signature.device, policy));
  }
  if (session.passkey !== null && secondsSince(session.passkey.at, now) !== null) {
    proofs.push(passkeyProof(session.passkey.userVerified, authenticator, binding, policy));
  }
  const best = proofs.reduce((one, other) => (isBetter(other, one) ? other : one), unauthenticated("nothing_presented"));
  return best.level === 3 && isCoolingOff(facts.recoveredAt, now, policy) ? { ...best, level: 2, cappedBy: "recovery_cooling_off" } : best;
}

/** Whether a recovery is so recent that whoever made it may still be found out. A time that cannot be is recent. */
function isCoolingOff(recoveredAt: number | undefined, now: number, policy: AssurancePolicy): boolean {
  if (recoveredAt === undefined || policy.coolingOff === 0) return false;
  const ago = secondsSince(recoveredAt, now);
  return ago === null || ago <= policy.coolingOff;
}

/**
 * A JPKI signature made on the device that runs the browser is AAL 3. Made elsewhere it can be relayed,
 * so it is neither that nor phishing resistant.
 */
function signatureProof(device: "same" | "other", policy: AssurancePolicy): AuthenticationAssurance {
  const rule = device === "same" ? "signature_same_device" : "signature_other_device";
  const natural: Level = device === "same" ? 3 : 2;
  return limited({ level: natural, rule, phishingResistant: device === "same", hardwareBound: device === "same" }, device === "same" ? undefined : "other_device", policy);
}

function passkeyProof(
  userVerified: boolean,
  authenticator: AuthenticatorFacts | null,
  binding: BindingFacts | null,
  policy: AssurancePolicy,
): AuthenticationAssurance {
  const obstacle = hardwareObstacle(authenticator);
  const proof = { phishingResistant: true, hardwareBound: obstacle === undefined };
  const unbound = !userVerified
    ? limited({ ...proof, level: 1, rule: "passkey_user_presence" }, "user_verification_missing", policy)
    : obstacle === undefined
      ? limited({ ...proof, level: 3, rule: "passkey_hardware_bound" }, undefined, policy)
      : limited({ ...proof, level: 2, rule: "passkey_user_verified" }, obstacle, policy);
  if (binding === null) return { ...unbound, level: 1, cappedBy: "binding_unknown" };
  if (binding.aal >= unbound.level) return unbound;
  return { ...unbound, level: binding.aal, cappedBy: "binding_level" };
}

/** What keeps a passkey from counting as a key bound to attested hardware. */
export function hardwareObstacle(authenticator: AuthenticatorFacts | null): AuthenticationCap | undefined {
  if (authenticator === null) return "authenticator_unknown";
  if (authenticator.backupEligible || authenticator.backedUp) return "backup_eligible";
  if (authenticator.attestation !== "verified") return "attestation_not_verified";
  if (authenticator.metadata === "bad") return "metadata_bad";
  return undefined;
}

function limited(
  proof: Omit<AuthenticationAssurance, "cappedBy" | "rule"> & { readonly rule: AuthenticationMethod },
  obstacle: AuthenticationCap | undefined,
  policy: AssurancePolicy,
): AuthenticationAssurance {
  const level = lower(proof.level, policy.aal[proof.rule]);
  const cappedBy = level < proof.level ? "policy" : obstacle;
  return { ...proof, level, ...(cappedBy !== undefined && { cappedBy }) };
}

function isBetter(one: AuthenticationAssurance, other: AuthenticationAssurance): boolean {
  if (other.rule === "not_authenticated" || one.level !== other.level) return other.rule === "not_authenticated" || one.level > other.level;
  return one.phishingResistant && !other.phishingResistant;
}
