import { describe, expect, test } from "vitest";
import { assure, defaultPolicy } from "../../src/assurance/index.ts";
import type { AssuranceFacts, AuthenticatorFacts, BindingFacts, ClientFacts, EvidenceFacts, PersonState, SessionFacts, StatusFacts } from "../../src/assurance/index.ts";
import { binding, day, evidence, facts, hardware, hour, minute, now, status, synced, withBoth, withNothing, withPasskey, withPresence, withSignature } from "./facts.ts";

/**
 * Every cell was written by hand from the rules of docs/assurance.md. A cell is a level with the rule
 * that gave it and the fact that capped it, by the abbreviations that stand before each table.
 */
const fresh = defaultPolicy.statusFresh;
const hard = defaultPolicy.statusHard;

/** The rows of a table: a name and its cells. */
const rowsOf = (table: string): [string, string[]][] =>
  table.trim().split("\n").map((line) => line.split("|").map((cell) => cell.trim())).map(([name = "", ...cells]) => [name, cells]);

/** A cell in full: `3 good`, `2 age`. */
function spelled(cell: string, words: Readonly<Record<string, string>>): string {
  const [level = "", ...short] = cell.split(" ");
  return [level, ...short.map((word) => words[word] ?? `no word for ${word}`)].join(" ");
}

function explained(value: "ial" | "aal" | "fal", known: AssuranceFacts, policy = defaultPolicy): string {
  const assurance = assure(known, now, policy);
  const { rule, cappedBy } = assurance.explanation[value];
  return [assurance[value], rule, ...(cappedBy === undefined ? [] : [cappedBy])].join(" ");
}

