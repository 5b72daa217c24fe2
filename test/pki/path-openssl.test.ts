import fc from "fast-check";
import { expect, test } from "vitest";
import { anyPolicy } from "../../src/pki/oid.ts";
import { validatePath } from "../../src/pki/path.ts";
import { now, year } from "../certificates/authority.ts";
import { type Chain, type Link, makeChain } from "../certificates/chain.ts";
import { directoryName, dns, inhibitAnyPolicy, mailbox, nameConstraints, policies, policyConstraints, policyMappings, subjectAltName } from "../certificates/constraints.ts";
import { basicConstraints, extendedKeyUsage, type ExtensionSpec, keyUsage, subjectKeyIdentifier } from "../certificates/extensions.ts";
import { name } from "../certificates/names.ts";
import { certificatePem, hasOpenssl, opensslFolder } from "./openssl.ts";

/** Random chains, judged by us and by `openssl verify`: code that nobody here wrote. */

const runs = 150;
const seed = 20_260_601;
const [p1, p2, p3] = ["1.3.9.1", "1.3.9.2", "1.3.9.3"];

const policy = fc.constantFrom(p1, p2, p3);
const someOf = <Item>(...items: readonly Item[]) => fc.subarray([...items], { minLength: 1 });
const rarely = <Value>(value: fc.Arbitrary<Value>) => fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: value.map((one) => [one]) });
const often = <Value>(value: fc.Arbitrary<Value>) => fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 4, arbitrary: value.map((one) => [one]) });
const extensions = (...parts: readonly fc.Arbitrary<readonly ExtensionSpec[]>[]) => fc.tuple(...parts).map((lists) => lists.flat());

const bases = [dns("a.jp"), dns("b.a.jp"), mailbox("a.jp"), directoryName(name(["C", "JP"]))];
const constraints = fc.oneof(
  someOf(...bases).map((permitted) => nameConstraints({ permitted })),
  someOf(...bases).map((excluded) => nameConstraints({ excluded })),
);
const alternativeNames = someOf(dns("a.jp"), dns("b.a.jp"), dns("c.jp"), mailbox("x@a.jp"), mailbox("x@c.jp")).map((names) => subjectAltName(...names));
const asserted = fc.oneof(someOf(p1, p2, p3), fc.constant([anyPolicy])).map((list) => policies(...list));
const subject = fc.constantFrom(name(["C", "JP"], ["CN", "x"]), name(["C", "US"], ["CN", "x"]));
const authority: fc.Arbitrary<Link> = fc.record(
  {
    extensions: extensions(
      often(asserted),
      rarely(fc.tuple(policy, policy).map((mapping) => policyMappings(mapping))),
      rarely(fc.nat(2).map((explicit) => policyConstraints({ explicit }))),
      rarely(fc.nat(1).map(inhibitAnyPolicy)),
      rarely(constraints),
      rarely(fc.nat(1).map((length) => basicConstraints(true, length))),
      rarely(fc.constantFrom(keyUsage("cRLSign"), keyUsage("keyCertSign"))),
    ),
    selfIssued: fc.boolean(),
    notAfter: fc.constantFrom(now + year, now + year, now + year, now - 1),
  },
  { requiredKeys: ["extensions", "notAfter"] },
);
const leaf: fc.Arbitrary<Link> = fc.record({ subject, extensions: extensions(often(asserted), often(alternativeNames), rarely(fc.constant(extendedKeyUsage("clientAuth"))), fc.constant([subjectKeyIdentifier(Uint8Array.of(1, 2, 3))])) });
const links = fc.tuple(fc.array(authority, { maxLength: 3 }), leaf).map(([authorities, last]) => [{}, ...authorities, last]);

const folder = opensslFolder();

function byOpenssl(chain: Chain, wanted: string, explicit: boolean): string {
  folder.write("anchor.pem", certificatePem(chain.trustAnchors[0] ?? new Uint8Array()));
  folder.write("others.pem", chain.intermediates.map(certificatePem).join(""));
  folder.write("leaf.pem", certificatePem(chain.certificate));
  const options = ["-x509_strict", "-policy_check", "-policy", wanted, ...(explicit ? ["-explicit_policy"] : []), "-attime", String(now), "-CAfile", "anchor.pem", "-no-CApath", "-no-CAstore"];
  const others = chain.intermediates.length === 0 ? [] : ["-untrusted", "others.pem"];
  try {
    folder.run("verify", ...options, ...others, "leaf.pem");
    return "valid";
  } catch (error) {
    return `refused: ${error instanceof Error ? (/error (\d+ at .*)/.exec(error.message)?.[1] ?? error.message) : String(error)}`;
  }
}

test.runIf(hasOpenssl)("random chains: the verdict of openssl", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(links, policy, fc.boolean(), (chainLinks, wanted, explicit) => {
      const chain = makeChain(...chainLinks);
      const ours = validatePath({ ...chain, time: now, policies: { wanted: [wanted], requireExplicit: explicit, inhibitMapping: false, inhibitAny: false } });
      const theirs = byOpenssl(chain, wanted, explicit);
      const code = ours.valid ? "valid" : ours.code;
      seen.set(code, (seen.get(code) ?? 0) + 1);
      expect({ valid: ours.valid, ours: ours.valid ? "" : `${ours.code} ${ours.at}`, theirs }).toMatchObject({ valid: theirs === "valid" });
    }),
    { numRuns: runs, seed, endOnFailure: true },
  );
  expect(seen.get("valid")).toBeGreaterThan(5);
  expect(seen.get("policy_refused")).toBeGreaterThan(5);
  expect(seen.get("name_constraint_violated")).toBeGreaterThan(1);
});
