import type { KoaContextWithOIDC } from "oidc-provider";
import { type AssuranceClaims, type AssuranceFacts, claimsFor, recordAssertion } from "../assurance/index.ts";
import type { ClientFacts } from "../assurance/facts.ts";
import { currentEvidence, type PersonRecord, subjectFor } from "../people/index.ts";
import type { AuthorizationFacts } from "./authentication-facts.ts";
import { factsOf } from "./levels.ts";
import { policyDigest } from "./policies-on-record.ts";
import type { ProviderPorts } from "./ports.ts";

/** What a token response says: the claims, and the id of the receipt that holds what they rest on. */
export type IssuedClaims = AssuranceClaims & { readonly assurance_receipt: string };

interface Assertion {
  readonly at: number;
  readonly facts: AssuranceFacts;
  readonly claims: AssuranceClaims;
}

/** What is to be said of a person now, and the facts it rests on. */
function assertionOf(ports: ProviderPorts, person: PersonRecord, authorization: AuthorizationFacts, client: Omit<ClientFacts, "request">): Assertion {
  const at = ports.clock();
  const facts = factsOf({ ...ports, clock: () => at }, person, authorization, { ...client, request: authorization.request });
  return { at, facts, claims: claimsFor(facts, authorization.acrValues, at, ports.assurance) };
}

type Known = [person: PersonRecord, authorization: AuthorizationFacts, client: Omit<ClientFacts, "request">];

/** What the relying party is told when it asks (userinfo, introspection), in the vocabulary it asked in. */
export const claimsOf = (ports: ProviderPorts, ...known: Known): AssuranceClaims => assertionOf(ports, ...known).claims;

const issued = new WeakMap<object, Promise<IssuedClaims>>();

/**
 * What one token response says, whichever tokens are in it: computed once, and recorded for auditors
 * before it leaves. The receipt is written from when this is first called; whoever calls it before the
 * access token is stored has both in one commit.
 */
export function issueClaims(ports: ProviderPorts, ctx: KoaContextWithOIDC, ...known: Known): Promise<IssuedClaims> {
  const before = issued.get(ctx.oidc);
  if (before !== undefined) return before;
  const claims = record(ports, ctx, ...known);
  // Whoever needs the claims learns of the failure; a response that failed before needs none.
  claims.catch(() => undefined);
  issued.set(ctx.oidc, claims);
  return claims;
}

async function record(ports: ProviderPorts, { oidc }: KoaContextWithOIDC, ...known: Known): Promise<IssuedClaims> {
  const [person, { passkeyId, acrValues }] = known;
  const client = String(oidc.client?.clientId);
  // Before the time of the assertion is taken: a younger pseudonym counts as none that was asserted.
  await subjectFor(ports.storage, person.id, String(oidc.client?.sectorIdentifier ?? client), ports.clock());
  const { at, facts, claims } = assertionOf(ports, ...known);
  const about = { client, passkey: passkeyId, policy_sha256: policyDigest(ports.assurance), status_answer_sha256: currentEvidence(person)?.statusAnswerSha256 ?? null };
  const detail = recordAssertion(about, facts, acrValues, claims);
  const assurance_receipt = await ports.storage.recordReceipt({ kind: "assertion_issued", at, personId: person.id, detail });
  return { ...claims, assurance_receipt };
}
