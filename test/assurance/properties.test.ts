import * as fc from "fast-check";
import { expect, test } from "vitest";
import { acrSatisfied, acrValuesSupported, assuranceClaims, assure, chooseAcr, claimsFor, defaultPolicy, planStepUp, readRecordedAssertion, recordAssertion, replayAssertion, requirementSatisfied, tightenPolicy } from "../../src/assurance/index.ts";
import type { AssuranceFacts, AuthenticatorFacts, BindingFacts, ClientFacts, EvidenceFacts, SessionFacts } from "../../src/assurance/index.ts";
import { day, now } from "./facts.ts";

const fresh = defaultPolicy.statusFresh;
const skew = 60;
const level = fc.constantFrom(1, 2, 3);
const device = fc.constantFrom("same", "other");
const time = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: now - 20 * day, max: now }) },
  { weight: 2, arbitrary: fc.constantFrom(now - fresh, now - fresh - 1, now - 7 * day, now - 7 * day - 1, now + skew, now + skew + 1, now + day) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0.5) },
);
const kind = fc.constantFrom("jpki_user_authentication", "jpki_signature");

const evidenceFacts: fc.Arbitrary<EvidenceFacts> = fc.record({
  id: fc.constantFrom("e1", "e2"),
  kind,
  medium: fc.constantFrom("card", "smartphone"),
  policy: fc.string(),
  issuer: fc.string(),
  verifiedAt: time,
  expiresAt: fc.oneof(fc.constant(now + 100 * day), time),
  status: fc.record({ status: fc.constantFrom("good", "good", "good", "revoked", "hold", "unknown"), source: fc.constantFrom("ocsp", "crl", "operator"), thisUpdate: time, checkedAt: time }),
});
const authenticatorFacts: fc.Arbitrary<AuthenticatorFacts> = fc.record({
  backupEligible: fc.boolean(),
  backedUp: fc.boolean(),
  attestation: fc.constantFrom("none", "self", "verified"),
  metadata: fc.constantFrom("unknown", "good", "bad"),
  aaguid: fc.string(),
});
const bindingFacts: fc.Arbitrary<BindingFacts> = fc.record({ boundAt: time, boundBy: fc.string(), boundByKind: kind, ial: level, aal: level, device });
const sessionFacts: fc.Arbitrary<SessionFacts> = fc.record({
  passkey: fc.option(fc.record({ userVerified: fc.boolean(), at: time })),
  signature: fc.option(fc.record({ device, at: time, evidence: fc.constantFrom("e1", "e2") })),
});
const clientFacts: fc.Arbitrary<ClientFacts> = fc.record({
  authentication: fc.constantFrom("none", "secret", "key"),
  request: fc.constantFrom("plain", "pushed", "signed"),
  senderConstrained: fc.constantFrom("none", "dpop", "mtls"),
});
const anyFacts: fc.Arbitrary<AssuranceFacts> = fc.record({
  person: fc.constantFrom("active", "active", "active", "held", "erased"),
  evidence: fc.option(evidenceFacts, { freq: 8 }),
  binding: fc.option(bindingFacts, { freq: 8 }),
  authenticator: fc.option(authenticatorFacts, { freq: 8 }),
  session: sessionFacts,
  client: clientFacts,
  recoveredAt: time,
}, { requiredKeys: ["person", "evidence", "binding", "authenticator", "session", "client"] });
const requirement = fc.record({
  acr: fc.array(fc.constantFrom(...acrValuesSupported(), "urn:unknown"), { maxLength: 3 }),
  minimumIal: level,
  minimumAal: level,
  maximumStatusAge: fc.constantFrom(0, 60, day, 100 * day),
});
const policies = fc
  .record({ version: fc.constant("tight"), statusFresh: fc.nat(fresh), coolingOff: fc.nat(30 * day), statusNow: fc.nat(300), ial: fc.record({ jpki_user_authentication: level, jpki_signature: level }), aal: fc.record({ signature_same_device: level, passkey_hardware_bound: level }) })
  .map((operator) => {
    const verdict = tightenPolicy(defaultPolicy, operator);
    if (!verdict.valid) throw new Error(verdict.at);
    return verdict.value;
  });

const check = <Values>(property: fc.IProperty<Values>): void => fc.assert(property, { numRuns: 2000 });
const levelsOf = (facts: AssuranceFacts, at = now, policy = defaultPolicy) => {
  const { ial, aal, fal } = assure(facts, at, policy);
  return { ial, aal, fal };
};

test("every input has an answer: levels from 1 to 3, each below 3 with the fact that capped it", () => {
  check(fc.property(anyFacts, (facts) => {
    const assurance = assure(facts, now, defaultPolicy);
    for (const value of ["ial", "aal", "fal"] as const) {
      expect([1, 2, 3]).toContain(assurance[value]);
      expect(assurance.explanation[value].cappedBy === undefined).toBe(assurance[value] === 3);
    }
  }));
});

