import type { LifecycleEvent } from "../people/announcements.ts";

const caep = "https://schemas.openid.net/secevent/caep/event-type/";
const risc = "https://schemas.openid.net/secevent/risc/event-type/";
const framework = "https://schemas.openid.net/secevent/ssf/event-type/";

/** The event type (RFC 8417 2.2) by which each event of a person is told: CAEP 1.0, RISC 1.0. */
export const eventTypes = {
  sessions_ended: `${caep}session-revoked`,
  credential_changed: `${caep}credential-change`,
  assurance_level_changed: `${caep}assurance-level-change`,
  token_claims_changed: `${caep}token-claims-change`,
  account_disabled: `${risc}account-disabled`,
  account_enabled: `${risc}account-enabled`,
  account_purged: `${risc}account-purged`,
  identifier_changed: `${risc}identifier-changed`,
  recovery_activated: `${risc}recovery-activated`,
} as const satisfies Record<LifecycleEvent["kind"], string>;

/** Events about a stream itself (SSF 1.0 8.1.4.1, 8.1.5): sent whatever the receiver asked for. */
export const streamEventTypes = {
  verification: `${framework}verification`,
  stream_updated: `${framework}stream-updated`,
} as const;

/** What a receiver may ask for. */
export const supportedEvents: readonly string[] = Object.values(eventTypes);
