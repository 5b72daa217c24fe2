import { base64url, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import { systemClock, tolerance } from "./clock.ts";

/** What came with an ID token. */
export interface IdTokenCompany {
  readonly accessToken: string;
  /** The authorization code that both were given for; not after a refresh. */
  readonly code?: string;
  /** The clock, in seconds since the epoch. */
  readonly now?: () => number;
}

/** Why an ID token does not belong to what came with it. */
export type IdTokenProblem =
  /** Nothing to read. */
  | "malformed"
  /** Issued in the future. */
  | "premature"
  /** It belongs to another access token. */
  | "at_hash"
  /** It belongs to another code. */
  | "c_hash";

/** Whether the ID token belongs to what came with it. */
export type IdTokenVerdict = { readonly valid: true } | { readonly valid: false; readonly reason: IdTokenProblem };

/**
 * Checks of an ID token that client libraries leave out in the code flow: that it was not issued in the future, and
 * `at_hash` and `c_hash` where they are there (OpenID Connect Core 3.1.3.8, 3.3.2.11). The library must have verified
 * the token before.
 */
export async function checkIdToken(idToken: string, { accessToken, code, now = systemClock }: IdTokenCompany): Promise<IdTokenVerdict> {
  const read = readToken(idToken);
  if (read === null) return invalid("malformed");
  const { bits, claims } = read;
  if (typeof claims.iat !== "number" || claims.iat > now() + tolerance) return invalid("premature");
  if (claims["at_hash"] !== undefined && claims["at_hash"] !== (await halfHash(bits, accessToken))) return invalid("at_hash");
  if (claims["c_hash"] !== undefined && code !== undefined && claims["c_hash"] !== (await halfHash(bits, code))) return invalid("c_hash");
  return { valid: true };
}

const invalid = (reason: IdTokenProblem): IdTokenVerdict => ({ valid: false, reason });

/** The hash function is that of the token's signature. */
function readToken(idToken: string): { readonly bits: string; readonly claims: JWTPayload } | null {
  try {
    const bits = /^(?:ES|RS|PS)(?<bits>256|384|512)$/u.exec(decodeProtectedHeader(idToken).alg ?? "")?.groups?.["bits"];
    return bits === undefined ? null : { bits, claims: decodeJwt(idToken) };
  } catch {
    return null;
  }
}

/** The left half of the digest, in base64url. */
async function halfHash(bits: string, text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${bits}`, new TextEncoder().encode(text)));
  return base64url.encode(digest.subarray(0, digest.length / 2));
}