describe("IAL: 20 states of the evidence, by 3 states of the person and 2 kinds of evidence", () => {
  const of = (changes: Partial<EvidenceFacts>) => evidence(changes);
  const withStatus = (changes: Partial<StatusFacts>) => of({ status: status(changes) });
  const states: Readonly<Record<string, EvidenceFacts | null>> = {
    "good, an hour old": of({}),
    "good, at the fresh limit": withStatus({ thisUpdate: now - fresh }),
    "good, a second past it": withStatus({ thisUpdate: now - fresh - 1 }),
    "good, at the hard limit": withStatus({ thisUpdate: now - hard }),
    "good, a second past that": withStatus({ thisUpdate: now - hard - 1 }),
    "good, from the future": withStatus({ thisUpdate: now + day }),
    "good, by a CRL": withStatus({ source: "crl" }),
    "good, by the operator": withStatus({ source: "operator" }),
    "revoked": withStatus({ status: "revoked" }),
    "revoked, just asked": withStatus({ status: "revoked", thisUpdate: now, checkedAt: now }),
    "on hold": withStatus({ status: "hold" }),
    "unknown": withStatus({ status: "unknown" }),
    "unknown, long ago": withStatus({ status: "unknown", thisUpdate: now - hard - 1 }),
    "in its last second": of({ expiresAt: now }),
    "expired a second ago": of({ expiresAt: now - 1 }),
    "expired and on hold": of({ expiresAt: now - 1, status: status({ status: "hold" }) }),
    "verified in the future": of({ verifiedAt: now + day }),
    "on a card": of({ medium: "card" }),
    "renewed just now": of({ id: "evidence-2", verifiedAt: now }),
    "none": null,
  };
  const words = {
    good: "evidence_current", age: "evidence_status_ageing status_not_fresh", old: "pseudonym status_too_old", unknown: "pseudonym status_unknown",
    revoked: "pseudonym evidence_revoked", hold: "pseudonym evidence_on_hold", expired: "pseudonym evidence_expired", early: "pseudonym evidence_not_yet_valid",
    none: "pseudonym no_evidence", held: "pseudonym person_on_hold", erased: "pseudonym person_erased",
  };
  // Columns: active person; the same with a signature certificate; person on hold; erased person.
  const table = `
    good, an hour old         | 3 good    | 3 good    | 1 held | 1 erased
    good, at the fresh limit  | 3 good    | 3 good    | 1 held | 1 erased
    good, a second past it    | 2 age     | 2 age     | 1 held | 1 erased
    good, at the hard limit   | 2 age     | 2 age     | 1 held | 1 erased
    good, a second past that  | 1 old     | 1 old     | 1 held | 1 erased
    good, from the future     | 1 unknown | 1 unknown | 1 held | 1 erased
    good, by a CRL            | 3 good    | 3 good    | 1 held | 1 erased
    good, by the operator     | 3 good    | 3 good    | 1 held | 1 erased
    revoked                   | 1 revoked | 1 revoked | 1 held | 1 erased
    revoked, just asked       | 1 revoked | 1 revoked | 1 held | 1 erased
    on hold                   | 1 hold    | 1 hold    | 1 held | 1 erased
    unknown                   | 1 unknown | 1 unknown | 1 held | 1 erased
    unknown, long ago         | 1 unknown | 1 unknown | 1 held | 1 erased
    in its last second        | 3 good    | 3 good    | 1 held | 1 erased
    expired a second ago      | 1 expired | 1 expired | 1 held | 1 erased
    expired and on hold       | 1 hold    | 1 hold    | 1 held | 1 erased
    verified in the future    | 1 early   | 1 early   | 1 held | 1 erased
    on a card                 | 3 good    | 3 good    | 1 held | 1 erased
    renewed just now          | 3 good    | 3 good    | 1 held | 1 erased
    none                      | 1 none    | 1 none    | 1 held | 1 erased`;
  const columns: [PersonState, EvidenceFacts["kind"]][] = [["active", "jpki_user_authentication"], ["active", "jpki_signature"], ["held", "jpki_user_authentication"], ["erased", "jpki_user_authentication"]];
  const rows = rowsOf(table).flatMap(([name, cells]) => columns.map(([person, kind], index): [string, PersonState, EvidenceFacts["kind"], string] => [name, person, kind, spelled(cells[index] ?? "", words)]));
  test.each(rows)("%s, person %s, %s: %s", (name, person, kind, expected) => {
    const state = states[name];
    if (state === undefined) throw new Error("no such state");
    expect(explained("ial", facts({ person, evidence: state === null ? null : { ...state, kind } }))).toBe(expected);
  });
  test("80 rows", () => expect(rows).toHaveLength(80));
});

