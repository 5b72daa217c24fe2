/**
 * For an app that is itself a client of the bridge, and authenticates by an attestation of its instance
 * (draft-ietf-oauth-attestation-based-client-auth). Off at the bridge unless the operator names attesters.
 */
import { randomBytes, toBase64Url } from "../bytes.ts";
import { signJws } from "./jws.ts";

/** Which instance proves itself to which bridge. */
export interface ClientAttestationPopOptions {
  /** The instance key (P-256) that the attestation names in `cnf`; the platform may hold it. */
  readonly key: CryptoKey;
  /** The bridge's issuer identifier. */
  readonly issuer: string;
  /** From the bridge's challenge endpoint, or its last `OAuth-Client-Attestation-Challenge` header. */
  readonly challenge: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** The value of `OAuth-Client-Attestation-PoP` for one request: it counts once. */
export async function clientAttestationPop({ key, issuer, challenge, now }: ClientAttestationPopOptions): Promise<string> {
  const header = { typ: "oauth-client-attestation-pop+jwt", alg: "ES256" } as const;
  return signJws(key, header, { aud: issuer, jti: toBase64Url(randomBytes(16)), iat: now, challenge });
}
