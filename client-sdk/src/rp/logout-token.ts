import { isObject } from "./json.ts";
import { isFirstUse, refused, type Refused, type TokenChecks, verifySigned } from "./signed-token.ts";

/** Whose sessions end: the one of the provider named by `sid`, or, where that is absent, all of the subject. */
export type LogoutNotice = { readonly sid: string; readonly subject: string | null } | { readonly sid: null; readonly subject: string };

/** What a logout token says, or why it was not taken. */
export type LogoutTokenVerdict = ({ readonly valid: true } & LogoutNotice) | Refused;

const event = "http://schemas.openid.net/event/backchannel-logout";

/**
 * Verifies a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6). Answer 400 where it is refused, 503 for
 * `keys_unavailable`, 200 once the sessions have ended. `replayed` is one whose answer got lost, sent again: the sessions
 * have ended, so 200 for that one, too.
 */
export async function verifyLogoutToken(token: string, checks: TokenChecks): Promise<LogoutTokenVerdict> {
  const maximumAge = checks.maximumAge ?? 150;
  const verified = await verifySigned(token, "logout+jwt", checks, maximumAge);
  if (!verified.valid) return verified;
  const { exp, sub, sid, events, nonce } = verified.payload;
  if (typeof exp !== "number") return refused("malformed");
  if (nonce !== undefined) return refused("forbidden_claim");
  if (!isObject(events) || !isObject(events[event])) return refused("events");
  const notice = noticeOf(sid, sub);
  if (notice === null) return refused("subject");
  if (!(await isFirstUse(checks, verified, maximumAge))) return refused("replayed");
  return { valid: true, ...notice };
}

function noticeOf(sid: unknown, sub: unknown): LogoutNotice | null {
  const subject = isText(sub) ? sub : null;
  if ((sid !== undefined && !isText(sid)) || (sub !== undefined && subject === null)) return null;
  if (isText(sid)) return { sid, subject };
  return subject === null ? null : { sid: null, subject };
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
