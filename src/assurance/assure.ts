import { authenticationAssurance } from "./authentication.ts";
import type { AuthenticationCap, AuthenticationRule } from "./authentication.ts";
import { authenticationMethods, authenticationTime, countingSession } from "./authentication-methods.ts";
import { describe } from "./description.ts";
import type { AssuranceDescription } from "./description.ts";
import type { AssuranceFacts, Level } from "./facts.ts";
import { federationAssurance } from "./federation.ts";
import type { FederationCap, FederationRule } from "./federation.ts";
import { identityAssurance, isStatusCheckedNow, statusAge } from "./identity.ts";
import type { IdentityCap, IdentityRule } from "./identity.ts";
import type { AssurancePolicy } from "./policy.ts";

export interface Explained<Rule extends string, Cap extends string> {
  /** The rule that gave the level. */
  readonly rule: Rule;
  /** The fact that kept it from being higher; absent at the top. */
  readonly cappedBy?: Cap;
}

export interface Assurance {
  readonly ial: Level;
  readonly aal: Level;
  readonly fal: Level;
  /** The authentication that counts is worth nothing at another origin. */
  readonly phishingResistant: boolean;
  /** Its key cannot leave its hardware. */
  readonly hardwareBound: boolean;
  /** The certificate's status was asked for just now, and was good. */
  readonly statusCheckedNow: boolean;
  /** How old a good status is, in seconds, by its source's own time; `null` when it is not good. */
  readonly statusAge: number | null;
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** Seconds since the epoch; `null` when nothing was presented. */
  readonly authTime: number | null;
  readonly explanation: {
    readonly ial: Explained<IdentityRule, IdentityCap>;
    readonly aal: Explained<AuthenticationRule, AuthenticationCap>;
    readonly fal: Explained<FederationRule, FederationCap>;
  };
  /** The `assurance` object for relying parties, ready to be sent. */
  readonly description: AssuranceDescription;
}

/**
 * The levels really reached, and why. Pure and total: the same facts, time and policy give the same
 * answer to sign-in, the watcher, the account page and an auditor's replay.
 */
export function assure(known: AssuranceFacts, now: number, policy: AssurancePolicy): Assurance {
  const facts = { ...known, session: countingSession(known, now, policy) };
  const { person, evidence, session, client } = facts;
  const { level: ial, ...ialExplained } = identityAssurance(person, evidence, now, policy);
  const authentication = authenticationAssurance(facts, now, policy);
  const { level: aal, phishingResistant, hardwareBound, ...aalExplained } = authentication;
  const { level: fal, ...falExplained } = federationAssurance(client);
  return {
    ial,
    aal,
    fal,
    phishingResistant,
    hardwareBound,
    statusAge: person === "active" ? statusAge(evidence, now) : null,
    statusCheckedNow: person === "active" && isStatusCheckedNow(evidence, now, policy),
    amr: authenticationMethods(facts, now),
    authTime: authenticationTime(session, now),
    explanation: { ial: ialExplained, aal: aalExplained, fal: falExplained },
    description: describe(facts, now, policy),
  };
}
