import { describe, expect, test } from "vitest";
import { assure, defaultPolicy, planStepUp, requirementSatisfied } from "../../src/assurance/index.ts";
import type { AssuranceRequirement, StepUpFacts } from "../../src/assurance/index.ts";
import { binding, day, evidence, facts, hardware, hour, now, status, synced, withNothing, withPresence, withSignature } from "./facts.ts";

const syncedKey = { authenticator: synced, binding: binding() };
const hardwareKey = { authenticator: hardware, binding: binding() };
const person = (changes: Partial<StepUpFacts> = {}): StepUpFacts => ({ ...facts(), passkeys: [syncedKey], ...changes });
const nothing: AssuranceRequirement = { acr: [] };
const wants = (...acr: string[]): AssuranceRequirement => ({ acr });

const stale = { evidence: evidence({ status: status({ thisUpdate: now - 2 * day, checkedAt: now - 2 * day }) }) };
const checkedStale = { evidence: evidence({ status: status({ source: "crl", thisUpdate: now - 2 * day, checkedAt: now }) }) };
const revoked = { evidence: evidence({ status: status({ status: "revoked" }) }) };
const expired = { evidence: evidence({ expiresAt: now - 1 }) };
const unknown = { evidence: evidence({ status: status({ status: "unknown" }) }) };
const signedOut = { session: withNothing, authenticator: null, binding: null };
const signedElsewhere = { session: { ...withSignature("other"), passkey: { userVerified: true, at: now } } };

const plans: [string, AssuranceRequirement, StepUpFacts, string][] = [
  // What is there already
  ["nothing, signed in", nothing, person(), "satisfied"],
  ["an AAL that is there", wants("phr"), person(), "satisfied"],
  ["IAL 3 and AAL 2", { acr: [], minimumIal: 3, minimumAal: 2 }, person(), "satisfied"],
  ["a status no older than two hours", { acr: [], maximumStatusAge: 2 * hour }, person(), "satisfied"],
  // A passkey
  ["nothing, signed out", nothing, person(signedOut), "passkey"],
  ["AAL 2, signed out", wants("phr"), person(signedOut), "passkey"],
  ["AAL 2 after presence only", wants("phr"), person({ session: withPresence }), "passkey"],
  ["AAL 3, with another passkey that gives it", wants("phrh"), person({ passkeys: [syncedKey, hardwareKey] }), "passkey"],
  ["AAL 3, with another passkey bound too low", wants("phrh"), person({ passkeys: [syncedKey, { ...hardwareKey, binding: binding({ aal: 2 }) }] }), "signature"],
  ["AAL 3, signed out, to be followed by a signature", wants("phrh"), person(signedOut), "passkey"],
  ["IAL 3, signed out, to be followed by a status check", { acr: [], minimumIal: 3 }, person({ ...signedOut, ...stale }), "passkey"],
  ["IAL 3 and AAL 3, with a stale status and a better passkey", { acr: [], minimumIal: 3, minimumAal: 3 }, person({ ...stale, passkeys: [syncedKey, hardwareKey] }), "passkey"],
  // A status check
  ["IAL 3 with a stale status", { acr: [], minimumIal: 3 }, person(stale), "status_check"],
  ["IAL 3 with a status unknown to its source", wants("urn:jpki-bridge:ial3-aal2"), person(unknown), "status_check"],
  ["a status no older than a minute", { acr: [], maximumStatusAge: 60 }, person(), "status_check"],
  ["a status checked now", wants("crl"), person(), "status_check"],
  // A signature
  ["AAL 3 with a synced passkey", wants("phrh"), person(), "signature"],
  ["AAL 3 by registration", { acr: [], minimumAal: 3 }, person(), "signature"],
  ["eIDAS high with a stale status", wants("http://eidas.europa.eu/LoA/high"), person(stale), "signature"],
  ["AAL 3 a while after a signature elsewhere", wants("phrh"), person({ session: { ...withSignature("other"), signature: { device: "other", at: now - hour, evidence: "evidence-1" } } }), "signature"],
  // A new enrolment
  ["IAL 3 with a revoked certificate", { acr: [], minimumIal: 3 }, person(revoked), "enrol"],
  ["IAL 3 with an expired certificate", { acr: [], minimumIal: 3 }, person(expired), "enrol"],
  ["IAL 2 with no certificate", { acr: [], minimumIal: 2 }, person({ evidence: null }), "enrol"],
  ["a status age with no certificate", { acr: [], maximumStatusAge: hour }, person({ evidence: null }), "enrol"],
  ["AAL 3 with an expired certificate and a synced passkey", wants("phrh"), person(expired), "enrol"],
  ["nothing, signed out, without a passkey", nothing, person({ ...signedOut, passkeys: [] }), "enrol"],
  ["AAL 2, a revoked certificate", wants("phr"), person(revoked), "satisfied"],
  // The order asked
  ["AAL 3 rather than AAL 2", wants("phrh", "phr"), person(), "signature"],
  ["AAL 2 rather than AAL 3", wants("phr", "phrh"), person(), "satisfied"],
  ["AAL 3 rather than AAL 2, out of reach", wants("phrh", "phr"), person(expired), "satisfied"],
  ["an unknown value rather than AAL 2", wants("urn:unknown", "phr"), person(), "satisfied"],
  // Out of reach
  ["only unknown values", wants("urn:unknown"), person(), "unmet_authentication_requirements"],
  ["AAL 3 just after a signature elsewhere", wants("phrh"), person(signedElsewhere), "unmet_authentication_requirements"],
  ["a status newer than the list just read", { acr: [], maximumStatusAge: hour }, person(checkedStale), "unmet_authentication_requirements"],
  ["IAL 3 with a list just read and stale", { acr: [], minimumIal: 3 }, person(checkedStale), "unmet_authentication_requirements"],
  ["anything, on hold", nothing, person({ person: "held" }), "person_on_hold"],
  ["anything, erased", nothing, person({ person: "erased" }), "person_erased"],
  ["anything, with the certificate on hold", nothing, person({ evidence: evidence({ status: status({ status: "hold" }) }) }), "certificate_on_hold"],
];
test.each(plans)("asked for %s", (_name, requirement, person, expected) => {
  const plan = planStepUp(requirement, person, now, defaultPolicy);
  expect(plan.kind === "impossible" ? plan.reason : plan.kind).toBe(expected);
});

