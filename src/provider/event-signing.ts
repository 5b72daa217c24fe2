import { importJWK, type JWK, SignJWT } from "jose";
import { type KeyAlgorithm, keyAlgorithms } from "./keys-life.ts";

/** A token about an event, ready to be signed. */
export interface UnsignedEventToken {
  /** `typ` of its header. */
  readonly type: "secevent+jwt" | "logout+jwt";
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Signs tokens about events. RS256 is the one algorithm that every receiver has (CAEP Interoperability
 * Profile 1.0 2.6); a logout token is signed as the relying party's ID tokens are (Back-Channel Logout 1.0 2.4).
 */
export type EventSigner = (token: UnsignedEventToken, algorithm?: KeyAlgorithm) => Promise<string>;

export async function createEventSigner({ keys }: { readonly keys: readonly Readonly<Record<string, unknown>>[] }): Promise<EventSigner> {
  const signers = await Promise.all(keyAlgorithms.map(async (alg) => {
    // The key that signs stands before the others of its algorithm.
    const jwk = keys.find((key) => key["alg"] === alg) as JWK | undefined;
    if (jwk === undefined) throw new Error(`no ${alg} key to sign events with`);
    const key = await importJWK(jwk);
    return [alg, ({ type, claims }: UnsignedEventToken) => new SignJWT(claims).setProtectedHeader({ alg, kid: String(jwk.kid), typ: type }).sign(key)] as const;
  }));
  const byAlgorithm = new Map(signers);
  return async (token, algorithm = "RS256") => {
    const sign = byAlgorithm.get(algorithm);
    if (sign === undefined) throw new Error(`no ${algorithm} key to sign events with`);
    return sign(token);
  };
}
