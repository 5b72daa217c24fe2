import { describe, expect, test } from "vitest";
import { acrMeaning, acrSatisfied, acrValuesSupported, assure, chooseAcr, crosswalkDocument, defaultPolicy } from "../../src/assurance/index.ts";
import type { Assurance } from "../../src/assurance/index.ts";
import { evidence, facts, hardware, now, status, withPresence, withSignature } from "./facts.ts";

const nist = "http://idmanagement.gov/ns/assurance";
const eidas = "http://eidas.europa.eu/LoA";
const japan = "urn:jpki-bridge:ds-511";
const own = (ial: number, aal: number) => `urn:jpki-bridge:ial${ial}-aal${aal}`;

const best = assure(facts({ evidence: evidence({ status: status({ thisUpdate: now, checkedAt: now }) }), authenticator: hardware }), now, defaultPolicy);
const usual = assure(facts(), now, defaultPolicy);
const lost = assure(facts({ evidence: null }), now, defaultPolicy);
const ageing = assure(facts({ evidence: evidence({ status: status({ thisUpdate: now - defaultPolicy.statusFresh - 1 }) }), authenticator: hardware }), now, defaultPolicy);
const relayed = assure(facts({ session: withSignature("other") }), now, defaultPolicy);
const least = assure(facts({ evidence: null, session: withPresence }), now, defaultPolicy);

/** Each value, and what it says of: the best, a synced passkey, one without evidence, ageing evidence with a hardware passkey, a signature on another device, the least. */
const satisfied: [string, string][] = [
  [own(3, 3), "y-----"],
  [own(3, 2), "yy--y-"],
  [own(3, 1), "yy--y-"],
  [own(2, 3), "y--y--"],
  [own(2, 2), "yy-yy-"],
  [own(2, 1), "yy-yy-"],
  [own(1, 3), "y--y--"],
  [own(1, 2), "yyyyy-"],
  [own(1, 1), "yyyyyy"],
  [`${nist}/ial/3`, "yy--y-"],
  [`${nist}/ial/2`, "yy-yy-"],
  [`${nist}/ial/1`, "yyyyyy"],
  [`${nist}/aal/3`, "y--y--"],
  [`${nist}/aal/2?phishing_resistant=true`, "yyyy--"],
  [`${nist}/aal/2`, "yyyyy-"],
  [`${nist}/aal/1`, "yyyyyy"],
  [`${eidas}/high`, "y-----"],
  [`${eidas}/substantial`, "yy-yy-"],
  [`${eidas}/low`, "yyyyyy"],
  [`${japan}:identity-proofing:3`, "yy--y-"],
  [`${japan}:identity-proofing:2`, "yy-yy-"],
  [`${japan}:identity-proofing:1`, "yyyyyy"],
  [`${japan}:authentication:3`, "y--y--"],
  [`${japan}:authentication:2`, "yyyyy-"],
  [`${japan}:authentication:1`, "yyyyyy"],
  ["phrh", "y--y--"],
  ["phr", "yyyy--"],
  ["aal3", "y--y--"],
  ["crl", "y-----"],
  ["urn:mace:incommon:iap:silver", "------"],
  ["", "------"],
  ["__proto__", "------"],
];
test.each(satisfied)("%s", (acr, expected) => {
  const answers = [best, usual, lost, ageing, relayed, least].map((assurance) => (acrSatisfied(acr, assurance) ? "y" : "-"));
  expect(answers.join("")).toBe(expected);
});

test("every supported value is in the table, once, and in the document that is served", () => {
  const supported = acrValuesSupported();
  expect(new Set(supported).size).toBe(supported.length);
  expect(supported.toSorted()).toEqual(satisfied.map(([acr]) => acr).filter((acr) => acrMeaning(acr) !== undefined).toSorted());
  const document = crosswalkDocument();
  expect(document.scales.flatMap(({ values }) => values.map(({ acr }) => acr))).toEqual(supported);
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  expect(document.scales.flatMap(({ values }) => values).find(({ acr }) => acr === "phrh")?.requires).toEqual({ aal: 3, phishing_resistant: true, hardware_bound: true });
});

const answered: [string, string[], Assurance, string][] = [
  ["the first that is met", [`${nist}/aal/2`, `${nist}/aal/1`], usual, `${nist}/aal/2`],
  ["the first, not the highest", [`${nist}/aal/1`, `${nist}/aal/3`], best, `${nist}/aal/1`],
  ["the second when the first is not met", [`${nist}/aal/3`, `${nist}/aal/2`], usual, `${nist}/aal/2`],
  ["the second when the first is unknown", ["urn:unknown", "phr"], usual, "phr"],
  ["a value of another vocabulary further on", [`${eidas}/high`, `${nist}/ial/3`], usual, `${nist}/ial/3`],
  ["nothing asked for", [], usual, own(3, 2)],
  ["nothing asked for, nothing known", [], least, own(1, 1)],
];
describe.each([true, false])("essential %s", (essential) => {
  test.each(answered)("%s", (_name, requested, assurance, acr) => {
    expect(chooseAcr({ requested, essential }, assurance)).toEqual({ acr });
  });
});

const short: [string, string[], Assurance, object, string][] = [
  ["eIDAS", [`${eidas}/high`], usual, { aal: 3 }, `${eidas}/substantial`],
  ["NIST identity", [`${nist}/ial/3`], ageing, { ial: 3 }, `${nist}/ial/2`],
  ["NIST authentication", [`${nist}/aal/3`], usual, { aal: 3 }, `${nist}/aal/2?phishing_resistant=true`],
  ["NIST authentication without phishing resistance", [`${nist}/aal/3`], relayed, { aal: 3 }, `${nist}/aal/2`],
  ["phishing resistance alone", [`${nist}/aal/2?phishing_resistant=true`], relayed, { phishingResistant: true }, `${nist}/aal/2`],
  ["the Japanese levels", [`${japan}:authentication:3`], usual, { aal: 3 }, `${japan}:authentication:2`],
  ["the Japanese levels of identity", [`${japan}:identity-proofing:2`], lost, { ial: 2 }, `${japan}:identity-proofing:1`],
  ["EAP", ["phrh"], usual, { aal: 3, hardwareBound: true }, "phr"],
  ["EAP, with nothing below", ["phr"], least, { aal: 2 }, own(1, 1)],
  ["EAP, everything", ["phrh"], relayed, { aal: 3, phishingResistant: true, hardwareBound: true }, own(3, 2)],
  ["the Digital Agency's app", ["aal3"], usual, { aal: 3 }, own(3, 2)],
  ["a status check", ["crl"], usual, { statusCheckedNow: true }, own(3, 2)],
  ["our own", [own(3, 3)], lost, { ial: 3, aal: 3 }, own(1, 2)],
  ["the first known of several", ["urn:unknown", `${eidas}/high`, `${nist}/aal/3`], usual, { aal: 3 }, `${eidas}/substantial`],
  ["only unknown values", ["urn:unknown", "1"], usual, { unknown: true }, own(3, 2)],
];
test.each(short)("short of %s: essential is unmet, voluntary gets what was reached", (_name, requested, assurance, unmet, acr) => {
  expect(chooseAcr({ requested, essential: true }, assurance)).toEqual({ unmet });
  expect(chooseAcr({ requested, essential: false }, assurance)).toEqual({ acr });
});
