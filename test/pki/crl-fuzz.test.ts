import { expect, test } from "vitest";
import { authority, judgeByCrl, leafSerial } from "./crl-world.ts";
import { endsWithin, mutate, seededRandom } from "./mutate.ts";
import { authorityCrl, reasonCode } from "../certificates/crl-factory.ts";

/** Damaged CRLs: no exception, no "good", no long run. */

const runs = 2000;
const slowestMs = 50;
const others = [1, 2, 3].map((serialNumber) => ({ serialNumber, extensions: [reasonCode(serialNumber)] }));

const originals = [
  ["a CRL that does not list the certificate", authorityCrl(authority, { entries: others }), 4],
  ["a CRL that lists it", authorityCrl(authority, { entries: [...others, { serialNumber: leafSerial }] }), 5],
] as const;

test.each(originals)("%s", (_, original, seed) => {
  const random = seededRandom(seed);
  const outcomes = new Set<string>();
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    let outcome = "";
    const quick = endsWithin(slowestMs, () => {
      outcome = judgeByCrl(damaged);
    });
    outcomes.add(outcome);
    if (outcome === "good" || !quick) expect.fail(`run ${run} ${outcome}: ${damaged.toString("hex")}`);
  }
  expect(outcomes.has("malformed_crl") && outcomes.has("bad_signature")).toBe(true);
});
