import { type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { accept, Refusal, refuse, type Verdict } from "../../errors.ts";
import { joseRefusal } from "./jose-failure.ts";
import type { ReplayGuard } from "./replay-guard.ts";

/** Whose sessions end: of one provider session when `sid` is given, else all of the subject. */
export type LogoutNotice = { readonly sid: string } | { readonly subject: string };

export interface LogoutTokenChecks {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: JWTVerifyGetKey;
  readonly used: ReplayGuard;
  /** Seconds since the epoch. */
  readonly now: number;
}

const event = "http://schemas.openid.net/event/backchannel-logout";
/** Seconds that clocks may differ, and that a logout token may be old. */
const tolerance = 30;
const maximumAge = 150;

const logoutClaims = z.object({
  jti: z.string().min(1).max(200),
  iat: z.number(),
  events: z.object({ [event]: z.object({}) }),
  sub: z.string().min(1).optional(),
  sid: z.string().min(1).optional(),
});

/**
 * Checks a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6). Refuses with `invalid_request`,
 * naming the rule; throws `service_unavailable` when the provider's keys cannot be had.
 */
export async function verifyLogoutToken(token: string, checks: LogoutTokenChecks): Promise<Verdict<LogoutNotice>> {
  const verified = await verifySignature(token, checks);
  if (!verified.valid) return verified;
  const payload = verified.value;
  if ("nonce" in payload) return refuse("invalid_request", "nonce");
  const claims = logoutClaims.safeParse(payload);
  if (!claims.success) return refuse("invalid_request", claims.error.issues[0]?.path.join(".") ?? "claims");
  const { jti, iat, sid, sub } = claims.data;
  if (sid === undefined && sub === undefined) return refuse("invalid_request", "sid");
  if (!checks.used.firstUse(jti, iat + maximumAge + tolerance, checks.now)) return refuse("invalid_request", "jti");
  return accept(sid === undefined ? { subject: sub ?? "" } : { sid });
}

async function verifySignature(token: string, { issuer, audience, keys, now }: LogoutTokenChecks): Promise<Verdict<object>> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      // No other token of the provider can be passed off as a logout token.
      typ: "logout+jwt",
      algorithms: ["ES256"],
      requiredClaims: ["iat", "exp", "jti"],
      maxTokenAge: maximumAge,
      clockTolerance: tolerance,
      currentDate: new Date(now * 1000),
    });
    return accept(payload);
  } catch (error) {
    const code = joseRefusal(error);
    if (code === null) throw new Refusal("service_unavailable", "provider keys");
    return refuse("invalid_request", code);
  }
}
