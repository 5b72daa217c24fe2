import { accept, refuse } from "../errors.ts";
import type { Verdict } from "../errors.ts";
import type { EvidenceKind, Level } from "./facts.ts";
import { policyDocument } from "./policy-document.ts";

/** What the rules may be tuned by. An operator may only tighten it: see {@link tightenPolicy}. */
export interface AssurancePolicy {
  /** Named in every token, so that an auditor can replay the decision. */
  readonly version: string;
  /** Seconds; a status older than this no longer carries IAL 3. */
  readonly statusFresh: number;
  /** Seconds; a status older than this no longer carries IAL 2. */
  readonly statusHard: number;
  /** Seconds; how recently a status must have been asked for to count as checked now. */
  readonly statusNow: number;
  /** Seconds a live JPKI signature counts in its session (NIST SP 800-63B-4 2.3.3: AAL 3 asks again within 12 hours). */
  readonly signatureFresh: number;
  /** Seconds after a recovery in which AAL ends at 2, whatever is presented; 0 for no such time. */
  readonly coolingOff: number;
  /** The highest IAL each kind of evidence may give. */
  readonly ial: Readonly<Record<EvidenceKind, Level>>;
  /** The highest AAL each way of authenticating may give. */
  readonly aal: Readonly<Record<AuthenticationMethod, Level>>;
}

export type AuthenticationMethod =
  | "signature_same_device"
  | "signature_other_device"
  | "passkey_hardware_bound"
  | "passkey_user_verified"
  | "passkey_user_presence";

export const defaultPolicy: AssurancePolicy = {
  version: "2026-2",
  statusFresh: 24 * 60 * 60,
  statusHard: 7 * 24 * 60 * 60,
  statusNow: 5 * 60,
  signatureFresh: 12 * 60 * 60,
  coolingOff: 0,
  ial: { jpki_user_authentication: 3, jpki_signature: 3 },
  aal: {
    signature_same_device: 3,
    signature_other_device: 2,
    passkey_hardware_bound: 3,
    passkey_user_verified: 2,
    passkey_user_presence: 1,
  },
};

const limits = ["statusFresh", "statusHard", "statusNow", "signatureFresh"] as const;
const versionForm = /^[\x21-\x7e]{1,64}$/;
/** Seconds; the longest time an operator may have the AAL held down after a recovery. */
export const longestCoolingOff = 90 * 24 * 60 * 60;

/**
 * The operator's policy: `base` with the given members tightened. Refused with `invalid_request`, naming
 * the member, when one is unknown, of the wrong type or looser than `base`, or when a policy that gives
 * other levels than `base` goes by the same version.
 */
export function tightenPolicy(base: AssurancePolicy, operator: unknown): Verdict<AssurancePolicy> {
  if (!isRecord(operator)) return refuse("invalid_request", "policy is not an object");
  const unknown = Object.keys(operator).find((key) => !Object.hasOwn(base, key));
  if (unknown !== undefined) return refuse("invalid_request", "policy has an unknown member");

  const seconds = { statusFresh: base.statusFresh, statusHard: base.statusHard, statusNow: base.statusNow, signatureFresh: base.signatureFresh };
  for (const limit of limits) {
    const value = memberOr(operator, limit, base[limit]);
    if (!isSeconds(value) || value > base[limit]) return refuse("invalid_request", `${limit}: 0 to ${base[limit]} whole seconds`);
    seconds[limit] = value;
  }
  if (seconds.statusFresh > seconds.statusHard) return refuse("invalid_request", "statusFresh is above statusHard");

  const ial = tightenLevels(base.ial, memberOr(operator, "ial", {}), "ial");
  if (!ial.valid) return ial;
  const aal = tightenLevels(base.aal, memberOr(operator, "aal", {}), "aal");
  if (!aal.valid) return aal;

  const coolingOff = memberOr(operator, "coolingOff", base.coolingOff);
  if (!isSeconds(coolingOff) || coolingOff < base.coolingOff || coolingOff > longestCoolingOff) {
    return refuse("invalid_request", `coolingOff: ${base.coolingOff} to ${longestCoolingOff} whole seconds`);
  }

  const version = memberOr(operator, "version", base.version);
  if (typeof version !== "string" || !versionForm.test(version)) return refuse("invalid_request", "version: 1 to 64 printable characters without blanks");
  const policy = { version, ...seconds, coolingOff, ial: ial.value, aal: aal.value };
  if (version === base.version && policyDocument(policy) !== policyDocument(base)) return refuse("invalid_request", `version: a policy that differs from ${base.version} needs a version of its own`);
  return accept(policy);
}

function tightenLevels<Key extends string>(base: Readonly<Record<Key, Level>>, operator: unknown, at: string): Verdict<Record<Key, Level>> {
  const levels: Record<Key, Level> = { ...base };
  if (!isRecord(operator)) return refuse("invalid_request", `${at} is not an object`);
  for (const [key, value] of Object.entries(operator)) {
    if (!isKeyOf(base, key)) return refuse("invalid_request", `${at} has an unknown member`);
    if (!isLevel(value) || value > base[key]) return refuse("invalid_request", `${at}.${key}: 1 to ${base[key]}`);
    levels[key] = value;
  }
  return accept(levels);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isSeconds = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isLevel = (value: unknown): value is Level => value === 1 || value === 2 || value === 3;
const isKeyOf = <Key extends string>(record: Readonly<Record<Key, unknown>>, key: string): key is Key => Object.hasOwn(record, key);
const memberOr = (record: Record<string, unknown>, key: string, usual: unknown): unknown => (Object.hasOwn(record, key) ? record[key] : usual);
