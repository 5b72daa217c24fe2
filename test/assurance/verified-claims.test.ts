import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { answerVerifiedClaims, askedClaims, parseVerifiedClaimsRequest, supportedClaims, type VerifiedFacts, verifiedClaimsMetadata } from "../../src/assurance/index.ts";
import { orThrow } from "../../src/errors.ts";
import { isAnswer, isRequest } from "./verified-claims-schema.ts";

/** OpenID Connect for Identity Assurance 1.0: request × facts × consent. Named after the modules of the conformance suite where one is about the case. */

const now = 1_800_000_000;
const day = "2027-01-14T00:00Z";
const attributes = { name: { text: "見本　太郎", substituted: [] }, address: { text: "東京都千代田区見本町一丁目", substituted: [] }, birthDate: "1985-04-12", gender: "male" } as const;
const facts: VerifiedFacts = {
  trustFramework: "jp_jpki", level: 3, policy: "2026-1", attributes,
  evidence: { kind: "jpki_signature", issuer: "C=JP, O=JPKI, OU=JPKI for digital signature", verifiedAt: now - 100_000 },
};
const authenticationOnly: VerifiedFacts = { ...facts, attributes: null, evidence: { ...facts.evidence, kind: "jpki_user_authentication" } };
const every = new Set<string>(supportedClaims);

interface Setting {
  readonly facts?: VerifiedFacts;
  readonly consented?: ReadonlySet<string>;
}

function answer(request: unknown, { facts: known = facts, consented = every }: Setting = {}): unknown {
  expect(isRequest(request)).toBe(true);
  const answers = answerVerifiedClaims(orThrow(parseVerifiedClaimsRequest(request)), known, consented, now);
  for (const each of answers) expect(isAnswer(each)).toBe(true);
  return Array.isArray(request) ? answers : (answers[0] ?? null);
}

const plain = { trust_framework: null };
const told = { trust_framework: "jp_jpki" };
const signature = { type: "electronic_signature", signature_type: "jpki_signature", issuer: facts.evidence.issuer, serial_number: "withheld" };
const ask = (verification: object, claims: object | null = { name: null }) => ({ verification: { ...plain, ...verification }, claims });
const named = { name: "見本　太郎" };

describe("claims", () => {
  const rows: readonly (readonly [string, object | null, Setting, object])[] = [
    ["one", { name: null }, {}, named],
    ["all four", { name: null, birthdate: null, gender: null, address: null }, {}, { name: "見本　太郎", birthdate: "1985-04-12", gender: "male", address: { formatted: "東京都千代田区見本町一丁目", country: "JP" } }],
    ["essential true", { name: { essential: true } }, {}, named],
    ["essential false", { name: { essential: false } }, {}, named],
    ["a purpose", { name: { purpose: "for the contract" } }, {}, named],
    ["unknown omitted", { name: null, favourite_colour: null }, {}, named],
    ["unknown essential omitted", { name: null, favourite_colour: { essential: true } }, {}, named],
    ["special characters in a name", { name: null, "クレーム#%$&/\\\"": null, "https://example.com/claim": null }, {}, named],
    ["names of properties that every object has", { name: null, constructor: null, toString: { essential: true }, hasOwnProperty: null }, {}, named],
    ["its value", { name: { value: "見本　太郎" } }, {}, named],
    ["another value: the claim omitted", { name: { value: "別人" }, gender: null }, {}, { gender: "male" }],
    ["a random value, essential: the claim omitted", { name: { value: "K7f3-Qz", essential: true } }, {}, {}],
    ["among values", { name: { values: ["別人", "見本　太郎"] } }, {}, named],
    ["not among values", { name: { values: ["別人"] } }, {}, {}],
    ["not in metadata: email", { email: null, given_name: null }, {}, {}],
    ["none asked for", null, {}, {}],
    ["consented to one", { name: null, address: null }, { consented: new Set(["address"]) }, { address: { formatted: "東京都千代田区見本町一丁目", country: "JP" } }],
    ["consented to none, essential or not", { name: { essential: true }, address: null }, { consented: new Set() }, {}],
    ["consented to more than asked for", { gender: null }, {}, { gender: "male" }],
    ["no signature certificate: evidence without claims", { name: { essential: true } }, { facts: authenticationOnly }, {}],
    ["gender and birth date that the register does not say", { name: null, gender: null, birthdate: { essential: true } }, { facts: { ...facts, attributes: { ...attributes, gender: null, birthDate: null } } }, named],
  ];
  test.each(rows)("%s", (_name, claims, setting, expected) => {
    expect(answer(ask({}, claims), setting)).toEqual({ verification: told, claims: expected });
  });
});

