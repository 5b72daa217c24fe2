import type { FindAccount, KoaContextWithOIDC } from "oidc-provider";
import { answerVerifiedClaims, parseVerifiedClaimsRequest, type VerifiedFacts, verifiedClaimsMetadata, type VerifiedClaimsRequest } from "../../assurance/index.ts";
import { type Level, lower } from "../../assurance/facts.ts";
import { identityAssurance } from "../../assurance/identity.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import { currentEvidence, type EvidenceRecord, findConsent, type PersonRecord } from "../../people/index.ts";
import type { PersonAccount } from "../account.ts";
import type { ProviderPorts } from "../ports.ts";
import { heldAttributes } from "./held-attributes.ts";
import { addVerifiedClaimsCheck, parsedClaims, verifiedClaimsName } from "./verified-claims-consent.ts";

/**
 * OpenID Connect for Identity Assurance 1.0 on top of oidc-provider, which knows `verified_claims` as one
 * claim among others. Off where no authority for signature certificates is trusted.
 */

/** The parts of the library's configuration that it is about. */
export function verifiedClaims(ports: ProviderPorts) {
  const on = ports.anchors.signature.length > 0;
  return {
    claims: on ? { [verifiedClaimsName]: null } : {},
    discovery: on ? verifiedClaimsMetadata(ports.trustFramework) : {},
    addCheck: (policy: Parameters<typeof addVerifiedClaimsCheck>[1]) => (on ? addVerifiedClaimsCheck(ports, policy) : policy),
    findAccount: (find: FindAccount): FindAccount => (on ? withVerifiedClaims(ports, find) : find),
  };
}

/** What is wrong with the requests for verified claims in a `claims` parameter, or null. */
export function verifiedClaimsProblem(claims: unknown): string | null {
  for (const [member, asked] of Object.entries(parsedClaims(claims))) {
    const parsed = requestsIn(asked);
    if (parsed?.valid === false) return `claims.${member}.${parsed.at}`;
  }
  return null;
}

const requestsIn = (asked: Readonly<Record<string, unknown>> | undefined): ReturnType<typeof parseVerifiedClaimsRequest> | null => {
  const verified = asked?.[verifiedClaimsName] ?? null;
  return verified === null ? null : parseVerifiedClaimsRequest(verified);
};

/** As a request is kept with codes and tokens: the library passes on nothing but objects. */
interface KeptRequest {
  readonly requests: readonly VerifiedClaimsRequest[];
  readonly asArray: boolean;
}

/** Called as a code is made: keeps what was asked for in a form that reaches the tokens. */
export function keepVerifiedClaims(code: unknown): void {
  const source = code as { claims?: unknown };
  if (source.claims === undefined) return;
  const kept = Object.entries(parsedClaims(source.claims)).map(([member, asked]) => {
    const parsed = requestsIn(asked);
    if (parsed?.valid !== true) return [member, asked];
    return [member, { ...asked, [verifiedClaimsName]: { requests: parsed.value, asArray: Array.isArray(asked?.[verifiedClaimsName]) } satisfies KeptRequest }];
  });
  source.claims = Object.fromEntries(kept);
}

/** Accounts whose claims hold the verified ones that were asked for in this place. */
function withVerifiedClaims(ports: ProviderPorts, find: FindAccount): FindAccount {
  return async (ctx, sub, token) => {
    const account = await find(ctx, sub, token);
    if (account === undefined) return undefined;
    const { person } = account as PersonAccount;
    return {
      ...account,
      claims: async (use, scope, claims, rejected) => ({
        ...(await account.claims(use, scope, claims, rejected)),
        ...(await verifiedFor(ports, ctx, person, claims[verifiedClaimsName])),
      }),
    };
  };
}

/** Where no code is made (CIBA, device flow), the request is as it came. */
function keptRequest(asked: unknown): KeptRequest | null {
  if (typeof asked !== "object" || asked === null) return null;
  if ("requests" in asked) return asked as KeptRequest;
  const parsed = parseVerifiedClaimsRequest(asked);
  return parsed.valid ? { requests: parsed.value, asArray: false } : null;
}

async function verifiedFor(ports: ProviderPorts, ctx: KoaContextWithOIDC, person: PersonRecord, asked: unknown): Promise<{ verified_claims?: unknown }> {
  const { client } = ctx.oidc;
  const kept = keptRequest(asked);
  if (client === undefined || kept === null) return {};
  const consent = await findConsent(ports.storage.read, person.id, asIdentifier<ClientId>(client.clientId));
  const facts = consent === null ? null : await factsOf(ports, person);
  if (consent === null || facts === null) return {};
  const consented = new Set(Object.keys(consent.verifiedClaims).filter((name) => consent.verifiedClaims[name] === true));
  const answers = answerVerifiedClaims(kept.requests, facts, consented, ports.clock());
  if (answers.length === 0) return {};
  return { verified_claims: kept.asArray ? answers : answers[0] };
}

/**
 * The signature certificate speaks where it is held, else the certificate that the sign-in rests on. It is
 * the latter that says who signed in, so what is told is worth no more than that; none below IAL 2.
 */
async function factsOf(ports: ProviderPorts, person: PersonRecord): Promise<VerifiedFacts | null> {
  const levelOf = (evidence: EvidenceRecord | null): Level => identityAssurance(person.state, evidence, ports.clock(), ports.assurance).level;
  const held = await heldAttributes(ports, person);
  const signedInBy = currentEvidence(person);
  const evidence = held?.evidence ?? signedInBy;
  const level = lower(levelOf(signedInBy), levelOf(evidence));
  if (evidence === null || level < 2) return null;
  return { trustFramework: ports.trustFramework, evidence, level, policy: ports.assurance.version, attributes: held?.attributes ?? null };
}
