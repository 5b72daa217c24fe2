import { describe, expect, test } from "vitest";
import { assure, defaultPolicy } from "../../src/assurance/index.ts";
import type { AssuranceFacts, EvidenceFacts, StatusFacts } from "../../src/assurance/index.ts";
import { day, evidence, facts, hour, minute, now, status } from "./facts.ts";

const fresh = defaultPolicy.statusFresh;
const hard = defaultPolicy.statusHard;
const of = (changes: Partial<EvidenceFacts>): Partial<AssuranceFacts> => ({ evidence: evidence(changes) });
const withStatus = (changes: Partial<StatusFacts>): Partial<AssuranceFacts> => of({ status: status(changes) });

const rows: [string, Partial<AssuranceFacts>, string][] = [
  ["good and an hour old", {}, "3 evidence_current -"],
  ["good and of this second", withStatus({ thisUpdate: now }), "3 evidence_current -"],
  ["good and at the fresh limit", withStatus({ thisUpdate: now - fresh }), "3 evidence_current -"],
  ["good and a second past it", withStatus({ thisUpdate: now - fresh - 1 }), "2 evidence_status_ageing status_not_fresh"],
  ["good and at the hard limit", withStatus({ thisUpdate: now - hard }), "2 evidence_status_ageing status_not_fresh"],
  ["good and a second past it, asked for just now", withStatus({ thisUpdate: now - hard - 1, checkedAt: now }), "1 pseudonym status_too_old"],
  ["good by a CRL", withStatus({ source: "crl", thisUpdate: now - 20 * hour }), "3 evidence_current -"],
  ["good by the platform operator", withStatus({ source: "operator" }), "3 evidence_current -"],
  ["good, from a clock a little ahead", withStatus({ thisUpdate: now + minute }), "3 evidence_current -"],
  ["good, from the future", withStatus({ thisUpdate: now + minute + 1 }), "1 pseudonym status_unknown"],
  ["good, at no time", withStatus({ thisUpdate: Number.NaN }), "1 pseudonym status_unknown"],
  ["revoked", withStatus({ status: "revoked" }), "1 pseudonym evidence_revoked"],
  ["revoked, long ago", withStatus({ status: "revoked", thisUpdate: 0 }), "1 pseudonym evidence_revoked"],
  ["on hold", withStatus({ status: "hold" }), "1 pseudonym evidence_on_hold"],
  ["unknown to its source", withStatus({ status: "unknown" }), "1 pseudonym status_unknown"],
  ["in its last second", of({ expiresAt: now }), "3 evidence_current -"],
  ["expired a second ago", of({ expiresAt: now - 1 }), "1 pseudonym evidence_expired"],
  ["expired and revoked", of({ expiresAt: now - 1, status: status({ status: "revoked" }) }), "1 pseudonym evidence_revoked"],
  ["without an end", of({ expiresAt: Number.NaN }), "1 pseudonym evidence_expired"],
  ["verified in the future", of({ verifiedAt: now + day }), "1 pseudonym evidence_not_yet_valid"],
  ["on a card", of({ medium: "card" }), "3 evidence_current -"],
  ["a signature certificate", of({ kind: "jpki_signature" }), "3 evidence_current -"],
  ["none left", { evidence: null }, "1 pseudonym no_evidence"],
  ["good, of a person on hold", { person: "held" }, "1 pseudonym person_on_hold"],
  ["good, of an erased person", { person: "erased" }, "1 pseudonym person_erased"],
  ["none, of a person on hold", { person: "held", evidence: null }, "1 pseudonym person_on_hold"],
];
test.each(rows)("evidence %s", (_name, changes, expected) => {
  const { ial, explanation } = assure(facts(changes), now, defaultPolicy);
  expect(`${ial} ${explanation.ial.rule} ${explanation.ial.cappedBy ?? "-"}`).toBe(expected);
});

test("two nodes whose clocks differ by less than a minute agree", () => {
  expect(assure(facts(withStatus({ thisUpdate: now + 30, checkedAt: now + 30 })), now, defaultPolicy)).toMatchObject({ ial: 3, statusAge: 0, statusCheckedNow: true });
});

describe("a policy that gives less", () => {
  const policy = { ...defaultPolicy, ial: { jpki_user_authentication: 2, jpki_signature: 3 } } as const;
  const lowest = { ...defaultPolicy, ial: { jpki_user_authentication: 1, jpki_signature: 1 } } as const;
  test.each([
    ["to the authentication certificate", policy, {}, "2 evidence_current policy"],
    ["and nothing to the signature certificate's loss", policy, of({ kind: "jpki_signature" }), "3 evidence_current -"],
    ["when the status ages", policy, withStatus({ thisUpdate: now - fresh - 1 }), "2 evidence_status_ageing status_not_fresh"],
    ["nothing at all", lowest, withStatus({ thisUpdate: now - fresh - 1 }), "1 evidence_status_ageing policy"],
  ])("%s", (_name, chosen, changes, expected) => {
    const { ial, explanation } = assure(facts(changes), now, chosen);
    expect(`${ial} ${explanation.ial.rule} ${explanation.ial.cappedBy ?? "-"}`).toBe(expected);
  });
});

test.each([
  ["just now", {}, { checkedAt: now, thisUpdate: now }, true],
  ["at the limit", {}, { checkedAt: now - defaultPolicy.statusNow }, true],
  ["a second past it", {}, { checkedAt: now - defaultPolicy.statusNow - 1 }, false],
  ["just now, on a list of yesterday", {}, { checkedAt: now, thisUpdate: now - fresh }, true],
  ["just now, on a list of last week", {}, { checkedAt: now, thisUpdate: now - fresh - 1 }, false],
  ["in the future", {}, { checkedAt: now + hour }, false],
  ["just now and revoked", {}, { checkedAt: now, status: "revoked" }, false],
  ["just now, of a person on hold", { person: "held" }, { checkedAt: now }, false],
] satisfies [string, Partial<AssuranceFacts>, Partial<StatusFacts>, boolean][])("a status asked for %s: checked now is %s", (_name, changes, ofStatus, expected) => {
  expect(assure(facts({ ...withStatus(ofStatus), ...changes }), now, defaultPolicy).statusCheckedNow).toBe(expected);
});

test.each([
  ["good", withStatus({ thisUpdate: now - 77 }), 77],
  ["revoked", withStatus({ status: "revoked" }), null],
  ["of no evidence", { evidence: null }, null],
  ["of a person on hold", { person: "held" }, null],
] satisfies [string, Partial<AssuranceFacts>, number | null][])("the age of a status that is %s", (_name, changes, expected) => {
  expect(assure(facts(changes), now, defaultPolicy).statusAge).toBe(expected);
});
