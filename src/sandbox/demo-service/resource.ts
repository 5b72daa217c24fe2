import { calculateJwkThumbprint, EmbeddedJWK, type JWK, type JWTVerifyGetKey, jwtVerify } from "jose";
import { z } from "zod";
import { toBase64Url, utf8 } from "../../bytes.ts";
import { Refusal } from "../../errors.ts";
import { joseRefusal } from "./jose-failure.ts";
import type { ReplayGuard } from "./replay-guard.ts";

/** A call of the API, as it came in. */
export interface ApiCall {
  readonly method: string;
  /** The URL that the caller meant, without query and fragment (RFC 9449 4.3). */
  readonly url: string;
  readonly authorization: string;
  readonly proof: string;
}

export interface AccessChecks {
  readonly issuer: string;
  readonly audience: string;
  readonly scope: string;
  readonly keys: JWTVerifyGetKey;
  readonly used: ReplayGuard;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** What the access token says of its person, for the answer. */
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>;

export type AccessVerdict =
  | { readonly valid: true; readonly claims: AccessTokenClaims }
  | { readonly valid: false; readonly status: 401 | 403; readonly error: "invalid_token" | "invalid_dpop_proof" | "insufficient_scope" | null; readonly at: string };

/** Seconds that a proof may be old, or from a clock that is ahead. */
const proofWindow = 60;
const signatureAlgorithms = ["ES256"];

const accessTokenClaims = z.looseObject({
  sub: z.string(),
  client_id: z.string(),
  scope: z.string().default(""),
  exp: z.number(),
  cnf: z.object({ jkt: z.string() }),
});
const proofClaims = z.object({ jti: z.string().min(1).max(200), htm: z.string(), htu: z.string(), iat: z.number(), ath: z.string() });

const refuse = (error: "invalid_token" | "invalid_dpop_proof", at: string) => ({ valid: false, status: 401, error, at }) as const;

/**
 * Decides on a call with a DPoP-bound JWT access token (RFC 9068 4, RFC 9449 4.3 and 7.1). Throws
 * `service_unavailable` when the provider's keys cannot be had.
 */
export async function verifyAccess(call: ApiCall, checks: AccessChecks): Promise<AccessVerdict> {
  const [scheme, token, ...rest] = call.authorization.split(" ");
  if (scheme === undefined || scheme === "") return { valid: false, status: 401, error: null, at: "authorization" };
  if (scheme.toLowerCase() !== "dpop" || token === undefined || rest.length > 0) return refuse("invalid_token", "scheme");
  const access = await verifyToken(token, checks);
  if ("refused" in access) return refuse("invalid_token", access.refused);
  const problem = await proofProblem(call, token, access.claims.cnf.jkt, checks);
  if (problem !== null) return refuse("invalid_dpop_proof", problem);
  if (!access.claims.scope.split(" ").includes(checks.scope)) return { valid: false, status: 403, error: "insufficient_scope", at: "scope" };
  return { valid: true, claims: access.claims };
}

async function verifyToken(token: string, { issuer, audience, keys, now }: AccessChecks): Promise<{ claims: AccessTokenClaims } | { refused: string }> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      typ: "at+jwt",
      algorithms: signatureAlgorithms,
      requiredClaims: ["exp", "iat", "jti"],
      currentDate: new Date(now * 1000),
    });
    const claims = accessTokenClaims.safeParse(payload);
    return claims.success ? { claims: claims.data } : { refused: claims.error.issues[0]?.path.join(".") ?? "claims" };
  } catch (error) {
    const code = joseRefusal(error);
    if (code === null) throw new Refusal("service_unavailable", "provider keys");
    return { refused: code };
  }
}

/** What is wrong with the proof, or null. It is used up only when everything else about it is right. */
async function proofProblem(call: ApiCall, token: string, jkt: string, { now, used }: AccessChecks): Promise<string | null> {
  const verified = await verifyProof(call.proof, now);
  if ("refused" in verified) return verified.refused;
  const { claims, key } = verified;
  if (claims.htm !== call.method) return "htm";
  if (!URL.canParse(claims.htu) || withoutQuery(claims.htu) !== call.url) return "htu";
  if (Math.abs(now - claims.iat) > proofWindow) return "iat";
  if (claims.ath !== toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(token))))) return "ath";
  if ((await calculateJwkThumbprint(key)) !== jkt) return "jkt";
  return used.firstUse(`${jkt} ${claims.jti}`, claims.iat + proofWindow + 1, now) ? null : "jti";
}

async function verifyProof(proof: string, now: number): Promise<{ claims: z.infer<typeof proofClaims>; key: JWK } | { refused: string }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", algorithms: signatureAlgorithms, currentDate: new Date(now * 1000) });
    const claims = proofClaims.safeParse(payload);
    if (!claims.success) return { refused: claims.error.issues[0]?.path.join(".") ?? "claims" };
    return { claims: claims.data, key: protectedHeader.jwk ?? {} };
  } catch (error) {
    return { refused: joseRefusal(error) ?? "proof" };
  }
}

function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}
