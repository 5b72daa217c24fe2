import type { Level } from "../assurance/index.ts";
import { scales } from "../assurance/vocabularies.ts";
import type { Subject } from "../identifiers.ts";
import type { AnnouncedEvent, LifecycleEvent } from "../people/index.ts";
import { eventTypes } from "./event-types.ts";
import type { Destination, EventMessage, LogoutMessage, OutboxEntry } from "./outbox.ts";
import { reasons } from "./reasons.ts";

/** Claims and header of a token, ready to be signed. */
export interface UnsignedToken {
  readonly type: "secevent+jwt" | "logout+jwt";
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What an event of a person says to a receiver that knows them as `subject`: CAEP 1.0 3, RISC 1.0 2. */
export function eventMessage(announced: AnnouncedEvent, { issuer, subject, at, transaction }: { readonly issuer: string; readonly subject: Subject; readonly at: number; readonly transaction: string }): EventMessage {
  const { event } = announced;
  return { kind: "event", subject: { format: "iss_sub", iss: issuer, sub: subject }, type: eventTypes[event.kind], members: membersOf(announced, at), transaction };
}

/**
 * The token of what waits in the outbox. A security event token says when it happened and is the same at
 * every attempt. A logout token is short-lived (Back-Channel Logout 1.0 2.4) and so is dated anew; its
 * `jti` stays. `toe` of both is when it happened (RFC 8417 2.2).
 */
export function tokenOf({ jti, at, clientId, message }: Pick<OutboxEntry, "jti" | "at"> & Destination, issuer: string, now: number): UnsignedToken {
  const claims = { iss: issuer, aud: clientId, jti, toe: at };
  if (message.kind === "logout") return { type: "logout+jwt", claims: { ...claims, iat: now, exp: now + logoutTokenLife, ...whoseLogout(message), events: { [logoutEvent]: {} } } };
  const { subject, type, members, transaction } = message;
  return { type: "secevent+jwt", claims: { ...claims, iat: at, sub_id: subject, ...(transaction !== null && { txn: transaction }), events: { [type]: members } } };
}

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout";
const logoutTokenLife = 120;

const whoseLogout = ({ subject, sid }: LogoutMessage) => ({ sub: subject, ...(sid !== null && { sid }) });

function membersOf({ event, initiator }: AnnouncedEvent, at: number): Readonly<Record<string, unknown>> {
  const common = { event_timestamp: at, initiating_entity: initiator, reason_admin: reasons[event.reason] };
  switch (event.kind) {
    case "sessions_ended":
      return common;
    case "credential_changed":
      return { ...common, credential_type: credentialType(event), change_type: event.change };
    case "assurance_level_changed":
      return { ...common, ...levelMembers(event) };
    case "token_claims_changed":
      // Their values are told only where the person is: a receiver that relies on one asks anew.
      return { ...common, claims: Object.fromEntries(event.claims.map((name) => [name, null])) };
    case "identifier_changed":
      return { "new-value": event.newSubject };
    case "account_disabled":
    case "account_enabled":
    case "account_purged":
    case "recovery_activated":
      return {};
  }
}

const credentialType = ({ credential, roaming }: Extract<LifecycleEvent, { kind: "credential_changed" }>): string => (credential === "certificate" ? "x509" : roaming === true ? "fido2-roaming" : "fido2-platform");

type LevelChange = Extract<LifecycleEvent, { kind: "assurance_level_changed" }>;

/** CAEP knows NIST's levels; `crosswalk` says the same in every vocabulary that has a value for each level of this kind. */
function levelMembers({ of, from, to }: LevelChange) {
  const name = (level: Level): string => `nist-${of}${level}`;
  return {
    namespace: of === "ial" ? "NIST-IAL" : "NIST-AAL",
    current_level: name(to),
    previous_level: name(from),
    change_direction: to > from ? "increase" : "decrease",
    crosswalk: crosswalk(of, from, to),
  };
}

function crosswalk(of: "ial" | "aal", from: Level, to: Level): Record<string, { readonly current_level: string; readonly previous_level: string }> {
  const entries = scales.flatMap(({ vocabulary, values }) => {
    const valueOf = (level: Level): string | undefined => values.find(({ means }) => means[of] === level && Object.keys(means).length === 1)?.acr;
    const [current, previous] = [valueOf(to), valueOf(from)];
    return current === undefined || previous === undefined ? [] : [[vocabulary, { current_level: current, previous_level: previous }] as const];
  });
  return Object.fromEntries(entries);
}
