import { accept, refuse, type Verdict } from "../errors.ts";

/**
 * Requests for verified claims (OpenID Connect for Identity Assurance 1.0), held against the
 * request schema of that specification.
 */

/** What may be said of one element: `null`, or constraints on its value. */
export interface Constraint {
  readonly essential?: boolean;
  readonly purpose?: string;
  readonly value?: unknown;
  readonly values?: readonly unknown[];
  /** Seconds; of times alone. */
  readonly max_age?: number;
}

/** A part of the response as it is asked for: `null` for whatever there is, members one by one, or constraints. */
export type Template = null | (Constraint & { readonly [member: string]: unknown });

export interface VerifiedClaimsRequest {
  readonly verification: { readonly trust_framework: Template; readonly evidence?: readonly Template[] } & { readonly [member: string]: unknown };
  /** null: the verification is asked for, and no claim. */
  readonly claims: { readonly [name: string]: Constraint | null } | null;
}

/** A claim that is asked for, in whichever part of a request. */
export interface AskedClaim {
  readonly name: string;
  readonly essential: boolean;
}

const deepest = 6;
const most = 10;

/**
 * Reads `verified_claims` of one member (`id_token`, `userinfo`) of the claims parameter: one request or
 * an array of them, each answered for itself.
 *
 * Never throws. Refuses with `invalid_request`; `at` says which element.
 */
export function parseVerifiedClaimsRequest(value: unknown): Verdict<readonly VerifiedClaimsRequest[]> {
  const requests: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (requests.length === 0 || requests.length > most) return refuse("invalid_request", `verified_claims: 1 to ${most} requests`);
  for (const request of requests) {
    const problem = problemOf(request);
    if (problem !== null) return refuse("invalid_request", `verified_claims: ${problem}`);
  }
  return accept(requests as readonly VerifiedClaimsRequest[]);
}

/** The claims that requests ask for, each once: essential when any of them says so. */
export function askedClaims(requests: readonly VerifiedClaimsRequest[]): readonly AskedClaim[] {
  const asked = new Map<string, boolean>();
  for (const { claims } of requests) {
    for (const [name, constraint] of Object.entries(claims ?? {})) asked.set(name, asked.get(name) === true || constraint?.essential === true);
  }
  return [...asked].map(([name, essential]) => ({ name, essential }));
}

function problemOf(request: unknown): string | null {
  if (!isObject(request)) return "an object or an array of objects";
  const { verification, claims, ...others } = request;
  if (Object.keys(others).length > 0) return "verification and claims alone";
  if (!isObject(verification)) return "verification";
  return problemOfVerification(verification) ?? problemOfClaims(claims);
}

function problemOfVerification({ evidence, ...members }: Readonly<Record<string, unknown>>): string | null {
  if (!Object.hasOwn(members, "trust_framework")) return "verification.trust_framework";
  const wrong = Object.entries(members).find(([, member]) => !isTemplate(member, 1));
  if (wrong !== undefined) return "an element of verification";
  if (evidence === undefined) return null;
  if (!Array.isArray(evidence) || evidence.length === 0 || evidence.length > most) return "verification.evidence";
  return evidence.every(isEvidenceFilter) ? null : "an entry of verification.evidence";
}

/** Each entry is about one type, which it names by `value`, and never by `values` ("Requesting verification data"). */
function isEvidenceFilter(entry: unknown): boolean {
  if (!isObject(entry) || !isTemplate(entry, 1)) return false;
  const { type } = entry;
  return isObject(type) && typeof type["value"] === "string" && !Object.hasOwn(type, "values");
}

function problemOfClaims(claims: unknown): string | null {
  if (claims === null) return null;
  if (!isObject(claims) || Object.keys(claims).length === 0) return "claims: null, or at least one";
  return Object.values(claims).every((claim) => claim === null || (isObject(claim) && isConstraint(claim))) ? null : "a claim";
}

/** Elements that nobody here knows may be asked for: what is not known is left out of the answer. */
function isTemplate(value: unknown, depth: number): boolean {
  if (value === null) return true;
  if (depth > deepest) return false;
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => isTemplate(each, depth + 1));
  if (!isObject(value) || !isConstraint(value)) return false;
  const { essential: _essential, purpose: _purpose, value: _value, values: _values, max_age: _age, ...members } = value;
  return Object.values(members).every((member) => isTemplate(member, depth + 1));
}

function isConstraint({ essential, purpose, values, max_age }: Readonly<Record<string, unknown>>): boolean {
  if (essential !== undefined && typeof essential !== "boolean") return false;
  if (purpose !== undefined && (typeof purpose !== "string" || purpose.length < 3 || purpose.length > 300)) return false;
  if (values !== undefined && (!Array.isArray(values) || values.length === 0)) return false;
  return max_age === undefined || (Number.isSafeInteger(max_age) && Number(max_age) >= 0);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