test("a policy that gives AAL 3 to nothing makes it impossible, not endless", () => {
  const policy = { ...defaultPolicy, aal: { ...defaultPolicy.aal, signature_same_device: 2, passkey_hardware_bound: 2 } } as const;
  for (const facts of [person(), person(expired), person({ ...signedOut, passkeys: [] })]) {
    expect(planStepUp(wants("phrh"), facts, now, policy)).toEqual({ kind: "impossible", reason: "unmet_authentication_requirements" });
  }
});

test.each([
  [nothing, true],
  [wants("phrh", "phr"), true],
  [wants("phrh"), false],
  [wants("urn:unknown"), false],
  [{ acr: ["phr"], minimumIal: 3, minimumAal: 2, maximumStatusAge: hour }, true],
  [{ acr: ["phr"], minimumAal: 3 }, false],
  [{ acr: [], minimumIal: 3, maximumStatusAge: hour - 1 }, false],
] satisfies [AssuranceRequirement, boolean][])("requirement %j is satisfied by a synced passkey: %s", (requirement, expected) => {
  expect(requirementSatisfied(requirement, assure(facts(), now, defaultPolicy))).toBe(expected);
});

/** The facts after the person, or the source, did what was asked. */
function afterStep(kind: string, before: StepUpFacts, time: number): StepUpFacts {
  const good = before.evidence && { ...before.evidence, status: status({ thisUpdate: time, checkedAt: time }) };
  switch (kind) {
    case "passkey":
      return { ...before, ...(before.passkeys.at(-1) ?? syncedKey), session: { ...before.session, passkey: { userVerified: true, at: time } } };
    case "status_check":
      return { ...before, evidence: good };
    case "signature":
      return { ...before, evidence: good, session: { ...before.session, signature: { device: "same", at: time, evidence: before.evidence?.id ?? "" } } };
    default:
      return { ...before, evidence: evidence({ verifiedAt: time, status: status({ thisUpdate: time, checkedAt: time }) }), passkeys: [syncedKey], session: { passkey: null, signature: { device: "same", at: time, evidence: "evidence-1" } } };
  }
}

describe("taking each step as it is proposed", () => {
  const reachable = plans.filter(([, requirement, facts]) => planStepUp(requirement, facts, now, defaultPolicy).kind !== "impossible");
  test.each(reachable)("%s ends satisfied within three steps", (_name, requirement, facts) => {
    let [current, time, steps] = [facts, now, 0];
    for (;;) {
      const { kind } = planStepUp(requirement, current, time, defaultPolicy);
      if (kind === "satisfied") break;
      expect(kind).not.toBe("impossible");
      steps += 1;
      time += 5;
      current = afterStep(kind, current, time);
      expect(steps).toBeLessThanOrEqual(3);
    }
    expect(requirementSatisfied(requirement, assure(current, time, defaultPolicy))).toBe(true);
  });
});
