import type { AssuranceRequirement } from "../assurance/index.ts";
import type { Level } from "../assurance/facts.ts";

type Parameters = Readonly<Record<string, unknown>>;

interface AcrClaim {
  readonly essential?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
}

/** `acr` values that a request names, most wanted first. */
export interface AskedAcr {
  /** One of these must be reached, or the request fails; empty when none must. */
  readonly necessary: readonly string[];
  /** Nobody is made to do more for these: they say in which words the answer is wanted. */
  readonly voluntary: readonly string[];
}

/**
 * What a request asks for, whatever way it came in. An `acr` claim of the ID token that is essential
 * decides (OpenID Connect Core 5.5.1.1). Else `acr_values` does: relying parties and resource servers
 * count on it, so it is necessary too (RFC 9470 5). A claim that is not essential asks for nothing more,
 * and one for userinfo is no request about the sign-in.
 */
export function askedAcr(parameters: Parameters): AskedAcr {
  const fromParameter = typeof parameters["acr_values"] === "string" ? parameters["acr_values"].split(" ").filter(Boolean) : [];
  const claim = acrClaim(parameters["claims"]);
  const fromClaim = [claim?.value, ...(Array.isArray(claim?.values) ? claim.values : [])].filter((value) => typeof value === "string");
  return claim?.essential === true && fromClaim.length > 0 ? { necessary: fromClaim, voluntary: fromParameter } : { necessary: fromParameter, voluntary: fromClaim };
}

function acrClaim(claims: unknown): AcrClaim | null {
  const parsed: unknown = typeof claims === "string" ? JSON.parse(claims) : claims;
  const acr = (parsed as { id_token?: { acr?: unknown } } | undefined)?.id_token?.acr;
  return typeof acr === "object" && acr !== null ? acr : null;
}

/** Why the `acr` claim of a `claims` parameter cannot be what is meant, or null. One that is essential and unreadable must not pass for none. */
export function acrClaimProblem(claims: unknown): string | null {
  const claim = acrClaim(claims);
  if (claim === null) return null;
  const { essential, value, values } = claim;
  if (essential !== undefined && typeof essential !== "boolean") return "claims.id_token.acr.essential: true or false";
  if (value !== undefined && typeof value !== "string") return "claims.id_token.acr.value: a string";
  const areStrings = values === undefined || (Array.isArray(values) && values.length > 0 && values.every((each) => typeof each === "string"));
  return areStrings ? null : "claims.id_token.acr.values: strings";
}

/** What one request and the client's registration ask for together. */
export function requirementOf(parameters: Parameters, metadata: Parameters): AssuranceRequirement {
  const { minimum_ial, minimum_aal, maximum_status_age } = metadata;
  return {
    acr: askedAcr(parameters).necessary,
    ...(isLevel(minimum_ial) && { minimumIal: minimum_ial }),
    ...(isLevel(minimum_aal) && { minimumAal: minimum_aal }),
    ...(typeof maximum_status_age === "number" && { maximumStatusAge: maximum_status_age }),
  };
}

const isLevel = (value: unknown): value is Level => value === 1 || value === 2 || value === 3;
