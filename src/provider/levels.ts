import { type Assurance, type AssuranceRequirement, assure, planStepUp, type StepUp, type StepUpFacts } from "../assurance/index.ts";
import type { ClientFacts } from "../assurance/facts.ts";
import { currentEvidence, type PersonRecord } from "../people/index.ts";
import type { AuthenticationFacts } from "./authentication-facts.ts";
import type { ProviderPorts } from "./ports.ts";

/** All facts about a person in a session, toward one client. */
export function factsOf({ metadata, clock }: Pick<ProviderPorts, "metadata" | "clock">, person: PersonRecord, facts: AuthenticationFacts, client: ClientFacts): StepUpFacts {
  const active = person.passkeys.filter(({ state }) => state === "active").map((passkey) => ({
    ...passkey,
    authenticator: { ...passkey.authenticator, metadata: metadata.statusOf(passkey.authenticator.aaguid, clock()) },
  }));
  const used = active.find(({ id }) => id === facts.passkeyId);
  return {
    person: person.state,
    evidence: currentEvidence(person),
    binding: used?.binding ?? null,
    authenticator: used?.authenticator ?? null,
    // A passkey that was removed meanwhile no longer speaks for the session.
    session: { passkey: used === undefined ? null : facts.passkey, signature: facts.signature },
    client,
    passkeys: active,
    ...(person.recoveredAt !== null && { recoveredAt: person.recoveredAt }),
  };
}

export function assuranceOf(ports: ProviderPorts, person: PersonRecord, facts: AuthenticationFacts, client: ClientFacts): Assurance {
  return assure(factsOf(ports, person, facts, client), ports.clock(), ports.assurance);
}

/** For levels in which the client plays no part. */
export const noClient: ClientFacts = { authentication: "none", request: "plain", senderConstrained: "none" };

/** What is still to be done before the person reaches the requirement. FAL plays no part: it is the client's. */
export function planFor(ports: ProviderPorts, person: PersonRecord, facts: AuthenticationFacts, requirement: AssuranceRequirement): StepUp {
  return planStepUp(requirement, factsOf(ports, person, facts, noClient), ports.clock(), ports.assurance);
}

/** How a client authenticates at the token endpoint, as a fact for FAL. */
export function clientAuthentication(method: string | undefined): ClientFacts["authentication"] {
  if (method === "none" || method === undefined) return "none";
  return method.startsWith("client_secret_") ? "secret" : "key";
}

/** How a token is bound to its sender. */
export function senderConstraint(token: { jkt?: string | undefined; "x5t#S256"?: string | undefined } | undefined): ClientFacts["senderConstrained"] {
  if (token?.jkt !== undefined) return "dpop";
  return token?.["x5t#S256"] === undefined ? "none" : "mtls";
}
