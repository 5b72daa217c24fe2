import { decodeJwt } from "jose";
import { errors, type KoaContextWithOIDC } from "oidc-provider";
import type { Clock } from "../../clock.ts";

/** A JWT whose iat or nbf lies further ahead is refused (FAPI 2.0 Security Profile 5.3.2.1). */
export const clockAhead = 60;

/** Whether a JWT says of itself that it was made, or begins, in the future. */
export function isFromTheFuture({ iat, nbf }: Readonly<Record<string, unknown>>, now: number): boolean {
  return [iat, nbf].some((time) => typeof time === "number" && time > now + clockAhead);
}

/**
 * No DPoP proof requires a nonce; one from the future is refused, whoever sends it. The library takes
 * it for five minutes either way, but remembers it for five minutes only: it could be used again when
 * its own time has come. This is the one hook that sees every proof before it counts.
 */
export function requireNoNonce(clock: Clock): (ctx: KoaContextWithOIDC) => boolean {
  return (ctx) => {
    if (isFromTheFuture(claimsOf(ctx.get("DPoP")), clock())) throw new errors.InvalidDpopProof("DPoP proof iat lies in the future");
    return false;
  };
}

function claimsOf(proof: string): Readonly<Record<string, unknown>> {
  try {
    return decodeJwt(proof);
  } catch {
    // What cannot be read is refused by the library, in its words.
    return {};
  }
}
