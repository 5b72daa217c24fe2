import { expect, test } from "vitest";
import { anyPolicy } from "../../src/pki/oid.ts";
import { validatePath } from "../../src/pki/path.ts";
import { anyPolicyAtAll, type InitialPolicies } from "../../src/pki/policy-processing.ts";
import { now } from "../certificates/authority.ts";
import { type Link, makeChain } from "../certificates/chain.ts";
import { inhibitAnyPolicy, policies, policyConstraints, policyMappings } from "../certificates/constraints.ts";
import type { ExtensionSpec } from "../certificates/extensions.ts";
import { endsWithin } from "./mutate.ts";

/** Certificate policies along a path (RFC 5280 6.1, RFC 9618 5). */

const [p1, p2, p3, p4] = ["1.3.9.1", "1.3.9.2", "1.3.9.3", "1.3.9.4"];
const link = (...extensions: readonly ExtensionSpec[]): Link => ({ extensions });
const selfIssued = (...extensions: readonly ExtensionSpec[]): Link => ({ extensions, selfIssued: true });
const plain = link();

function outcome(links: readonly Link[], initial: Partial<InitialPolicies>): string {
  const verdict = validatePath({ ...makeChain(plain, ...links), time: now, policies: { ...anyPolicyAtAll, ...initial } });
  return verdict.valid ? "valid" : verdict.code;
}

const explicit = { requireExplicit: true };
const wants = (...wanted: readonly string[]) => ({ wanted, requireExplicit: true });
type Row = readonly [name: string, links: readonly Link[], initial: Partial<InitialPolicies>, code: string];

const asserting: readonly Row[] = [
  ["none asserted, none required", [plain, plain], {}, "valid"],
  ["none asserted, one required", [plain, plain], explicit, "policy_refused"],
  ["asserted throughout", [link(policies(p1)), link(policies(p1))], explicit, "valid"],
  ["the one wanted", [link(policies(p1)), link(policies(p1))], wants(p1), "valid"],
  ["another wanted", [link(policies(p1)), link(policies(p1))], wants(p2), "policy_refused"],
  ["another wanted, but none required", [link(policies(p1)), link(policies(p1))], { wanted: [p2] }, "valid"],
  ["one of two wanted", [link(policies(p1)), link(policies(p1))], wants(p2, p1), "valid"],
  ["none wanted of a set of none", [link(policies(p1)), link(policies(p1))], wants(), "policy_refused"],
  ["anyPolicy among those wanted", [link(policies(p1)), link(policies(p1))], wants(anyPolicy), "valid"],
  ["not by the authority", [plain, link(policies(p1))], explicit, "policy_refused"],
  ["not by the leaf", [link(policies(p1)), plain], explicit, "policy_refused"],
  ["different ones", [link(policies(p1)), link(policies(p2))], explicit, "policy_refused"],
  ["overlapping", [link(policies(p1, p2)), link(policies(p2, p3)), link(policies(p2))], wants(p2), "valid"],
  ["overlapping one by one only", [link(policies(p1, p2)), link(policies(p2, p3)), link(policies(p3))], explicit, "policy_refused"],
  ["authority says any", [link(policies(anyPolicy)), link(policies(p1))], wants(p1), "valid"],
  ["leaf says any", [link(policies(p1)), link(policies(anyPolicy))], wants(p1), "valid"],
  ["leaf says any, another wanted", [link(policies(p1)), link(policies(anyPolicy))], wants(p2), "policy_refused"],
  ["all say any", [link(policies(anyPolicy)), link(policies(anyPolicy))], wants(p4), "valid"],
];

const requiring: readonly Row[] = [
  ["authority requires at once", [link(policyConstraints({ explicit: 0 })), plain], {}, "policy_refused"],
  ["authority requires at once, asserted", [link(policies(p1), policyConstraints({ explicit: 0 })), link(policies(p1))], {}, "valid"],
  ["requires, and another is wanted", [link(policies(p1), policyConstraints({ explicit: 0 })), link(policies(p1))], { wanted: [p2] }, "policy_refused"],
  ["requires after one, reached at the leaf", [link(policyConstraints({ explicit: 1 })), plain], {}, "policy_refused"],
  ["requires after two, the leaf is one", [link(policyConstraints({ explicit: 2 })), plain], {}, "valid"],
  ["requires after two, a self-issued one does not count", [link(policyConstraints({ explicit: 2 })), selfIssued(), plain], {}, "valid"],
  ["requires after two, a second authority counts", [link(policyConstraints({ explicit: 2 })), plain, plain], {}, "policy_refused"],
  ["a later requirement does not loosen", [link(policyConstraints({ explicit: 0 })), link(policyConstraints({ explicit: 9 })), plain], {}, "policy_refused"],
  ["the leaf requires", [plain, link(policyConstraints({ explicit: 0 }), policies(p1))], {}, "policy_refused"],
  ["the leaf requires later", [plain, link(policyConstraints({ explicit: 1 }))], {}, "valid"],
  ["not critical, with policies", [link(policies(p1), { ...policyConstraints({ explicit: 0 }), critical: false }), link(policies(p1))], {}, "valid"],
  ["not critical, without policies", [link({ ...policyConstraints({ explicit: 9 }), critical: false }), plain], {}, "malformed_certificate"],
  ["of nothing", [link(policyConstraints({})), plain], {}, "malformed_certificate"],
];

