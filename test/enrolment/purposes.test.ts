import { expect, test } from "vitest";
import { makesPasskey, type Purpose } from "../../src/enrolment/index.ts";
import { admitsHeld, needsSession, presentationOf, purposes } from "../../src/enrolment/purposes.ts";
import { asIdentifier, type EvidenceId } from "../../src/identifiers.ts";
import type { PersonRecord } from "../../src/people/index.ts";
import { now } from "./transactions.ts";

/** Passkey at the end, session needed, may make a person, an operator's decision counts, admits whom a signature releases, admits whom the operator holds. */
const rows: readonly [Purpose, boolean, boolean, boolean, boolean, boolean, boolean][] = [
  ["enrol", true, false, true, false, false, false],
  ["recover", true, false, false, true, true, false],
  ["renew", true, false, false, false, false, false],
  ["hold", false, false, false, false, true, true],
  ["release", false, false, false, false, true, false],
  ["step-up", false, true, true, false, false, false],
  ["attributes", false, true, true, false, false, false],
];
const heldBy = (liftedBy: "signature" | "operator") => ({ state: "held", liftedBy }) as Extract<PersonRecord, { state: "held" }>;

test.each(rows)("%s", (purpose, passkey, session, mayBeNew, reviewed, liftable, operators) => {
  const { mayBeNew: makesPerson, reviewedBy } = presentationOf({ purpose, expected: null, presented: null }, now);
  expect([makesPasskey(purpose), needsSession(purpose), makesPerson, reviewedBy !== null]).toEqual([passkey, session, mayBeNew, reviewed]);
  expect([admitsHeld(purpose, heldBy("signature")), admitsHeld(purpose, heldBy("operator"))]).toEqual([liftable, operators]);
});

/** Which former certificates count, whether an ended one speaks again, whether the issuer is asked about one that is unknown. */
const formers: readonly [Purpose, readonly string[], boolean, boolean][] = [
  ["enrol", ["ended"], true, true],
  ["recover", ["superseded", "ended"], true, true],
  ["renew", [], false, true],
  ["hold", ["superseded", "ended"], false, false],
  ["release", [], false, true],
  ["step-up", [], false, true],
  ["attributes", [], false, true],
];
test.each(formers)("%s, by a certificate that no longer speaks or is unknown", (purpose, former, speaksAgain, asked) => {
  const { admits, bringsBack } = presentationOf({ purpose, expected: null, presented: null }, now);
  expect([admits, bringsBack, purposes[purpose].asksIssuer]).toEqual([former, speaksAgain, asked]);
});

test("a certificate that was presented in the session is the earlier one", () => {
  const presented = asIdentifier<EvidenceId>("earlier");
  expect(presentationOf({ purpose: "renew", expected: null, presented }, now).earlier).toEqual({ evidenceId: presented, continuity: "presented_together" });
  expect(presentationOf({ purpose: "renew", expected: null, presented: null }, now).earlier).toBeNull();
});
