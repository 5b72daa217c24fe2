import { expect, test } from "vitest";
import { assure, defaultPolicy } from "../../src/assurance/index.ts";
import type { AssuranceFacts, AuthenticatorFacts } from "../../src/assurance/index.ts";
import { binding, day, evidence, facts, hardware, hour, minute, now, status, synced, withBoth, withNothing, withPasskey, withPresence, withSignature } from "./facts.ts";

const by = (authenticator: Partial<AuthenticatorFacts>): Partial<AssuranceFacts> => ({ authenticator: { ...hardware, ...authenticator } });
const bound = (aal: 1 | 2 | 3): Partial<AssuranceFacts> => ({ binding: binding({ aal }) });
const later = { at: now + day };

/** Columns: level, rule, what capped it, p(hishing resistant), h(ardware-bound). */
const rows: [string, Partial<AssuranceFacts>, string][] = [
  ["a synced passkey", {}, "2 passkey_user_verified backup_eligible p"],
  ["a passkey that may be synced", { authenticator: { ...synced, backedUp: false } }, "2 passkey_user_verified backup_eligible p"],
  ["a synced passkey with an attested model", by({ backupEligible: true }), "2 passkey_user_verified backup_eligible p"],
  ["backed up against its own flags", by({ backedUp: true }), "2 passkey_user_verified backup_eligible p"],
  ["an attested hardware passkey", by({}), "3 passkey_hardware_bound - ph"],
  ["the same where metadata has no status", by({ metadata: "unknown" }), "3 passkey_hardware_bound - ph"],
  ["the same after metadata turned bad", by({ metadata: "bad" }), "2 passkey_user_verified metadata_bad p"],
  ["device-bound, not attested", by({ attestation: "none" }), "2 passkey_user_verified attestation_not_verified p"],
  ["device-bound, self attested", by({ attestation: "self" }), "2 passkey_user_verified attestation_not_verified p"],
  ["an authenticator nobody recorded", { authenticator: null }, "2 passkey_user_verified authenticator_unknown p"],
  ["an attested passkey without user verification", { ...by({}), session: withPresence }, "1 passkey_user_presence user_verification_missing ph"],
  ["a synced passkey without user verification", { session: withPresence }, "1 passkey_user_presence user_verification_missing p"],
  ["an attested passkey bound at AAL 2", { ...by({}), ...bound(2) }, "2 passkey_hardware_bound binding_level ph"],
  ["an attested passkey bound at AAL 1", { ...by({}), ...bound(1) }, "1 passkey_hardware_bound binding_level ph"],
  ["a synced passkey bound at AAL 2", bound(2), "2 passkey_user_verified backup_eligible p"],
  ["a synced passkey bound at AAL 1", bound(1), "1 passkey_user_verified binding_level p"],
  ["a passkey of unknown provenance", { ...by({}), binding: null }, "1 passkey_hardware_bound binding_unknown ph"],
  ["a live signature on this device", { session: withSignature("same") }, "3 signature_same_device - ph"],
  ["a signature by a certificate that was revoked since", { session: withSignature("same"), evidence: evidence({ status: status({ status: "revoked" }) }) }, "1 not_authenticated nothing_presented "],
  ["a signature by a certificate that is on hold", { session: withSignature("same"), evidence: evidence({ status: status({ status: "hold" }) }) }, "1 not_authenticated nothing_presented "],
  ["a signature by a certificate that another one superseded", { session: withSignature("same"), evidence: evidence({ id: "evidence-2" }) }, "1 not_authenticated nothing_presented "],
  ["a signature at the limit of its time", { session: { passkey: null, signature: { device: "same", at: now - defaultPolicy.signatureFresh, evidence: "evidence-1" } } }, "3 signature_same_device - ph"],
  ["a signature a second past it, beside a passkey", { session: { ...withPasskey, signature: { device: "same", at: now - defaultPolicy.signatureFresh - 1, evidence: "evidence-1" } } }, "2 passkey_user_verified backup_eligible p"],
  ["the same, with no passkey recorded", { session: withSignature("same"), authenticator: null, binding: null }, "3 signature_same_device - ph"],
  ["a live signature on another device", { session: withSignature("other") }, "2 signature_other_device other_device "],
  ["a synced passkey and a signature on this device", { session: withBoth("same") }, "3 signature_same_device - ph"],
  ["a synced passkey and a signature on another device", { session: withBoth("other") }, "2 passkey_user_verified backup_eligible p"],
  ["an attested passkey and a signature on another device", { ...by({}), session: withBoth("other") }, "3 passkey_hardware_bound - ph"],
  ["a passkey bound at AAL 1 and a signature on this device", { ...bound(1), session: withBoth("same") }, "3 signature_same_device - ph"],
  ["a passkey bound at AAL 1 and a signature on another device", { ...bound(1), session: withBoth("other") }, "2 signature_other_device other_device "],
  ["nothing", { session: withNothing }, "1 not_authenticated nothing_presented "],
  ["a passkey in the future", { session: { passkey: { userVerified: true, ...later }, signature: null } }, "1 not_authenticated nothing_presented "],
  ["a signature in the future", { session: { passkey: null, signature: { device: "same", evidence: "evidence-1", ...later } } }, "1 not_authenticated nothing_presented "],
  ["a passkey at no time", { session: { passkey: { userVerified: true, at: Number.NaN }, signature: null } }, "1 not_authenticated nothing_presented "],
  ["a synced passkey of a person on hold", { person: "held" }, "2 passkey_user_verified backup_eligible p"],
  ["a signature of an erased person", { person: "erased", session: withSignature("same") }, "1 not_authenticated person_erased "],
  ["a synced passkey after revocation", { evidence: null }, "2 passkey_user_verified backup_eligible p"],
];
test.each(rows)("%s", (_name, changes, expected) => {
  const { aal, phishingResistant, hardwareBound, explanation } = assure(facts(changes), now, defaultPolicy);
  const marks = `${phishingResistant ? "p" : ""}${hardwareBound ? "h" : ""}`;
  expect(`${aal} ${explanation.aal.rule} ${explanation.aal.cappedBy ?? "-"} ${marks}`).toBe(expected);
});

