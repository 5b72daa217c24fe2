import { describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/policy.ts";
import type { ClientFacts } from "../../src/assurance/facts.ts";
import { asIdentifier, type PasskeyId } from "../../src/identifiers.ts";
import { noMetadata } from "../../src/passkeys/index.ts";
import { currentEvidence, type PasskeyRecord, type PersonRecord } from "../../src/people/index.ts";
import { type AuthenticationFacts, decodeFacts, encodeFacts, withPasskey, withSignature } from "../../src/provider/authentication-facts.ts";
import { claimsOf } from "../../src/provider/assertion.ts";
import { assuranceOf, clientAuthentication, factsOf, planFor, senderConstraint } from "../../src/provider/levels.ts";
import type { ProviderPorts } from "../../src/provider/ports.ts";
import { addPasskey, bind, certificate, now, person as load } from "../people/people-fixture.ts";
import { temporaryStorage } from "../storage/temporary.ts";

const nothing: AuthenticationFacts = { passkeyId: null, passkey: null, signature: null };
const id = asIdentifier<PasskeyId>("k");
const signature = { device: "same", at: now, evidence: "e" } as const;

describe("facts of an authentication", () => {
  test("what was encoded is decoded", () => {
    const facts = { passkeyId: id, passkey: { userVerified: true, at: now }, signature, request: "pushed", acrValues: ["a", "b"] } as const;
    expect(decodeFacts(encodeFacts(facts))).toEqual(facts);
    expect(decodeFacts(encodeFacts(nothing))).toEqual({ ...nothing, request: "plain", acrValues: [] });
  });

  const noFacts: [string, unknown][] = [
    ["undefined", undefined], ["null", null], ["a number", 3], ["an object", { passkeyId: "k" }], ["an acr of another provider", "urn:mace:incommon:iap:silver"], ["nothing", ""], ["a list", "[1]"], ["text that only begins like facts", "{oops"],
  ];
  test.each(noFacts)("%s says that nothing was presented", (_name, encoded) => {
    expect(decodeFacts(encoded)).toEqual({ ...nothing, request: "plain", acrValues: [] });
  });

  test("a passkey keeps the signature before it, a signature the passkey", () => {
    const one = withSignature(nothing, signature);
    const both = withPasskey(one, id, { userVerified: true, at: now + 1 });
    expect(both).toEqual({ passkeyId: id, passkey: { userVerified: true, at: now + 1 }, signature });
    expect(withSignature(both, { ...signature, at: now + 2 })).toEqual({ ...both, signature: { ...signature, at: now + 2 } });
    expect(nothing).toEqual({ passkeyId: null, passkey: null, signature: null });
  });
});

describe("what the client's registration says", () => {
  const methods: [string | undefined, ClientFacts["authentication"]][] = [["private_key_jwt", "key"], ["client_secret_basic", "secret"], ["client_secret_post", "secret"], ["client_secret_jwt", "secret"], ["tls_client_auth", "key"], ["self_signed_tls_client_auth", "key"], ["none", "none"], [undefined, "none"]];
  test.each(methods)("authenticates by %s: %s", (method, expected) => expect(clientAuthentication(method)).toBe(expected));
  const tokens: [Parameters<typeof senderConstraint>[0], ClientFacts["senderConstrained"]][] = [[{ jkt: "x" }, "dpop"], [{ "x5t#S256": "x" }, "mtls"], [{}, "none"], [undefined, "none"]];
  test.each(tokens)("token %j: %s", (token, expected) => expect(senderConstraint(token)).toBe(expected));
});

describe("the levels of a person", () => {
  const client: ClientFacts = { authentication: "key", request: "pushed", senderConstrained: "dpop" };
  const ports = { clock: () => now, assurance: defaultPolicy, metadata: noMetadata } as ProviderPorts;
  const somebody = async (state: "active" | "pending" = "active"): Promise<{ person: PersonRecord; facts: AuthenticationFacts }> => {
    const storage = temporaryStorage();
    const bound = await bind(storage, certificate("1"));
    const passkeyId = await addPasskey(storage, bound, state);
    return { person: await load(storage, bound.personId), facts: { passkeyId, passkey: { userVerified: true, at: now }, signature: null } };
  };
  const changed = (person: PersonRecord, change: Partial<PasskeyRecord>): PersonRecord => ({ ...person, passkeys: person.passkeys.map((passkey) => ({ ...passkey, ...change })) });

  test("with a passkey: its binding and authenticator speak", async () => {
    const { person, facts } = await somebody();
    expect(factsOf(ports, person, facts, client)).toMatchObject({ person: "active", evidence: currentEvidence(person), binding: person.passkeys[0]?.binding, authenticator: { ...person.passkeys[0]?.authenticator, metadata: "unknown" }, session: { passkey: facts.passkey, signature: null }, client });
    expect(assuranceOf(ports, person, facts, client)).toMatchObject({ ial: 3, aal: 2, fal: 3 });
  });

  test("a passkey removed meanwhile, pending, or another's no longer speaks", async () => {
    const { person, facts } = await somebody();
    const gone = [changed(person, { state: "revoked" }), changed(person, { state: "pending" }), changed(person, { id: asIdentifier("another") }), { ...person, passkeys: [] }];
    for (const other of gone) {
      expect(factsOf(ports, other, facts, client)).toMatchObject({ binding: null, authenticator: null, session: { passkey: null } });
      expect(assuranceOf(ports, other, facts, client).aal).toBe(1);
    }
  });

  test("claims speak the vocabulary that was asked in, and give no internal identifier away", async () => {
    const { person, facts } = await somebody();
    const own = claimsOf(ports, person, { ...facts, request: "pushed", acrValues: [] }, client);
    const nist = claimsOf(ports, person, { ...facts, request: "pushed", acrValues: ["http://idmanagement.gov/ns/assurance/ial/3"] }, client);
    expect([own.acr, nist.acr]).toEqual(["urn:jpki-bridge:ial3-aal2", "http://idmanagement.gov/ns/assurance/ial/3"]);
    for (const secret of [person.id, currentEvidence(person)?.id ?? "", facts.passkeyId ?? ""]) expect(JSON.stringify([own, nist])).not.toContain(secret);
  });

  test("what is still to be done", async () => {
    const { person, facts } = await somebody();
    expect(planFor(ports, person, facts, { acr: [] }).kind).toBe("satisfied");
    expect(planFor(ports, person, nothing, { acr: [] , minimumAal: 2 }).kind).toBe("passkey");
    expect(planFor(ports, person, facts, { acr: [], minimumAal: 3 }).kind).toBe("signature");
  });
});