describe("verification: what is told", () => {
  const rows: readonly (readonly [string, object, object])[] = [
    ["nothing but the framework unless asked for", {}, {}],
    ["assurance level", { assurance_level: null }, { assurance_level: "ial3" }],
    ["time, to the day", { time: null }, { time: day }],
    ["assurance process", { assurance_process: { policy: null } }, { assurance_process: { policy: "jpki-bridge 2026-1" } }],
    ["what is not known is left out", { verification_process: null, assurance_process: { policy: null, procedure: null } }, { assurance_process: { policy: "jpki-bridge 2026-1" } }],
    ["evidence, with what the schema demands", { evidence: [{ type: { value: "electronic_signature" } }] }, { evidence: [signature] }],
    ["evidence and when", { evidence: [{ type: { value: "electronic_signature" }, created_at: null }] }, { evidence: [{ ...signature, created_at: day }] }],
    ["one of two filters", { evidence: [{ type: { value: "document" } }, { type: { value: "electronic_signature" } }] }, { evidence: [signature] }],
    ["values the framework is among", { trust_framework: { values: ["eidas", "jp_jpki"] } }, {}],
    ["a level that is reached", { assurance_level: { value: "ial3" } }, { assurance_level: "ial3" }],
    ["young enough", { time: { max_age: 100_000 } }, { time: day }],
    ["its signature is young enough", { evidence: [{ type: { value: "electronic_signature" }, created_at: { max_age: 100_000 } }] }, { evidence: [{ ...signature, created_at: day }] }],
  ];
  test.each(rows)("%s", (_name, verification, expected) => {
    expect(answer(ask(verification))).toEqual({ verification: { ...told, ...expected }, claims: named });
  });

  test("the evidence of a sign-in alone", () => {
    const asked = ask({ assurance_level: null, evidence: [{ type: { value: "electronic_signature" } }] }, null);
    expect(answer(asked, { facts: authenticationOnly })).toEqual({ verification: { ...told, assurance_level: "ial3", evidence: [{ ...signature, signature_type: "jpki_user_authentication" }] }, claims: {} });
  });
});

describe("verification: a constraint that is not met omits the whole", () => {
  const rows: readonly (readonly [string, object])[] = [
    ["another framework", { trust_framework: { value: "eidas" } }],
    ["a random value", { trust_framework: { value: "wJ1x-random-9" } }],
    ["a random value, not essential", { trust_framework: { value: "wJ1x-random-9", essential: false } }],
    ["other values", { trust_framework: { values: ["eidas", "jp_aml"] } }],
    ["a level that is not reached", { assurance_level: { value: "ial4" } }],
    ["too old", { time: { max_age: 99_999 } }],
    ["max_age of nothing at all", { time: { max_age: 0 } }],
    ["max_age of what is no time", { assurance_level: { max_age: 1_000_000 } }],
    ["evidence of another type", { evidence: [{ type: { value: "document" } }] }],
    ["evidence of another signature", { evidence: [{ type: { value: "electronic_signature" }, signature_type: { value: "qes_eidas" } }] }],
    ["evidence that is too old", { evidence: [{ type: { value: "electronic_signature" }, created_at: { max_age: 10 } }] }],
    ["a serial number, which is nobody's to compare", { evidence: [{ type: { value: "electronic_signature" }, serial_number: { value: "4200001" } }] }],
    ["a value of what is not known", { verification_process: { value: "f24c6f" } }],
    ["a value deep in what is not known", { assurance_process: { assurance_details: [{ assurance_type: { value: "evidence_validation" } }] } }],
    ["another policy", { assurance_process: { policy: { value: "gpg45" } } }],
  ];
  test.each(rows)("%s", (_name, verification) => {
    expect(answer(ask(verification))).toBeNull();
  });
});

describe("an array: each is answered for itself", () => {
  const met = ask({}, { name: null });
  const unmet = ask({ trust_framework: { value: "eidas" } }, { address: null });
  const rows: readonly (readonly [string, readonly object[], number])[] = [
    ["one", [met], 1],
    ["one of two", [unmet, met], 1],
    ["the same claim twice", [met, ask({ time: null })], 2],
    ["none", [unmet], 0],
  ];
  test.each(rows)("%s", (_name, requests, count) => {
    expect(answer(requests)).toHaveLength(count);
  });
});

