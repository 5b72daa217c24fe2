import type { BasicAttributes } from "../jpki/index.ts";
import type { EvidenceFacts, Level } from "./facts.ts";
import type { Constraint, Template, VerifiedClaimsRequest } from "./verified-claims-request.ts";
import { type Json, type JsonObject, type Leaf, type Parts, selectParts, unmet } from "./verified-claims-selection.ts";

/**
 * Verified claims (OpenID Connect for Identity Assurance 1.0): what is asked for, what is known and what
 * the person consented to decide the answer. What cannot be met is left out, never faked, and never an
 * error ("Returning less data than requested").
 */

/** What is known: the evidence that speaks for the claims, and what it states. */
export interface VerifiedFacts {
  readonly trustFramework: string;
  readonly evidence: Pick<EvidenceFacts, "kind" | "issuer" | "verifiedAt">;
  /** Identity assurance level of that evidence now. */
  readonly level: Level;
  /** Version of the assurance policy. */
  readonly policy: string;
  /** null without a signature certificate: the evidence is told then, and no claim. */
  readonly attributes: BasicAttributes | null;
}

export interface VerifiedClaims {
  readonly verification: JsonObject & { readonly trust_framework: string };
  /** May be empty: "to support use cases where verification is required but no claims data needs to be shared". */
  readonly claims: JsonObject;
}

/** The claims that may be asked for, in the order in which people are shown them. */
export const supportedClaims = ["name", "birthdate", "gender", "address"] as const;
export type SupportedClaim = (typeof supportedClaims)[number];

export const isSupportedClaim = (name: string): name is SupportedClaim => supportedClaims.some((claim) => claim === name);

/** Members of the provider's metadata ("OP metadata"). */
export function verifiedClaimsMetadata(trustFramework: string): Readonly<Record<string, unknown>> {
  return {
    verified_claims_supported: true,
    trust_frameworks_supported: [trustFramework],
    evidence_supported: [evidenceType],
    claims_in_verified_claims_supported: supportedClaims,
  };
}

/**
 * The answers to requests, of which each is met for itself.
 * @param consented the claims that the person lets this relying party have.
 */
export function answerVerifiedClaims(requests: readonly VerifiedClaimsRequest[], facts: VerifiedFacts, consented: ReadonlySet<string>, now: number): readonly VerifiedClaims[] {
  return requests.flatMap((request) => answerOne(request, facts, consented, now) ?? []);
}

function answerOne(request: VerifiedClaimsRequest, facts: VerifiedFacts, consented: ReadonlySet<string>, now: number): VerifiedClaims | null {
  const { evidence: filters, ...asked } = request.verification;
  const selected = selectParts(asked, verificationOf(facts), now);
  if (selected === unmet) return null;
  const evidence = filters === undefined ? undefined : evidenceFor(filters, facts, now);
  if (evidence === unmet) return null;
  const verification = { ...selected, trust_framework: facts.trustFramework, ...(evidence !== undefined && { evidence: [evidence] }) };
  return { verification, claims: claimsFor(request.claims, facts.attributes, consented) };
}

const evidenceType = "electronic_signature";

const verificationOf = ({ trustFramework, level, policy, evidence }: VerifiedFacts): Parts => ({
  members: {
    trust_framework: { text: trustFramework },
    assurance_level: { text: `ial${level}` },
    assurance_process: { members: { policy: { text: `jpki-bridge ${policy}` } } },
    time: dayOf(evidence.verifiedAt),
  },
});

/**
 * The schema demands a serial number. That of a certificate would let services compare a person, and may
 * not be passed on: the member says that it is withheld.
 */
const withheld = "withheld";

const evidenceOf = ({ evidence: { kind, issuer, verifiedAt } }: VerifiedFacts) => ({
  type: { text: evidenceType },
  signature_type: { text: kind },
  issuer: { text: issuer },
  serial_number: { text: withheld },
  created_at: dayOf(verifiedAt),
} satisfies Parts["members"]);

/** The day (UTC) alone, as wherever times that stay with a person are told; `max_age` counts from the second. */
const dayOf = (at: number): Leaf => ({ text: `${new Date(at * 1000).toISOString().slice(0, 10)}T00:00Z`, at });

/** The entries are alternatives: the first that the evidence meets decides which members are told, beside those the schema demands. */
function evidenceFor(filters: readonly Template[], facts: VerifiedFacts, now: number): JsonObject | typeof unmet {
  const members = evidenceOf(facts);
  const { type, signature_type, issuer, serial_number } = members;
  for (const filter of filters) {
    const selected = selectParts(filter, { members }, now);
    if (selected !== unmet) return { type: type.text, signature_type: signature_type.text, issuer: issuer.text, serial_number: serial_number.text, ...selected };
  }
  return unmet;
}

/** Each claim that is known, consented to, and of the value asked for. */
function claimsFor(asked: VerifiedClaimsRequest["claims"], attributes: BasicAttributes | null, consented: ReadonlySet<string>): JsonObject {
  if (asked === null || attributes === null) return {};
  const claims: Record<string, Json> = {};
  for (const name of supportedClaims) {
    const value = Object.hasOwn(asked, name) && consented.has(name) ? claimOf(name, attributes) : null;
    if (value !== null && isOfValue(value, asked[name] ?? null)) claims[name] = value;
  }
  return claims;
}

/** A claim of OpenID Connect Core 5.1 as the certificate states it; null when it does not say. */
export function claimOf(name: SupportedClaim, { name: fullName, address, birthDate, gender }: BasicAttributes): Json | null {
  switch (name) {
    case "name":
      return fullName.text;
    case "birthdate":
      return birthDate;
    case "gender":
      return gender;
    case "address":
      return { formatted: address.text, country: "JP" };
  }
}

function isOfValue(claim: Json, constraint: Constraint | null): boolean {
  const { value, values } = constraint ?? {};
  const isClaim = (other: unknown): boolean => other === claim;
  return (value === undefined || isClaim(value)) && (values === undefined || values.some(isClaim));
}
