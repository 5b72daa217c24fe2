import { expect, test } from "vitest";
import { defaultPolicy, longestCoolingOff, policyDocument, readPolicyDocument, tightenPolicy } from "../../src/assurance/index.ts";

const tightened: [string, unknown, object][] = [
  ["nothing", {}, defaultPolicy],
  ["a name alone", { version: "ours-1" }, { ...defaultPolicy, version: "ours-1" }],
  ["a shorter fresh limit", { statusFresh: 3600, version: "ours-2" }, { ...defaultPolicy, statusFresh: 3600, version: "ours-2" }],
  ["both limits, named", { statusFresh: 60, statusHard: 60, version: "strict" }, { ...defaultPolicy, statusFresh: 60, statusHard: 60, version: "strict" }],
  ["no tolerance at all", { version: "none", statusFresh: 0, statusHard: 0, statusNow: 0 }, { statusFresh: 0, statusHard: 0, statusNow: 0 }],
  ["less for one kind of evidence", { version: "less", ial: { jpki_user_authentication: 2 } }, { ial: { jpki_user_authentication: 2, jpki_signature: 3 } }],
  ["less for one way to authenticate", { version: "less", aal: { passkey_hardware_bound: 2 } }, { aal: { ...defaultPolicy.aal, passkey_hardware_bound: 2 } }],
  ["time to cool off after a recovery", { version: "cool", coolingOff: 3 * 86_400 }, { ...defaultPolicy, version: "cool", coolingOff: 3 * 86_400 }],
  ["the limits as they are", { statusFresh: defaultPolicy.statusFresh }, { statusFresh: defaultPolicy.statusFresh }],
];
test.each(tightened)("an operator may ask for %s", (_name, operator, expected) => {
  expect(tightenPolicy(defaultPolicy, operator)).toMatchObject({ valid: true, value: expected });
});

const refused: [string, unknown, string][] = [
  ["a longer fresh limit", { statusFresh: defaultPolicy.statusFresh + 1 }, "statusFresh"],
  ["a longer hard limit", { statusHard: defaultPolicy.statusHard + 1 }, "statusHard"],
  ["a longer now", { statusNow: defaultPolicy.statusNow + 1 }, "statusNow"],
  ["a negative limit", { statusFresh: -1 }, "statusFresh"],
  ["a fraction of a second", { statusNow: 0.5 }, "statusNow"],
  ["a limit in words", { statusFresh: "1h" }, "statusFresh"],
  ["no limit", { statusHard: Number.POSITIVE_INFINITY }, "statusHard"],
  ["a limit that is no number", { statusHard: Number.NaN }, "statusHard"],
  ["a null", { statusHard: null }, "statusHard"],
  ["a hard limit below the fresh one", { statusHard: 10 }, "statusFresh is above"],
  ["more for a synced passkey", { aal: { passkey_user_verified: 3 } }, "aal.passkey_user_verified"],
  ["more for a signature on another device", { aal: { signature_other_device: 3 } }, "aal.signature_other_device"],
  ["a level 4", { ial: { jpki_signature: 4 } }, "ial.jpki_signature"],
  ["a level 0", { ial: { jpki_signature: 0 } }, "ial.jpki_signature"],
  ["a level in words", { ial: { jpki_signature: "2" } }, "ial.jpki_signature"],
  ["a kind of evidence nobody knows", { ial: { passport: 3 } }, "ial has an unknown member"],
  ["a member of the prototype", { ial: { constructor: 1 } }, "ial has an unknown member"],
  ["levels as a list", { aal: [1] }, "aal is not an object"],
  ["levels as null", { aal: null }, "aal is not an object"],
  ["a member nobody knows", { statusSoft: 1 }, "policy has an unknown member"],
  ["a recovery that never cools off", { version: "x", coolingOff: longestCoolingOff + 1 }, "coolingOff: 0 to"],
  ["a negative time to cool off", { version: "x", coolingOff: -1 }, "coolingOff: 0 to"],
  ["a change without a version", { statusFresh: 3600 }, "version: a policy that differs from"],
  ["a change under the version it began with", { statusFresh: 3600, version: defaultPolicy.version }, "version: a policy that differs from"],
  ["a version with blanks", { version: "a b" }, "version"],
  ["an empty version", { version: "" }, "version"],
  ["a version of 65 characters", { version: "x".repeat(65) }, "version"],
  ["a version that is a number", { version: 1 }, "version"],
  ["a list", [], "policy is not an object"],
  ["null", null, "policy is not an object"],
  ["a word", "strict", "policy is not an object"],
];
test.each(refused)("an operator may not ask for %s", (_name, operator, at) => {
  const verdict = tightenPolicy(defaultPolicy, operator);
  expect(verdict).toMatchObject({ valid: false, code: "invalid_request" });
  expect(verdict.valid ? "" : verdict.at).toContain(at);
});

test("a policy tightened twice is held to what the first tightening left", () => {
  const once = tightenPolicy(defaultPolicy, { statusFresh: 60, coolingOff: 60, version: "a" });
  expect(once.valid && tightenPolicy(once.value, { statusFresh: 61 }).valid).toBe(false);
  expect(once.valid && tightenPolicy(once.value, { statusFresh: 60 }).valid).toBe(true);
  expect(once.valid && tightenPolicy(once.value, { coolingOff: 59, version: "b" }).valid).toBe(false);
  expect(once.valid && tightenPolicy(once.value, { coolingOff: 61, version: "b" }).valid).toBe(true);
});

test("the document of a policy does not depend on the order of its members, and is read as the same policy", () => {
  const backwards = Object.fromEntries(Object.entries({ ...defaultPolicy, aal: Object.fromEntries(Object.entries(defaultPolicy.aal).toReversed()) }).toReversed());
  expect(policyDocument(backwards as unknown as typeof defaultPolicy)).toBe(policyDocument(defaultPolicy));
  expect(readPolicyDocument(policyDocument(defaultPolicy))).toEqual(defaultPolicy);
});

test("the built-in policy is the one of its version: whoever changes it gives it another", () => {
  expect([defaultPolicy.version, policyDocument(defaultPolicy)]).toEqual([
    "2026-2",
    '{"aal":{"passkey_hardware_bound":3,"passkey_user_presence":1,"passkey_user_verified":2,"signature_other_device":2,"signature_same_device":3},"coolingOff":0,"ial":{"jpki_signature":3,"jpki_user_authentication":3},"signatureFresh":43200,"statusFresh":86400,"statusHard":604800,"statusNow":300,"version":"2026-2"}',
  ]);
});

test.each([["no JSON", "{"], ["a list", "[]"], ["a level of 4", policyDocument(defaultPolicy).replace('"jpki_signature":3', '"jpki_signature":4')], ["a policy without a limit", policyDocument(defaultPolicy).replace('"statusHard":604800,', "")]])("%s is no policy on record", (_name, document) => {
  expect(readPolicyDocument(document)).toBeNull();
});
