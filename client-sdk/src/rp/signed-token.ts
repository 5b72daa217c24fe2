import { errors, jwtVerify } from "jose";
import { systemClock, tolerance } from "./clock.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { Members } from "./json.ts";

/**
 * Remembers that a token was used: true the first time it is called with this id, false for ever after until
 * `until` (seconds since the epoch). It must be one step, such as an insert that a unique key refuses:
 * two deliveries may come at once.
 */
export type RememberToken = (id: string, until: number) => boolean | Promise<boolean>;

/** What a token is held against. */
export interface TokenChecks {
  /** The issuer identifier, as in discovery. */
  readonly issuer: string;
  /** Who it must be meant for: of a logout token the `client_id`, of a security event token the stream's `aud`. */
  readonly audience: string;
  /** Usually {@link issuerKeys}. */
  readonly keys: IssuerKeys;
  readonly remember: RememberToken;
  /** Signature algorithms that are taken; ES256 and RS256 unless told. Never a symmetric one, whatever is told. */
  readonly algorithms?: readonly string[];
  /** Seconds that a token may be old: 150 for a logout token, 14 days for a security event token unless told. */
  readonly maximumAge?: number;
  /** The clock, in seconds since the epoch. */
  readonly now?: () => number;
}

/** Why a token was not taken. */
export type TokenRefusal =
  /** Not a JWS, or a member is missing or of the wrong form. */
  | "malformed"
  /** `none`, a symmetric algorithm, or one that is not listed. */
  | "algorithm"
  /** Another kind of token, by its `typ`. */
  | "type"
  /** The issuer has no such key. */
  | "unknown_key"
  | "signature"
  | "issuer"
  | "audience"
  | "expired"
  /** Issued too long ago. */
  | "stale"
  /** Issued in the future. */
  | "premature"
  /** A claim that this kind of token must not have. */
  | "forbidden_claim"
  /** The events that make this kind of token are missing. */
  | "events"
  /** It says of nobody whom it is about. */
  | "subject"
  /** Used before. For a security event that is delivered again, this is no failure: acknowledge it. */
  | "replayed"
  /** Nothing was decided: the issuer's keys cannot be had. Answer 503, not 400. */
  | "keys_unavailable";

export type Refused = { readonly valid: false; readonly reason: TokenRefusal };
export const refused = (reason: TokenRefusal): Refused => ({ valid: false, reason });

const asymmetric = /^(?:ES|RS|PS)(?:256|384|512)$|^EdDSA$|^Ed25519$/u;

/** Signature, type, issuer, audience and age of a JWT, with `iat` and `jti` of the right form. Nothing was remembered yet. */
export async function verifySigned(token: string, type: string, checks: TokenChecks, maximumAge: number): Promise<Refused | { readonly valid: true; readonly payload: Members; readonly jti: string; readonly iat: number }> {
  const { issuer, audience, algorithms = ["ES256", "RS256"], now = systemClock } = checks;
  const time = now();
  try {
    const { payload } = await jwtVerify(token, checks.keys, {
      issuer, audience,
      typ: type,
      algorithms: algorithms.filter((algorithm) => asymmetric.test(algorithm)),
      currentDate: new Date(time * 1000),
      clockTolerance: tolerance,
    });
    const { iat, jti } = payload;
    if (typeof iat !== "number" || typeof jti !== "string" || jti === "") return refused("malformed");
    if (iat > time + tolerance) return refused("premature");
    if (iat < time - tolerance - maximumAge) return refused("stale");
    return { valid: true, payload, jti, iat };
  } catch (error) {
    return refused(reasonOf(error));
  }
}

/** Uses the token up: the last check, so that one that is refused is not remembered. */
export async function isFirstUse({ issuer, remember }: TokenChecks, { jti, iat }: { jti: string; iat: number }, maximumAge: number): Promise<boolean> {
  return remember(`${issuer} ${jti}`, Math.ceil(iat + maximumAge + 2 * tolerance));
}

const reasons: Readonly<Record<string, TokenRefusal>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: "algorithm",
  ERR_JWKS_NO_MATCHING_KEY: "unknown_key",
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: "unknown_key",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "signature",
  ERR_JWT_EXPIRED: "expired",
  // A critical header that nobody here knows.
  ERR_JOSE_NOT_SUPPORTED: "malformed",
  ERR_JWS_INVALID: "malformed",
  ERR_JWT_INVALID: "malformed",
};
const claims: Readonly<Record<string, TokenRefusal>> = { typ: "type", iss: "issuer", aud: "audience", nbf: "premature" };

/** Whatever is no verdict about the token is about the keys. */
function reasonOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTClaimValidationFailed) return claims[error.claim] ?? "malformed";
  return (error instanceof errors.JOSEError ? reasons[error.code] : undefined) ?? "keys_unavailable";
}