const mapping: readonly Row[] = [
  ["mapped", [link(policies(p1), policyMappings([p1, p2])), link(policies(p2))], wants(p1), "valid"],
  ["mapped, wanted by the name below", [link(policies(p1), policyMappings([p1, p2])), link(policies(p2))], wants(p2), "policy_refused"],
  ["mapped, leaf keeps the old name", [link(policies(p1), policyMappings([p1, p2])), link(policies(p1))], explicit, "policy_refused"],
  ["mapped to two", [link(policies(p1), policyMappings([p1, p2], [p1, p3])), link(policies(p3))], wants(p1), "valid"],
  ["two mapped to one", [link(policies(p1, p2), policyMappings([p1, p3], [p2, p3])), link(policies(p3))], wants(p2), "valid"],
  ["mapped twice on the way", [link(policies(p1), policyMappings([p1, p2])), link(policies(p2), policyMappings([p2, p3])), link(policies(p3))], wants(p1), "valid"],
  ["swapped", [link(policies(p1, p2), policyMappings([p1, p2], [p2, p1])), link(policies(p1))], wants(p2), "valid"],
  ["mapped from what any stands for", [link(policies(anyPolicy), policyMappings([p1, p2])), link(policies(p2))], wants(p1), "valid"],
  ["mapped from what is not asserted", [link(policies(p3), policyMappings([p1, p2])), link(policies(p2))], explicit, "policy_refused"],
  ["leaf says any, mapped above", [link(policies(p1), policyMappings([p1, p2])), link(policies(anyPolicy))], wants(p1), "valid"],
  ["mapping inhibited by the caller", [link(policies(p1), policyMappings([p1, p2])), link(policies(p2))], { ...explicit, inhibitMapping: true }, "policy_refused"],
  ["mapping inhibited, others stay", [link(policies(p1, p3), policyMappings([p1, p2])), link(policies(p3))], { ...explicit, inhibitMapping: true }, "valid"],
  ["inhibited at once", [link(policies(p1), policyConstraints({ mapping: 0 })), link(policies(p1), policyMappings([p1, p2])), link(policies(p2))], explicit, "policy_refused"],
  ["inhibited after one", [link(policies(p1), policyConstraints({ mapping: 1 })), link(policies(p1), policyMappings([p1, p2])), link(policies(p2))], explicit, "valid"],
  ["inhibited after one, a self-issued one between", [link(policies(p1), policyConstraints({ mapping: 1 })), selfIssued(policies(p1)), link(policies(p1), policyMappings([p1, p2])), link(policies(p2))], explicit, "valid"],
  ["from anyPolicy", [link(policies(p1), policyMappings([anyPolicy, p2])), link(policies(p2))], {}, "policy_refused"],
  ["to anyPolicy", [link(policies(p1), policyMappings([p1, anyPolicy])), link(policies(p2))], {}, "policy_refused"],
  ["of nothing", [link(policies(p1), policyMappings()), link(policies(p1))], {}, "malformed_certificate"],
];

const inhibiting: readonly Row[] = [
  ["any inhibited by the caller", [link(policies(p1)), link(policies(anyPolicy))], { ...explicit, inhibitAny: true }, "policy_refused"],
  ["any inhibited, not needed", [link(policies(p1)), link(policies(anyPolicy, p1))], { ...explicit, inhibitAny: true }, "valid"],
  ["any inhibited at once", [link(policies(p1), inhibitAnyPolicy(0)), link(policies(anyPolicy))], explicit, "policy_refused"],
  ["any inhibited after one", [link(policies(p1), inhibitAnyPolicy(1)), link(policies(anyPolicy))], explicit, "valid"],
  ["any inhibited after one, two below", [link(policies(p1), inhibitAnyPolicy(1)), link(policies(anyPolicy)), link(policies(anyPolicy))], explicit, "policy_refused"],
  ["a self-issued authority may still say any", [link(policies(p1), inhibitAnyPolicy(0)), selfIssued(policies(anyPolicy)), link(policies(p1))], explicit, "valid"],
  ["a self-issued leaf may not", [link(policies(p1), inhibitAnyPolicy(0)), selfIssued(policies(anyPolicy))], explicit, "policy_refused"],
  ["not critical", [link(policies(p1), { ...inhibitAnyPolicy(0), critical: false }), link(policies(p1))], {}, "malformed_certificate"],
];

test.each([...asserting, ...requiring, ...mapping, ...inhibiting])("%s", (_, links, initial, code) => {
  expect(outcome(links, initial)).toBe(code);
});

test.each([
  ["requires a policy", link(policyConstraints({ explicit: 0 })), [plain, plain], "policy_refused"],
  ["inhibits any", link(inhibitAnyPolicy(0), policyConstraints({ explicit: 0 })), [link(policies(anyPolicy)), link(policies(p1))], "policy_refused"],
  ["asserts another policy, which plays no part", link(policies(p3)), [link(policies(p1), policyConstraints({ explicit: 0 })), link(policies(p1))], "valid"],
] as const)("of the pinned authority what it constrains holds: %s", (_, anchor, links, code) => {
  const verdict = validatePath({ ...makeChain(anchor, ...links), time: now });
  expect(verdict.valid ? "valid" : verdict.code).toBe(code);
});

test("policies that each authority maps to all of them cost what they are long (RFC 9618 3)", () => {
  const many = Array.from({ length: 40 }, (_, index) => `1.3.9.${index}`);
  const mixed = policyMappings(...many.flatMap((issuer) => many.slice(0, 12).map((subject) => [issuer, subject] as const)));
  const request = { ...makeChain(plain, ...Array.from({ length: 8 }, () => link(policies(...many), mixed)), link(policies("1.3.9.1"))), time: now, policies: { ...anyPolicyAtAll, wanted: ["1.3.8"], requireExplicit: true } };
  const verdict = validatePath(request);
  expect(verdict.valid ? "valid" : verdict.code).toBe("policy_refused");
  expect(endsWithin(50, () => validatePath(request))).toBe(true);
});