test.each([
  ["signature_same_device", { session: withSignature("same") }, 2],
  ["signature_other_device", { session: withSignature("other") }, 1],
  ["passkey_hardware_bound", by({}), 2],
  ["passkey_user_verified", {}, 1],
] as const)("a policy may hold %s lower", (method, changes, level) => {
  const policy = { ...defaultPolicy, aal: { ...defaultPolicy.aal, [method]: level } };
  expect(assure(facts(changes), now, policy)).toMatchObject({ aal: level, explanation: { aal: { rule: method, cappedBy: "policy" } } });
});

const onCard = { evidence: evidence({ medium: "card" }) };
test.each([
  ["a synced passkey", {}, "swk user mfa"],
  ["a passkey without user verification", { session: withPresence }, "swk user"],
  ["an attested hardware passkey", by({}), "hwk user mfa"],
  ["the same after metadata turned bad", by({ metadata: "bad" }), "swk user mfa"],
  ["a device-bound passkey without attestation", by({ attestation: "none" }), "swk user mfa"],
  ["a signature by the phone", { session: withSignature("same") }, "sc mfa"],
  ["a signature by the card, which always asks its PIN", { ...onCard, session: withSignature("same") }, "sc mfa pin"],
  ["a signature by a card that is no longer the evidence", { ...onCard, session: { passkey: null, signature: { device: "same", at: now, evidence: "older" } } }, ""],
  ["both", { session: withBoth("other") }, "swk user mfa sc"],
  ["nothing", { session: withNothing }, ""],
  ["a passkey in the future", { session: { passkey: { userVerified: true, ...later }, signature: null } }, ""],
] satisfies [string, Partial<AssuranceFacts>, string][])("amr of %s (RFC 8176)", (_name, changes, expected) => {
  expect(assure(facts(changes), now, defaultPolicy).amr.join(" ")).toBe(expected);
});

const passkeyAt = now - hour;
const signatureAt = now - minute;
const session = (device: "same" | "other" | null, passkey: boolean) => ({
  passkey: passkey ? { userVerified: true, at: passkeyAt } : null,
  signature: device === null ? null : { device, at: signatureAt, evidence: "evidence-1" },
});
test.each([
  ["a passkey", session(null, true), passkeyAt],
  ["a signature on this device after a passkey", session("same", true), signatureAt],
  ["a signature on another device after a passkey, which can be relayed", session("other", true), passkeyAt],
  ["a signature on this device alone", session("same", false), signatureAt],
  ["a signature on another device alone", session("other", false), signatureAt],
  ["a passkey after a signature on this device", { ...session("same", true), passkey: { userVerified: true, at: now } }, now],
  ["nothing", withNothing, null],
])("auth_time of %s", (_name, presentedSession, expected) => {
  expect(assure(facts({ session: presentedSession }), now, defaultPolicy).authTime).toBe(expected);
});
