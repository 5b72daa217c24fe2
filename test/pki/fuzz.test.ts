import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";
import { fuzzTargets } from "./fuzz-targets.ts";
import { mutate, seededRandom } from "./mutate.ts";
import { jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { anchors, judge } from "../jpki/judge.ts";

/** Damaged certificates, CRLs and OCSP answers: no exception, never accepted, no long run, no large one. */

const runs = 1500;

test.each(fuzzTargets.map((target, index) => ({ ...target, target, seed: 20_260_601 + index })))("$name", ({ target, seed }) => {
  expect(target.judge(target.original)).toBe(target.outcome);
  const { outcomes, slowestMs, mostBytes } = fuzz(target, seededRandom(seed), (done) => done < runs);
  // Damage reaches beyond the reader, and beyond the signature: many codes come, and some of what is signed anew is right.
  expect(outcomes.size).toBeGreaterThan(2);
  expect(outcomes.get(target.outcome) ?? 0).toBeGreaterThan(0);
  expect(slowestMs).toBeLessThan(50);
  expect(mostBytes).toBeLessThan(64 * 2 ** 20);
});

const original = jpkiCertificate();

test("one bit of any octet", () => {
  const accepted = Array.from(original.keys()).filter((at) => {
    const damaged = Uint8Array.from(original);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at & 7));
    return judge(damaged) === "valid";
  });
  expect(accepted).toEqual([]);
});

test("a damaged authority, pinned or sent along, is never an exception", () => {
  const random = seededRandom(20_260_602);
  const authority = jpkiAuthority().certificate;
  for (let run = 0; run < 1000; run += 1) {
    const damaged = mutate(authority, random);
    expect(judge(original, { anchors: { ...anchors, userAuthentication: [] }, intermediates: [damaged] })).not.toBe("valid");
    expect(judge(original, { anchors: { ...anchors, userAuthentication: [damaged] } })).toEqual(expect.any(String));
  }
});