describe("a request that is none is refused", () => {
  const rows: readonly (readonly [string, unknown])[] = [
    ["empty", {}],
    ["text", "name"],
    ["no claims", { verification: plain }],
    ["claims empty", { verification: plain, claims: {} }],
    ["claims in an array", { verification: plain, claims: ["name"] }],
    ["verification empty", { verification: {}, claims: { name: null } }],
    ["verification null", { verification: null, claims: { name: null } }],
    ["a framework that is text", { verification: { trust_framework: "jp_jpki" }, claims: { name: null } }],
    ["something beside", { verification: plain, claims: { name: null }, evidence: [] }],
    ["evidence empty", ask({ evidence: [] })],
    ["evidence without type", ask({ evidence: [{ issuer: null }] })],
    ["evidence with a type of no value", ask({ evidence: [{ type: {} }] })],
    ["a purpose too short", ask({}, { name: { purpose: "ab" } })],
    ["a purpose too long", ask({}, { name: { purpose: "a".repeat(301) } })],
    ["essential in words", ask({}, { name: { essential: "yes" } })],
    ["values empty", ask({}, { name: { values: [] } })],
    ["max_age below zero", ask({ time: { max_age: -1 } })],
    ["a fraction of a second", ask({ time: { max_age: 0.5 } })],
    ["a claim that is text", ask({}, { name: "x" })],
    ["one in an array that is none", [ask({}), {}]],
  ];
  test.each(rows)("%s", (_name, request) => {
    expect(isRequest(request)).toBe(false);
    expect(parseVerifiedClaimsRequest(request)).toMatchObject({ valid: false, code: "invalid_request" });
  });

  const deep = (levels: number): object => Array.from({ length: levels }).reduce<object>((inner) => ({ inner }), { last: null });
  const ours: readonly (readonly [string, unknown])[] = [
    ["an empty array", []],
    ["more than ten", Array.from({ length: 11 }, () => ask({}))],
    ["evidence by values, which the text forbids", ask({ evidence: [{ type: { value: "electronic_signature", values: ["document"] } }] })],
    ["deeper than anything here", ask({ assurance_process: deep(10_000) })],
  ];
  test.each(ours)("beyond the schema: %s", (_name, request) => {
    expect(parseVerifiedClaimsRequest(request)).toMatchObject({ valid: false, code: "invalid_request" });
  });
});

test("claims asked for in several requests are asked for once, essential if any says so", () => {
  const requests = orThrow(parseVerifiedClaimsRequest([ask({}, { name: null, gender: null }), ask({}, { name: { essential: true } })]));
  expect(askedClaims(requests)).toEqual([{ name: "name", essential: true }, { name: "gender", essential: false }]);
});

test("metadata names what is supported, and nothing is answered beyond it", () => {
  const metadata = verifiedClaimsMetadata("jp_aml");
  expect(metadata).toEqual({ verified_claims_supported: true, trust_frameworks_supported: ["jp_aml"], evidence_supported: ["electronic_signature"], claims_in_verified_claims_supported: ["name", "birthdate", "gender", "address"] });
});

test("whatever is asked for: a verdict, an answer of the schema, and nothing without consent", () => {
  const leaf = fc.oneof(fc.constant(null), fc.record({ essential: fc.boolean(), value: fc.constantFrom("jp_jpki", "ial3", "x"), max_age: fc.nat(200_000) }, { requiredKeys: [] }));
  const request = fc.record({
    verification: fc.dictionary(fc.constantFrom("trust_framework", "assurance_level", "time", "assurance_process", "other", "__proto__"), leaf),
    claims: fc.oneof(fc.constant(null), fc.dictionary(fc.oneof(fc.constantFrom(...supportedClaims), fc.string()), leaf), fc.anything()),
  });
  fc.assert(
    fc.property(fc.oneof(request, fc.anything()), fc.subarray([...supportedClaims]), (asked, consented) => {
      const parsed = parseVerifiedClaimsRequest(asked);
      if (!parsed.valid) return;
      for (const each of answerVerifiedClaims(parsed.value, facts, new Set(consented), now)) {
        expect(isAnswer(each)).toBe(true);
        for (const name of Object.keys(each.claims)) expect(consented).toContain(name);
      }
    }),
    { numRuns: 1000 },
  );
});
