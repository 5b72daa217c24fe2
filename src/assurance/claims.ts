import { type Assurance, assure } from "./assure.ts";
import { acrMeaning, chooseAcr } from "./crosswalk.ts";
import type { AssuranceDescription } from "./description.ts";
import type { AssuranceFacts, Level } from "./facts.ts";
import type { AssurancePolicy } from "./policy.ts";
import { ownAcr } from "./vocabularies.ts";

/** What a relying party sees, the same in ID token, userinfo, introspection and JWT access token. */
export type AssuranceClaims = {
  readonly ial: Level;
  readonly aal: Level;
  readonly fal: Level;
  readonly acr: string;
  readonly amr: readonly string[];
  /** Seconds since the epoch; absent when nothing was presented. */
  readonly auth_time?: number;
  readonly assurance: AssuranceDescription;
};

/** The claims of an assurance; `acr` in the vocabulary the relying party asked in: see {@link chooseAcr}. */
export function assuranceClaims(assurance: Assurance, acr: string): AssuranceClaims {
  const { ial, aal, fal, amr, authTime, description } = assurance;
  return { ial, aal, fal, acr, amr, ...(authTime !== null && { auth_time: authTime }), assurance: description };
}

/**
 * The whole way from facts to claims, in one place for every token and for an auditor's replay.
 * `requested`: the `acr` values asked for, in their order; what cannot be met is answered with what was
 * reached (refusals happen before there is a token).
 */
export function claimsFor(facts: AssuranceFacts, requested: readonly string[], now: number, policy: AssurancePolicy): AssuranceClaims {
  const assurance = assure(facts, now, policy);
  const chosen = chooseAcr({ requested, essential: false }, assurance);
  return assuranceClaims(assurance, "acr" in chosen ? chosen.acr : ownAcr(assurance.ial, assurance.aal));
}

/** Those of the values asked for that mean something here. The others play no part in an answer. */
export const knownAcr = (requested: readonly string[]): string[] => requested.filter((acr) => acrMeaning(acr) !== undefined);
