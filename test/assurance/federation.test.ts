import { expect, test } from "vitest";
import { assure, defaultPolicy } from "../../src/assurance/index.ts";
import type { ClientFacts } from "../../src/assurance/index.ts";
import { facts, now } from "./facts.ts";

const rows: [ClientFacts["authentication"], ClientFacts["request"], ClientFacts["senderConstrained"], string][] = [
  ["none", "plain", "none", "1 client_not_authenticated_by_key"],
  ["none", "plain", "dpop", "1 client_not_authenticated_by_key"],
  ["none", "plain", "mtls", "1 client_not_authenticated_by_key"],
  ["none", "pushed", "none", "1 client_not_authenticated_by_key"],
  ["none", "pushed", "dpop", "1 client_not_authenticated_by_key"],
  ["none", "pushed", "mtls", "1 client_not_authenticated_by_key"],
  ["none", "signed", "none", "1 client_not_authenticated_by_key"],
  ["none", "signed", "dpop", "1 client_not_authenticated_by_key"],
  ["none", "signed", "mtls", "1 client_not_authenticated_by_key"],
  ["secret", "plain", "none", "1 client_not_authenticated_by_key"],
  ["secret", "plain", "dpop", "1 client_not_authenticated_by_key"],
  ["secret", "plain", "mtls", "1 client_not_authenticated_by_key"],
  ["secret", "pushed", "none", "1 client_not_authenticated_by_key"],
  ["secret", "pushed", "dpop", "1 client_not_authenticated_by_key"],
  ["secret", "pushed", "mtls", "1 client_not_authenticated_by_key"],
  ["secret", "signed", "none", "1 client_not_authenticated_by_key"],
  ["secret", "signed", "dpop", "1 client_not_authenticated_by_key"],
  ["secret", "signed", "mtls", "1 client_not_authenticated_by_key"],
  ["key", "plain", "none", "1 request_not_protected"],
  ["key", "plain", "dpop", "1 request_not_protected"],
  ["key", "plain", "mtls", "1 request_not_protected"],
  ["key", "pushed", "none", "2 assertion_not_key_bound"],
  ["key", "pushed", "dpop", "3 -"],
  ["key", "pushed", "mtls", "3 -"],
  ["key", "signed", "none", "2 assertion_not_key_bound"],
  ["key", "signed", "dpop", "3 -"],
  ["key", "signed", "mtls", "3 -"],
];
test.each(rows)("client authenticated by %s, request %s, sender constrained by %s: FAL %s", (authentication, request, senderConstrained, expected) => {
  const { fal, explanation } = assure(facts({ client: { authentication, request, senderConstrained } }), now, defaultPolicy);
  expect(`${fal} ${explanation.fal.cappedBy ?? "-"}`).toBe(expected);
  expect(explanation.fal.rule).toBe(["registered_client", "protected_request", "key_bound_assertion"][fal - 1]);
});