test("the same facts give the same answer, and are left as they were", () => {
  check(fc.property(anyFacts, (facts) => {
    const before = structuredClone(facts);
    expect(assure(facts, now, defaultPolicy)).toEqual(assure(before, now, defaultPolicy));
    expect(facts).toEqual(before);
  }));
});

const past = (at: number): boolean => at <= now + skew;

test("IAL is never above the weakest fact", () => {
  check(fc.property(anyFacts, (facts) => {
    const { ial } = levelsOf(facts);
    const { evidence, person } = facts;
    if (ial === 1) return;
    expect(person).toBe("active");
    expect(evidence?.status.status).toBe("good");
    expect(evidence !== null && now <= evidence.expiresAt && past(evidence.verifiedAt) && past(evidence.status.thisUpdate)).toBe(true);
    const age = now - (evidence?.status.thisUpdate ?? 0);
    expect(age).toBeLessThanOrEqual(ial === 3 ? defaultPolicy.statusFresh : defaultPolicy.statusHard);
  }));
});

test("AAL is never above the weakest fact", () => {
  check(fc.property(anyFacts, (facts) => {
    const { aal, phishingResistant } = assure(facts, now, defaultPolicy);
    const { authenticator, binding, person } = facts;
    const { passkey, signature } = facts.session;
    const signed = signature !== null && past(signature.at);
    const asserted = passkey !== null && past(passkey.at) && passkey.userVerified;
    if (phishingResistant) expect((signed && signature.device === "same") || (passkey !== null && past(passkey.at))).toBe(true);
    if (aal === 1) return;
    expect(person).not.toBe("erased");
    const byPasskey = asserted && binding !== null && binding.aal >= aal;
    const hardware = authenticator !== null && !authenticator.backupEligible && !authenticator.backedUp && authenticator.attestation === "verified" && authenticator.metadata !== "bad";
    const bySignature = signed && (signature.device === "same" || aal === 2);
    expect(bySignature || (byPasskey && (aal === 2 || hardware))).toBe(true);
  }));
});

test("FAL is never above the weakest fact", () => {
  check(fc.property(anyFacts, (facts) => {
    const { fal } = levelsOf(facts);
    const { authentication, request, senderConstrained } = facts.client;
    if (fal >= 2) expect(authentication === "key" && request !== "plain").toBe(true);
    if (fal === 3) expect(senderConstrained).not.toBe("none");
  }));
});

test("no single fact of another session lifts what it does not belong to", () => {
  check(fc.property(anyFacts, anyFacts, (one, other) => {
    expect(levelsOf({ ...one, client: other.client })).toEqual({ ...levelsOf(one), fal: levelsOf(other).fal });
    expect(levelsOf({ ...one, session: other.session, binding: other.binding, authenticator: other.authenticator }).ial).toBe(levelsOf(one).ial);
    const unsigned = { ...one, session: { ...one.session, signature: null } };
    expect(levelsOf({ ...unsigned, evidence: other.evidence }).aal).toBe(levelsOf(unsigned).aal);
  }));
});

test("better evidence never lowers IAL, worse never raises it", () => {
  check(fc.property(anyFacts, (facts) => {
    const { evidence } = facts;
    if (evidence === null) return;
    const { ial } = levelsOf(facts);
    const better = { ...evidence, expiresAt: now + 1000 * day, status: { ...evidence.status, thisUpdate: now, status: "good" as const } };
    expect(levelsOf({ ...facts, evidence: better }).ial).toBeGreaterThanOrEqual(ial);
    const older = { ...evidence, status: { ...evidence.status, thisUpdate: Math.min(evidence.status.thisUpdate, now) - day } };
    expect(levelsOf({ ...facts, evidence: older }).ial).toBeLessThanOrEqual(past(evidence.status.thisUpdate) ? ial : 3);
    for (const status of ["revoked", "hold", "unknown"] as const) {
      expect(levelsOf({ ...facts, evidence: { ...evidence, status: { ...evidence.status, status } } }).ial).toBe(1);
    }
    expect(levelsOf({ ...facts, evidence: null }).ial).toBe(1);
    for (const person of ["held", "erased"] as const) expect(levelsOf({ ...facts, person }).ial).toBe(1);
  }));
});

test("more presented never lowers AAL, and a lower binding never raises it", () => {
  check(fc.property(anyFacts, (facts) => {
    const { aal } = levelsOf(facts);
    const { passkey, signature } = facts.session;
    expect(levelsOf({ ...facts, session: { passkey: null, signature } }).aal).toBeLessThanOrEqual(aal);
    expect(levelsOf({ ...facts, session: { passkey, signature: null } }).aal).toBeLessThanOrEqual(aal);
    for (const bound of [1, 2, 3] as const) {
      const { binding } = facts;
      if (binding !== null && bound <= binding.aal) expect(levelsOf({ ...facts, binding: { ...binding, aal: bound } }).aal).toBeLessThanOrEqual(aal);
    }
    expect(levelsOf({ ...facts, binding: null }).aal).toBeLessThanOrEqual(aal);
  }));
});

