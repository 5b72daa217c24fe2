import { expect, test } from "vitest";
import { mutate, seededRandom } from "./mutate.ts";
import { anchors, judge } from "../jpki/judge.ts";
import { jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";

/** Damaged certificates: no exception, never accepted, no long run. */

const runs = 3000;
const slowestMs = 50;
const original = jpkiCertificate();

test("a damaged certificate is refused", () => {
  const random = seededRandom(20_260_601);
  const outcomes = new Map<string, number>();
  let slowest = 0;
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    const start = process.cpuUsage();
    const outcome = judge(damaged);
    slowest = Math.max(slowest, process.cpuUsage(start).user / 1000);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    if (outcome === "valid") expect.fail(`run ${run}: ${damaged.toString("hex")}`);
  }
  expect(outcomes.get("malformed_certificate")).toBeGreaterThan(500);
  expect(outcomes.get("bad_signature")).toBeGreaterThan(100);
  expect(slowest).toBeLessThan(slowestMs);
});

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
  for (let run = 0; run < runs / 3; run += 1) {
    const damaged = mutate(authority, random);
    expect(judge(original, { anchors: { ...anchors, userAuthentication: [] }, intermediates: [damaged] })).not.toBe("valid");
    expect(judge(original, { anchors: { ...anchors, userAuthentication: [damaged] } })).toEqual(expect.any(String));
  }
});