describe("AAL: 9 authenticators, by where the passkey was bound and whether the person was verified", () => {
  const by = (changes: Partial<AuthenticatorFacts>): AuthenticatorFacts => ({ ...hardware, ...changes });
  const authenticators: Readonly<Record<string, AuthenticatorFacts | null>> = {
    "synced": synced,
    "may be synced": { ...synced, backedUp: false },
    "synced, attested": by({ backupEligible: true, backedUp: true }),
    "hardware": hardware,
    "hardware, no status": by({ metadata: "unknown" }),
    "hardware, bad": by({ metadata: "bad" }),
    "self attested": by({ attestation: "self" }),
    "not attested": by({ attestation: "none", metadata: "unknown" }),
    "not recorded": null,
  };
  const words = {
    hw: "passkey_hardware_bound", hwb: "passkey_hardware_bound binding_level", hwu: "passkey_hardware_bound binding_unknown",
    sync: "passkey_user_verified backup_eligible", bad: "passkey_user_verified metadata_bad", att: "passkey_user_verified attestation_not_verified", rec: "passkey_user_verified authenticator_unknown",
    low: "passkey_user_verified binding_level", nob: "passkey_user_verified binding_unknown", up: "passkey_user_presence user_verification_missing",
  };
  // Columns: bound at AAL 3, 2, 1, and no record of it, each with user verification; bound at 3 by presence alone.
  const table = `
    synced              | 2 sync | 2 sync | 1 low | 1 nob | 1 up
    may be synced       | 2 sync | 2 sync | 1 low | 1 nob | 1 up
    synced, attested    | 2 sync | 2 sync | 1 low | 1 nob | 1 up
    hardware            | 3 hw   | 2 hwb  | 1 hwb | 1 hwu | 1 up
    hardware, no status | 3 hw   | 2 hwb  | 1 hwb | 1 hwu | 1 up
    hardware, bad       | 2 bad  | 2 bad  | 1 low | 1 nob | 1 up
    self attested       | 2 att  | 2 att  | 1 low | 1 nob | 1 up
    not attested        | 2 att  | 2 att  | 1 low | 1 nob | 1 up
    not recorded        | 2 rec  | 2 rec  | 1 low | 1 nob | 1 up`;
  const columns: [BindingFacts | null, SessionFacts][] = [[binding({ aal: 3 }), withPasskey], [binding({ aal: 2 }), withPasskey], [binding({ aal: 1 }), withPasskey], [null, withPasskey], [binding({ aal: 3 }), withPresence]];
  const rows = rowsOf(table).flatMap(([name, cells]) => columns.map(([bound, session], index): [string, string, string, BindingFacts | null, SessionFacts] => [name, bound === null ? "nowhere" : `at AAL ${bound.aal}`, spelled(cells[index] ?? "", words), bound, session]));
  test.each(rows)("%s, bound %s: %s", (name, _where, expected, bound, session) => {
    const authenticator = authenticators[name];
    if (authenticator === undefined) throw new Error("no such authenticator");
    expect(explained("aal", facts({ authenticator, binding: bound, session }))).toBe(expected);
  });
  test("45 rows", () => expect(rows).toHaveLength(45));
});

describe("AAL: 9 states of the certificate, by what was presented in the session", () => {
  const certificates: Readonly<Record<string, EvidenceFacts | null>> = {
    "good": evidence(),
    "good, a status a month old": evidence({ status: status({ thisUpdate: now - 30 * day }) }),
    "good, on a card": evidence({ medium: "card" }),
    "expired": evidence({ expiresAt: now - 1 }),
    "revoked": evidence({ status: status({ status: "revoked" }) }),
    "on hold": evidence({ status: status({ status: "hold" }) }),
    "unknown": evidence({ status: status({ status: "unknown" }) }),
    "superseded": evidence({ id: "evidence-2" }),
    "none": null,
  };
  const words = { same: "signature_same_device", other: "signature_other_device other_device", pass: "passkey_user_verified backup_eligible", none: "not_authenticated nothing_presented" };
  // Columns: a signature on this device, on another, each again beside a synced passkey; the passkey alone; nothing.
  const table = `
    good                       | 3 same | 2 other | 3 same | 2 pass | 2 pass | 1 none
    good, a status a month old | 3 same | 2 other | 3 same | 2 pass | 2 pass | 1 none
    good, on a card            | 3 same | 2 other | 3 same | 2 pass | 2 pass | 1 none
    expired                    | 1 none | 1 none  | 2 pass | 2 pass | 2 pass | 1 none
    revoked                    | 1 none | 1 none  | 2 pass | 2 pass | 2 pass | 1 none
    on hold                    | 1 none | 1 none  | 2 pass | 2 pass | 2 pass | 1 none
    unknown                    | 1 none | 1 none  | 2 pass | 2 pass | 2 pass | 1 none
    superseded                 | 1 none | 1 none  | 2 pass | 2 pass | 2 pass | 1 none
    none                       | 1 none | 1 none  | 2 pass | 2 pass | 2 pass | 1 none`;
  const sessions: [string, SessionFacts][] = [["signed here", withSignature("same")], ["signed elsewhere", withSignature("other")], ["signed here, passkey", withBoth("same")], ["signed elsewhere, passkey", withBoth("other")], ["passkey", withPasskey], ["nothing", withNothing]];
  const rows = rowsOf(table).flatMap(([name, cells]) => sessions.map(([what, session], index): [string, string, string, SessionFacts] => [name, what, spelled(cells[index] ?? "", words), session]));
  test.each(rows)("%s, %s: %s", (name, _what, expected, session) => {
    const certificate = certificates[name];
    if (certificate === undefined) throw new Error("no such certificate");
    expect(explained("aal", facts({ evidence: certificate, session }))).toBe(expected);
  });
  test("54 rows", () => expect(rows).toHaveLength(54));
});

