import { expect, test } from "vitest";
import { authority, judgeByCrl, leafSerial } from "./crl-world.ts";
import { mutate, seededRandom } from "./mutate.ts";
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
  let slowest = 0;
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    const start = process.cpuUsage();
    const outcome = judgeByCrl(damaged);
    slowest = Math.max(slowest, process.cpuUsage(start).user / 1000);
    outcomes.add(outcome);
    if (outcome === "good") expect.fail(`run ${run}: ${damaged.toString("hex")}`);
  }
  expect(outcomes.has("malformed_crl") && outcomes.has("bad_signature")).toBe(true);
  expect(slowest).toBeLessThan(slowestMs);
});