test("as time goes by and nothing happens, IAL only falls", () => {
  fc.assert(fc.property(anyFacts, fc.nat(400 * day), fc.nat(400 * day), (facts, one, other) => {
    const [sooner, later] = [Math.min(one, other), Math.max(one, other)];
    const start = now + 2 * day;
    expect(levelsOf(facts, start + later).ial).toBeLessThanOrEqual(levelsOf(facts, start + sooner).ial);
  }), { numRuns: 2000 });
});

test("a tightened policy never gives more", () => {
  fc.assert(fc.property(anyFacts, policies, (facts, policy) => {
    const [loose, tight] = [assure(facts, now, defaultPolicy), assure(facts, now, policy)];
    expect(tight.ial <= loose.ial && tight.aal <= loose.aal && tight.fal === loose.fal).toBe(true);
    for (const acr of acrValuesSupported()) if (acrSatisfied(acr, tight)) expect(acrSatisfied(acr, loose)).toBe(true);
  }), { numRuns: 1000 });
});

test("an acr that is answered is always reached, and the claims are always JSON", () => {
  fc.assert(fc.property(anyFacts, requirement, fc.boolean(), (facts, { acr: requested }, essential) => {
    const assurance = assure(facts, now, defaultPolicy);
    const choice = chooseAcr({ requested, essential }, assurance);
    if ("acr" in choice) expect(acrSatisfied(choice.acr, assurance)).toBe(true);
    else expect(essential && requested.every((acr) => !acrSatisfied(acr, assurance)) && Object.keys(choice.unmet).length > 0).toBe(true);
    expect(() => JSON.stringify(assuranceClaims(assurance, "acr" in choice ? choice.acr : ""))).not.toThrow();
  }), { numRuns: 1000 });
});

test("a plan is satisfied only where the requirement is, and a step that leads nowhere is not proposed", () => {
  fc.assert(fc.property(anyFacts, requirement, fc.array(fc.record({ authenticator: authenticatorFacts, binding: bindingFacts }), { maxLength: 2 }), (facts, wanted, passkeys) => {
    const plan = planStepUp(wanted, { ...facts, passkeys }, now, defaultPolicy);
    if (plan.kind === "satisfied") expect(requirementSatisfied(wanted, assure(facts, now, defaultPolicy))).toBe(true);
    if (facts.person !== "active") expect(plan.kind).toBe("impossible");
    if (wanted.acr.length > 0 && wanted.acr.every((acr) => acr === "urn:unknown")) expect(plan.kind).toBe("impossible");
    if (plan.kind === "passkey") expect(passkeys.length).toBeGreaterThan(0);
    if (plan.kind === "signature" || plan.kind === "status_check") expect(facts.evidence?.status.status).not.toBe("revoked");
  }), { numRuns: 2000 });
});

test("what is recorded of an assertion comes to the same when it is computed again; another level does not", () => {
  const finite = (facts: AssuranceFacts): boolean => !/NaN|Infinity/.test(JSON.stringify(facts, (_key, value: unknown) => (typeof value === "number" ? String(value) : value)));
  fc.assert(fc.property(anyFacts.filter(finite), requirement, policies, (facts, { acr }, policy) => {
    const claims = claimsFor(facts, acr, now, policy);
    const recorded = readRecordedAssertion(JSON.parse(JSON.stringify(recordAssertion({ client: "c", policy_sha256: "d" }, facts, acr, claims))));
    if (recorded === null) throw new Error("not read back");
    expect(replayAssertion(recorded, now, policy).differences).toEqual([]);
    const higher = { ...recorded, asserted: { ...recorded.asserted, ial: recorded.asserted.ial === 3 ? 2 : 3 } as const };
    expect(replayAssertion(higher, now, policy).differences).toEqual(["ial"]);
  }), { numRuns: 500 });
});

test("a recovery never raises a level, and cooling off holds AAL at 2 at most", () => {
  check(fc.property(anyFacts, fc.nat(60 * day), (facts, ago) => {
    const policy = { ...defaultPolicy, coolingOff: 30 * day };
    const { recoveredAt: _without, ...before } = facts;
    const [never, recovered] = [levelsOf(before, now, policy), levelsOf({ ...before, recoveredAt: now - ago }, now, policy)];
    expect(recovered).toEqual({ ...never, aal: ago <= policy.coolingOff ? Math.min(never.aal, 2) : never.aal });
  }));
});
