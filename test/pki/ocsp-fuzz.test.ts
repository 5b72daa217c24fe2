import { expect, test } from "vitest";
import { authorityAnswer, certId, delegatedAnswer, judge } from "./ocsp-world.ts";
import { mutate, seededRandom } from "./mutate.ts";
import { now } from "../certificates/authority.ts";
import { revoked } from "../certificates/ocsp-factory.ts";

/** Damaged answers: no exception, no "good", no long run. */

const runs = 1500;
const slowestMs = 50;

const originals = [
  ["good, by a delegated responder", delegatedAnswer(), 1],
  ["good, by the authority", authorityAnswer(), 2],
  ["revoked", authorityAnswer({ responses: [{ certId, status: revoked(now - 60, 1) }] }), 3],
] as const;

test.each(originals)("%s", (_, original, seed) => {
  const random = seededRandom(seed);
  const outcomes = new Set<string>();
  let slowest = 0;
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    const start = process.cpuUsage();
    const outcome = judge(damaged);
    const { user } = process.cpuUsage(start);
    slowest = Math.max(slowest, user / 1000);
    outcomes.add(outcome);
    if (outcome === "good") expect.fail(`run ${run}: ${damaged.toString("hex")}`);
  }
  expect(outcomes.has("malformed_ocsp_response") && outcomes.has("bad_signature")).toBe(true);
  expect(slowest).toBeLessThan(slowestMs);
});
