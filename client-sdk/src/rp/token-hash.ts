import { base64url, decodeJwt, decodeProtectedHeader } from "jose";

/** Whether the ID token was given out together with the access token. */
export type TokenHashVerdict = { readonly matches: true } | { readonly matches: false; readonly reason: "absent" | "different" | "malformed" };

/**
 * Compares `at_hash` of a verified ID token with the access token that came with it (OpenID Connect Core 3.1.3.8).
 * Libraries leave this out in the code flow, where it is optional; the bridge always sends it.
 */
export async function checkTokenHash(idToken: string, accessToken: string): Promise<TokenHashVerdict> {
  const stated = readHash(idToken);
  if (stated === null) return { matches: false, reason: "malformed" };
  if (stated.hash === undefined) return { matches: false, reason: "absent" };
  const digest = new Uint8Array(await crypto.subtle.digest(`SHA-${stated.bits}`, new TextEncoder().encode(accessToken)));
  const expected = base64url.encode(digest.subarray(0, digest.length / 2));
  return stated.hash === expected ? { matches: true } : { matches: false, reason: "different" };
}

/** The hash function is that of the token's signature. */
function readHash(idToken: string): { readonly hash: unknown; readonly bits: string } | null {
  try {
    const bits = /^(?:ES|RS|PS)(?<bits>256|384|512)$/u.exec(decodeProtectedHeader(idToken).alg ?? "")?.groups?.["bits"];
    return bits === undefined ? null : { hash: decodeJwt(idToken)["at_hash"], bits };
  } catch {
    return null;
  }
}
