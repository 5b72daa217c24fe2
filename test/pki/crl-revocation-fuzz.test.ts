import { expect, test } from "vitest";
import { certificateIssuer, crlOf, crlSigner, deltaOf, judge, leafSerial, leafWith, listing, named, pointIssuer, points, read, root, scopedBy, sub } from "./crl-revocation-world.ts";
import { endsWithin, mutate, seededRandom } from "./mutate.ts";
import { concatBytes } from "../../src/bytes.ts";
import { cRLNumber, fullName, issuingDistributionPoint, scopeFlags } from "../certificates/crl-factory.ts";

/** Damaged CRLs among whole ones, for a path: no exception, no "good" that a whole CRL would not give, no long run. */

const runs = 1000;
const slowestMs = 50;
const central = crlSigner(named("Central"), root);
const leaf = leafWith(points(concatBytes(fullName(named("City")), pointIssuer(central.subject))));
const candidates = [read(central.certificate)];
const indirect = scopedBy(central, issuingDistributionPoint(fullName(named("City")), scopeFlags.indirect), { entries: [{ serialNumber: 5, extensions: [certificateIssuer(sub.subject)] }] });
const hold = crlOf(sub, { entries: listing(leafSerial, 6) });
const lifting = crlOf(sub, { extensions: [cRLNumber(8), deltaOf(7)], entries: listing(leafSerial, 8) });

const originals = [
  ["a direct CRL", crlOf(sub), [crlOf(root)], {}, 21],
  ["an indirect CRL", indirect, [crlOf(root)], { leaf, candidates }, 22],
  ["a delta that lifts a hold", lifting, [crlOf(root), hold], {}, 23],
] as const;

test.each(originals)("%s", (_, original, others, options, seed) => {
  expect(judge([original, ...others], options)).toBe("good");
  const random = seededRandom(seed);
  const outcomes = new Set<string>();
  for (let run = 0; run < runs; run += 1) {
    const damaged = mutate(original, random);
    if (damaged.equals(original)) continue;
    let outcome = "";
    const quick = endsWithin(slowestMs, () => {
      outcome = judge([damaged, ...others], options);
    });
    outcomes.add(outcome);
    if (outcome === "good" || !quick) expect.fail(`run ${run} ${outcome}: ${damaged.toString("hex")}`);
  }
  expect(outcomes.size).toBeGreaterThan(0);
});
