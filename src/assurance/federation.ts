import type { ClientFacts, Level } from "./facts.ts";

export type FederationRule = "key_bound_assertion" | "protected_request" | "registered_client";
export type FederationCap = "client_not_authenticated_by_key" | "request_not_protected" | "assertion_not_key_bound";

export interface FederationAssurance {
  readonly level: Level;
  readonly rule: FederationRule;
  /** The fact that kept the level from being higher. */
  readonly cappedBy?: FederationCap;
}

/**
 * The federation assurance level of the answer to this request. The code flow with PKCE and a single
 * audience hold for every client, so they are not facts here. Levels are cumulative (NIST SP 800-63C-4
 * 2.1): an assertion bound to a key is FAL 3 only where the request was protected as FAL 2 demands.
 */
export function federationAssurance(client: ClientFacts): FederationAssurance {
  if (client.authentication !== "key") return { level: 1, rule: "registered_client", cappedBy: "client_not_authenticated_by_key" };
  if (client.request === "plain") return { level: 1, rule: "registered_client", cappedBy: "request_not_protected" };
  if (client.senderConstrained === "none") return { level: 2, rule: "protected_request", cappedBy: "assertion_not_key_bound" };
  return { level: 3, rule: "key_bound_assertion" };
}
