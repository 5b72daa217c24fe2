import { expect, test } from "vitest";
import { authorityAnswer, certId, delegatedAnswer, judge } from "./ocsp-world.ts";
import { endsWithin, mutate, seededRandom } from "./mutate.ts";
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
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    let outcome = "";
    const quick = endsWithin(slowestMs, () => {
      outcome = judge(damaged);
    });
    outcomes.add(outcome);
    if (outcome === "good" || !quick) expect.fail(`run ${run} ${outcome}: ${damaged.toString("hex")}`);
  }
  expect(outcomes.has("malformed_ocsp_response") && outcomes.has("bad_signature")).toBe(true);
});
