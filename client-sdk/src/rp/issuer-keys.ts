import { createRemoteJWKSet, customFetch, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from "jose";

/** Finds the key of an issuer by which a token was signed. Any `JWTVerifyGetKey` of jose will do. */
export type IssuerKeys = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/** How keys are fetched, and how often at most. */
export interface IssuerKeysOptions {
  /** Instead of the platform's `fetch`, such as one with a proxy. */
  readonly fetch?: (url: string, options: RequestInit) => Promise<Response>;
  /** Seconds to wait for the key set; 5 unless told. */
  readonly patience?: number;
  /** Seconds for which a key set is used without asking again; 600 unless told. */
  readonly freshness?: number;
  /** Seconds between two questions because of keys that are not known; 30 unless told. */
  readonly pause?: number;
}

/**
 * The keys at an issuer's `jwks_uri`, kept for the life of the process: make it once. An unknown `kid` has
 * the key set fetched anew, as a rotation demands, but only once in `pause`, so that forged tokens cannot
 * make us ask the issuer as often as they come.
 */
export function issuerKeys(jwksUri: string, { fetch, patience = 5, freshness = 600, pause = 30 }: IssuerKeysOptions = {}): IssuerKeys {
  return createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: patience * 1000,
    cacheMaxAge: freshness * 1000,
    cooldownDuration: pause * 1000,
    ...(fetch !== undefined && { [customFetch]: fetch }),
  });
}