describe("AAL: a recovery, by how long ago it was and how long the policy has it cool off", () => {
  const ago: Readonly<Record<string, number>> = { "just now": now, "a minute ahead of our clock": now + minute, "an hour ago": now - hour, "a day ago": now - day, "a second longer ago": now - day - 1, "tomorrow": now + day, "at no time": Number.NaN };
  const words = { hw: "passkey_hardware_bound", cool: "passkey_hardware_bound recovery_cooling_off" };
  // Columns: no time to cool off, an hour, a day.
  const table = `
    just now                    | 3 hw | 2 cool | 2 cool
    a minute ahead of our clock | 3 hw | 2 cool | 2 cool
    an hour ago                 | 3 hw | 2 cool | 2 cool
    a day ago                   | 3 hw | 3 hw   | 2 cool
    a second longer ago         | 3 hw | 3 hw   | 3 hw
    tomorrow                    | 3 hw | 2 cool | 2 cool
    at no time                  | 3 hw | 2 cool | 2 cool`;
  const rows = rowsOf(table).flatMap(([name, cells]) => [0, hour, day].map((coolingOff, index): [string, number, string] => [name, coolingOff, spelled(cells[index] ?? "", words)]));
  test.each(rows)("%s, %d seconds: %s", (name, coolingOff, expected) => {
    expect(explained("aal", facts({ authenticator: hardware, recoveredAt: ago[name] ?? 0 }), { ...defaultPolicy, coolingOff })).toBe(expected);
  });
  test.each([["a synced passkey, which never was above", {}, "2 passkey_user_verified backup_eligible"], ["a signature on this device", { session: withSignature("same") }, "2 signature_same_device recovery_cooling_off"]])("%s", (_name, changes, expected) => {
    expect(explained("aal", facts({ ...changes, recoveredAt: now }), { ...defaultPolicy, coolingOff: day })).toBe(expected);
  });
});

describe("FAL: how the client authenticates, by how it asks and what its tokens are bound to", () => {
  const words = { key: "registered_client client_not_authenticated_by_key", plain: "registered_client request_not_protected", free: "protected_request assertion_not_key_bound", bound: "key_bound_assertion" };
  // Columns: not bound, DPoP, mTLS.
  const table = `
    none plain    | 1 key   | 1 key   | 1 key
    none pushed   | 1 key   | 1 key   | 1 key
    none signed   | 1 key   | 1 key   | 1 key
    secret plain  | 1 key   | 1 key   | 1 key
    secret pushed | 1 key   | 1 key   | 1 key
    secret signed | 1 key   | 1 key   | 1 key
    key plain     | 1 plain | 1 plain | 1 plain
    key pushed    | 2 free  | 3 bound | 3 bound
    key signed    | 2 free  | 3 bound | 3 bound`;
  const rows = rowsOf(table).flatMap(([name, cells]) => (["none", "dpop", "mtls"] as const).map((senderConstrained, index): [string, ClientFacts["senderConstrained"], string] => [name, senderConstrained, spelled(cells[index] ?? "", words)]));
  test.each(rows)("%s, bound by %s: %s", (name, senderConstrained, expected) => {
    const [authentication, request] = name.split(" ") as [ClientFacts["authentication"], ClientFacts["request"]];
    expect(explained("fal", facts({ client: { authentication, request, senderConstrained } }))).toBe(expected);
  });
  test("27 rows", () => expect(rows).toHaveLength(27));
});
