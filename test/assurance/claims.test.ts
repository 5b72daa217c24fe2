import { expect, test } from "vitest";
import { assuranceClaims, assure, defaultPolicy } from "../../src/assurance/index.ts";
import type { AssuranceFacts } from "../../src/assurance/index.ts";
import { binding, evidence, facts, hardware, hour, minute, now, status, synced, withBoth, withNothing, withSignature } from "./facts.ts";

const claimsOf = (changes: Partial<AssuranceFacts> = {}) => assuranceClaims(assure(facts(changes), now, defaultPolicy), "phr");
const monthAgo = now - 30 * 24 * hour;
const startOfThatDay = monthAgo - (monthAgo % (24 * hour));
const describedBinding = { bound_at: startOfThatDay, bound_by: "jpki_user_authentication", ial: 3, aal: 3 };

test("every claim, of a person signed in by a synced passkey", () => {
  expect(claimsOf()).toEqual({
    ial: 3,
    aal: 2,
    fal: 3,
    acr: "phr",
    amr: ["swk", "user", "mfa"],
    auth_time: now - minute,
    assurance: {
      evidence: {
        kind: "jpki_user_authentication",
        medium: "smartphone",
        verified_at: startOfThatDay,
        status: "good",
        status_source: "ocsp",
        status_time: now - hour,
      },
      authenticator: { kind: "passkey", backup_eligible: true, attestation: "none" },
      binding: describedBinding,
      policy: defaultPolicy.version,
    },
  });
});

const assurances: [string, Partial<AssuranceFacts>, object][] = [
  ["of a hardware passkey", { authenticator: hardware }, { authenticator: { kind: "passkey", backup_eligible: false, attestation: "verified" } }],
  ["of a signature by the phone", { session: withSignature("same") }, { authenticator: { kind: "jpki_smartphone", backup_eligible: false, attestation: "none" } }],
  ["of a signature by the card", { evidence: evidence({ medium: "card" }), session: withSignature("same") }, { authenticator: { kind: "jpki_card", backup_eligible: false, attestation: "none" } }],
  ["of both", { session: withBoth("same") }, { authenticator: { kind: "passkey" }, binding: describedBinding }],
  ["of a revoked certificate", { evidence: evidence({ status: status({ status: "revoked", source: "crl" }) }) }, { evidence: { status: "revoked", status_source: "crl" } }],
  ["of a passkey bound lower", { binding: binding({ ial: 1, aal: 2, boundByKind: "jpki_signature" }) }, { binding: { bound_by: "jpki_signature", ial: 1, aal: 2 } }],
];
test.each(assurances)("the assurance object %s", (_name, changes, expected) => {
  expect(claimsOf(changes).assurance).toMatchObject(expected);
});

const leftOut: [string, Partial<AssuranceFacts>, string[]][] = [
  ["no evidence", { evidence: null }, ["authenticator", "binding", "policy"]],
  ["no record of the authenticator", { authenticator: null }, ["evidence", "policy"]],
  ["no record of the binding", { binding: null }, ["evidence", "authenticator", "policy"]],
  ["nothing presented", { session: withNothing }, ["evidence", "policy"]],
  ["a signature by other evidence", { session: { passkey: null, signature: { device: "same", at: now, evidence: "older" } } }, ["evidence", "policy"]],
  ["a passkey not yet used, only a signature", { session: withSignature("same") }, ["evidence", "authenticator", "policy"]],
  ["an erased person", { person: "erased" }, ["policy"]],
];
test.each(leftOut)("with %s the assurance object leaves out what is not there", (_name, changes, members) => {
  expect(Object.keys(claimsOf(changes).assurance)).toEqual(members);
});

test("without anything presented there is no auth_time", () => {
  expect(claimsOf({ session: withNothing })).not.toHaveProperty("auth_time");
});

test("no identifier that two relying parties could compare is told", () => {
  const secret = { id: "EVIDENCE-ID", policy: "POLICY-OID", issuer: "ISSUER-NAME" };
  const told = JSON.stringify(
    claimsOf({ evidence: evidence(secret), binding: binding({ boundBy: "EVIDENCE-ID" }), authenticator: { ...synced, aaguid: "AAGUID" }, session: withBoth("same") }),
  );
  for (const value of [...Object.values(secret), "AAGUID"]) expect(told).not.toContain(value);
});

test("the claims are plain JSON", () => {
  const claims = claimsOf({ session: withBoth("same") });
  expect(JSON.parse(JSON.stringify(claims))).toEqual(claims);
});
