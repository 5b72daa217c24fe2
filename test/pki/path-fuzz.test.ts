import { expect, test } from "vitest";
import { validatePath } from "../../src/pki/path.ts";
import { now } from "../certificates/authority.ts";
import { makeChain } from "../certificates/chain.ts";
import { directoryName, dns, inhibitAnyPolicy, ip, mailbox, nameConstraints, policies, policyConstraints, policyMappings, subjectAltName, uri } from "../certificates/constraints.ts";
import { name } from "../certificates/names.ts";
import { endsWithin, mutate, seededRandom } from "./mutate.ts";

/** Damaged chains with every extension that restricts a path: no exception, never accepted, no long run. */

const runs = 2000;
const slowestMs = 50;
const restricting = [
  nameConstraints({ permitted: [dns("a.jp"), mailbox("a.jp"), uri(".a.jp"), ip(192, 0, 2, 0, 255, 255, 255, 0)], excluded: [directoryName(name(["C", "US"]))] }),
  policies("1.3.9.1", "1.3.9.2"), policyMappings(["1.3.9.1", "1.3.9.3"]), policyConstraints({ explicit: 0, mapping: 1 }), inhibitAnyPolicy(0),
];
const named = [subjectAltName(dns("*.a.jp"), mailbox("x@a.jp"), uri("https://b.a.jp/"), ip(192, 0, 2, 1)), policies("1.3.9.3")];
const chain = makeChain({}, { extensions: restricting }, { extensions: named });
const request = { ...chain, time: now };

test("undamaged, the chain is valid", () => {
  expect(validatePath(request)).toMatchObject({ valid: true });
});

test.each([
  ["leaf", 20_260_603],
  ["authority", 20_260_604],
] as const)("a damaged %s", (which, seed) => {
  const random = seededRandom(seed);
  const original = which === "leaf" ? chain.certificate : (chain.intermediates[0] ?? chain.certificate);
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    const changed = which === "leaf" ? { ...request, certificate: damaged } : { ...request, intermediates: [damaged] };
    if (validatePath(changed).valid) expect.fail(`run ${run}: ${damaged.toString("hex")}`);
    if (run % 10 === 0) expect(endsWithin(slowestMs, () => validatePath(changed))).toBe(true);
  }
});
