import { describe, expect, test } from "vitest";
import type { LifecycleEvent } from "../../src/people/index.ts";
import { eventMessage, tokenOf } from "../../src/signals/event-tokens.ts";
import { eventTypes } from "../../src/signals/event-types.ts";
import type { Destination } from "../../src/signals/outbox.ts";
import { asIdentifier, type Subject } from "../../src/identifiers.ts";
import { asEvent, asLogout, at, issuer, party, sign, subject, verification } from "./delivery-rig.ts";

const caep = "https://schemas.openid.net/secevent/caep/event-type/";
const risc = "https://schemas.openid.net/secevent/risc/event-type/";
const common = { event_timestamp: at, initiating_entity: "policy", reason_admin: { en: expect.any(String), ja: expect.any(String) } };
const reason = "certificate_revoked";

interface Row { readonly event: LifecycleEvent; readonly type: string; readonly members: Readonly<Record<string, unknown>> }
const rows: readonly Row[] = [
  { event: { kind: "sessions_ended", reason }, type: `${caep}session-revoked`, members: common },
  { event: { kind: "credential_changed", credential: "certificate", change: "revoke", reason }, type: `${caep}credential-change`, members: { ...common, credential_type: "x509", change_type: "revoke" } },
  { event: { kind: "credential_changed", credential: "passkey", change: "create", reason: "passkey_added" }, type: `${caep}credential-change`, members: { ...common, credential_type: "fido2-platform", change_type: "create" } },
  { event: { kind: "credential_changed", credential: "passkey", roaming: true, change: "delete", reason: "passkey_removed" }, type: `${caep}credential-change`, members: { ...common, credential_type: "fido2-roaming", change_type: "delete" } },
  {
    event: { kind: "assurance_level_changed", of: "ial", from: 3, to: 1, reason },
    type: `${caep}assurance-level-change`,
    members: {
      ...common, namespace: "NIST-IAL", current_level: "nist-ial1", previous_level: "nist-ial3", change_direction: "decrease",
      crosswalk: {
        "nist-800-63": { current_level: "http://idmanagement.gov/ns/assurance/ial/1", previous_level: "http://idmanagement.gov/ns/assurance/ial/3" },
        "ds-511": { current_level: "urn:jpki-bridge:ds-511:identity-proofing:1", previous_level: "urn:jpki-bridge:ds-511:identity-proofing:3" },
      },
    },
  },
  {
    event: { kind: "assurance_level_changed", of: "aal", from: 2, to: 3, reason: "authenticator_trusted_again" },
    type: `${caep}assurance-level-change`,
    members: {
      ...common, namespace: "NIST-AAL", current_level: "nist-aal3", previous_level: "nist-aal2", change_direction: "increase",
      crosswalk: {
        "nist-800-63": { current_level: "http://idmanagement.gov/ns/assurance/aal/3", previous_level: "http://idmanagement.gov/ns/assurance/aal/2" },
        "ds-511": { current_level: "urn:jpki-bridge:ds-511:authentication:3", previous_level: "urn:jpki-bridge:ds-511:authentication:2" },
      },
    },
  },
  { event: { kind: "token_claims_changed", claims: ["verified_claims"], reason }, type: `${caep}token-claims-change`, members: { ...common, claims: { verified_claims: null } } },
  { event: { kind: "account_disabled", reason: "held" }, type: `${risc}account-disabled`, members: {} },
  { event: { kind: "account_enabled", reason: "released" }, type: `${risc}account-enabled`, members: {} },
  { event: { kind: "account_purged", reason: "erased" }, type: `${risc}account-purged`, members: {} },
  { event: { kind: "identifier_changed", newSubject: asIdentifier<Subject>("new"), reason: "pseudonym_renewed" }, type: `${risc}identifier-changed`, members: { "new-value": "new" } },
  { event: { kind: "recovery_activated", reason: "recovered" }, type: `${risc}recovery-activated`, members: {} },
];

describe("security event tokens, as the SDK reads them", () => {
  test("there is a row for every kind of event", () => {
    expect(new Set(rows.map(({ event }) => event.kind))).toEqual(new Set(Object.keys(eventTypes)));
  });

  test.each(rows)("$event.kind: $type", async ({ event, type, members }) => {
    const message = eventMessage({ initiator: "policy", event }, { issuer, subject, at, transaction: "occurrence" });
    const token = await sign(tokenOf({ jti: "jti-1", at, clientId: party, streamId: "stream", message }, issuer, at + 5));
    expect(await asEvent(token, at + 5)).toEqual({ valid: true, jti: "jti-1", issuedAt: at, transaction: "occurrence", subject: { format: "iss_sub", iss: issuer, sub: subject }, events: [{ type, members }] });
  });

  test("an event of the stream itself is about the stream, and stands for no transaction", async () => {
    const token = await sign(tokenOf({ jti: "jti-2", at, clientId: party, streamId: "stream", message: verification("state") }, issuer, at));
    expect(await asEvent(token)).toMatchObject({ valid: true, subject: { format: "opaque", id: "stream" }, transaction: null, events: [{ members: { state: "state" } }] });
  });

  test("every token says when it happened, a logout token beside when it was dated", () => {
    const event = tokenOf({ jti: "jti-6", at, clientId: party, streamId: "stream", message: verification("state") }, issuer, at + 60).claims;
    const logout = tokenOf({ jti: "jti-7", at, clientId: party, streamId: null, message: { kind: "logout", subject, sid: null } }, issuer, at + 60).claims;
    expect([event, logout]).toMatchObject([{ iat: at, toe: at }, { iat: at + 60, toe: at }]);
  });

  test("it passes for no logout token, and a logout token for none of these", async () => {
    const event = await sign(tokenOf({ jti: "jti-3", at, clientId: party, streamId: "stream", message: verification("state") }, issuer, at));
    const logout = await sign(tokenOf({ jti: "jti-4", at, clientId: party, streamId: null, message: { kind: "logout", subject, sid: null } }, issuer, at));
    expect([await asLogout(event), await asEvent(logout)]).toMatchObject([{ valid: false, reason: "type" }, { valid: false, reason: "type" }]);
  });
});

describe("logout tokens, as the SDK reads them", () => {
  const logouts: readonly { readonly name: string; readonly sid: string | null; readonly algorithm: "ES256" | "RS256" }[] = [
    { name: "all sessions of a person", sid: null, algorithm: "ES256" },
    { name: "one session", sid: "session", algorithm: "RS256" },
  ];
  test.each(logouts)("$name, signed $algorithm, an hour after it happened", async ({ sid, algorithm }) => {
    const logout: Destination = { clientId: party, streamId: null, message: { kind: "logout", subject, sid } };
    const token = await sign(tokenOf({ ...logout, jti: "jti-5", at }, issuer, at + 3600), algorithm);
    expect(await asLogout(token, at + 3600)).toEqual({ valid: true, sid, subject });
    expect(await asLogout(token, at + 7200)).toMatchObject({ valid: false, reason: "expired" });
  });
});
