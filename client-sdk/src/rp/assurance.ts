import { systemClock, tolerance } from "./clock.ts";
import { isObject, type Members } from "./json.ts";

/** 1 is the lowest. */
export type Level = 1 | 2 | 3;

/** What a relying party relies on. What is not given is not asked for. */
export interface AssuranceRequirements {
  /** Lowest identity assurance level. */
  readonly ial?: Level;
  /** Lowest authenticator assurance level. */
  readonly aal?: Level;
  /** Lowest federation assurance level. */
  readonly fal?: Level;
  /** Values of `acr` that will do: those that were asked for. */
  readonly acr?: readonly string[];
  /** Seconds that the person's authentication may be ago: `max_age` of the request. */
  readonly maximumAge?: number;
  /** Seconds that the status of the evidence may be old; it must be good then. */
  readonly maximumStatusAge?: number;
  /** Lowest level at which the passkey was bound. Held also by a sign-in without a passkey. */
  readonly bindingAal?: Level;
  /** Versions of the bridge's assurance policy that will do. */
  readonly policy?: readonly string[];
}

/** A requirement that does not hold. */
export interface AssuranceFailure {
  readonly requirement: keyof AssuranceRequirements;
  /** What the claims say; `undefined` where they do not, which never meets a requirement. */
  readonly actual: unknown;
}

/** Whether every requirement holds, or all that do not, in the order of {@link AssuranceRequirements}. */
export type AssuranceVerdict = { readonly satisfied: true } | { readonly satisfied: false; readonly failures: readonly AssuranceFailure[] };

/**
 * Holds the claims of an ID token, userinfo or introspection answer against what is required. A bridge may
 * answer lower than was asked, and a later answer may say less than the first: check each. The token itself
 * must have been verified before.
 *
 * `now` is seconds since the epoch.
 */
export function checkAssurance(claims: Readonly<Record<string, unknown>>, requirements: AssuranceRequirements, now: number = systemClock()): AssuranceVerdict {
  const { ial, aal, fal, acr, maximumAge, maximumStatusAge, bindingAal, policy } = requirements;
  const assurance = membersOf(claims["assurance"]);
  const failures: AssuranceFailure[] = [];
  const demand = (requirement: keyof AssuranceRequirements, actual: unknown, holds: boolean): void => {
    if (requirements[requirement] !== undefined && !holds) failures.push({ requirement, actual });
  };
  demand("ial", claims["ial"], isAtLeast(claims["ial"], ial));
  demand("aal", claims["aal"], isAtLeast(claims["aal"], aal));
  demand("fal", claims["fal"], isAtLeast(claims["fal"], fal));
  demand("acr", claims["acr"], isOneOf(claims["acr"], acr));
  demand("maximumAge", claims["auth_time"], isRecent(claims["auth_time"], maximumAge, now));
  const { status, status_time: statusTime } = membersOf(assurance["evidence"]);
  demand("maximumStatusAge", status === "good" ? statusTime : status, status === "good" && isRecent(statusTime, maximumStatusAge, now));
  demand("bindingAal", membersOf(assurance["binding"])["aal"], isBoundAt(assurance, bindingAal));
  demand("policy", assurance["policy"], isOneOf(assurance["policy"], policy));
  return failures.length === 0 ? { satisfied: true } : { satisfied: false, failures };
}

const membersOf = (value: unknown): Members => (isObject(value) ? value : {});

function isAtLeast(actual: unknown, level: Level | undefined): boolean {
  return (actual === 1 || actual === 2 || actual === 3) && level !== undefined && actual >= level;
}

function isOneOf(actual: unknown, values: readonly string[] | undefined): boolean {
  return typeof actual === "string" && values !== undefined && values.includes(actual);
}

/** A time that lies ahead counts for nothing. */
function isRecent(time: unknown, seconds: number | undefined, now: number): boolean {
  return typeof time === "number" && seconds !== undefined && time <= now + tolerance && now - time <= seconds + tolerance;
}

/** A card or a phone's Secure Element that signed itself was bound to nothing. */
function isBoundAt(assurance: Members, level: Level | undefined): boolean {
  const { kind } = membersOf(assurance["authenticator"]);
  if (kind === "jpki_card" || kind === "jpki_smartphone") return true;
  return isAtLeast(membersOf(assurance["binding"])["aal"], level);
}
