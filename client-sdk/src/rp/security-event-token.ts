import { isObject } from "./json.ts";
import { isFirstUse, refused, type Refused, type TokenChecks, verifySigned } from "./signed-token.ts";

/** RFC 9493: `iss_sub` names a person as the issuer's tokens for this relying party do. */
export type SubjectIdentifier = { readonly format: "iss_sub"; readonly iss: string; readonly sub: string } | { readonly format: "opaque"; readonly id: string };

/** What happened, and what is known of it. */
export interface SecurityEvent {
  /** The event's URI, such as `https://schemas.openid.net/secevent/caep/event-type/session-revoked`. */
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;
}

/** What a security event token tells. */
export interface SecurityEvents {
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  /** The same for all tokens about one occurrence. */
  readonly transaction: string | null;
  readonly subject: SubjectIdentifier;
  readonly events: readonly SecurityEvent[];
}

/** What a security event token tells, or why it was not taken. */
export type SecurityEventTokenVerdict = ({ readonly valid: true } & SecurityEvents) | Refused;

/** A receiver that was down for two weeks has lost events, and is to ask anew for what it relies on. */
const fortnight = 14 * 24 * 60 * 60;

/**
 * Verifies a security event token (RFC 8417 2; OpenID Shared Signals Framework 1.0, 4): the transmitter's, for this
 * receiver, about a subject of that issuer. Of `sub` and `exp`, by which it might pass for an ID token, it has neither.
 */
export async function verifySecurityEventToken(token: string, checks: TokenChecks): Promise<SecurityEventTokenVerdict> {
  const maximumAge = checks.maximumAge ?? fortnight;
  const verified = await verifySigned(token, "secevent+jwt", checks, maximumAge);
  if (!verified.valid) return verified;
  const { payload, jti, iat } = verified;
  if (["sub", "exp", "nonce"].some((claim) => payload[claim] !== undefined)) return refused("forbidden_claim");
  const events = eventsOf(payload["events"]);
  if (events === null) return refused("events");
  const subject = subjectOf(payload["sub_id"], checks.issuer);
  if (subject === null) return refused("subject");
  if (payload["txn"] !== undefined && typeof payload["txn"] !== "string") return refused("malformed");
  if (!(await isFirstUse(checks, verified, maximumAge))) return refused("replayed");
  return { valid: true, jti, issuedAt: iat, transaction: payload["txn"] ?? null, subject, events };
}

/** At least one, each an object. */
function eventsOf(events: unknown): SecurityEvent[] | null {
  if (!isObject(events)) return null;
  const read = Object.entries(events).flatMap(([type, members]) => (isObject(members) ? [{ type, members }] : []));
  return read.length > 0 && read.length === Object.keys(events).length ? read : null;
}

/** An issuer speaks of its own subjects alone. */
function subjectOf(subject: unknown, issuer: string): SubjectIdentifier | null {
  if (!isObject(subject)) return null;
  const { format, iss, sub, id } = subject;
  if (format === "iss_sub" && iss === issuer && typeof sub === "string" && sub !== "") return { format, iss, sub };
  return format === "opaque" && typeof id === "string" && id !== "" ? { format, id } : null;
}
