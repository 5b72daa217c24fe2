import { createLocalJWKSet, decodeJwt, type JWK, type JWTPayload, jwtVerify } from "jose";
import { Refusal } from "../errors.ts";
import type { RegistrationPolicy } from "./client-metadata.ts";

/** Who may vouch for software, by public keys. */
export interface StatementIssuer {
  /** `iss` of its statements. */
  readonly issuer: string;
  readonly keys: readonly JWK[];
  readonly policy: RegistrationPolicy;
}

export interface SoftwareStatement {
  readonly issuer: StatementIssuer;
  /** Under which it counts once. */
  readonly jti: string;
  readonly expiresAt: number;
  /** Metadata that the issuer stands for: they go before what the client says itself (RFC 7591 2.3). */
  readonly metadata: JWTPayload;
}

/**
 * Checks a software statement (RFC 7591 2.3). It must name the redirect URIs, so that whoever gets hold of it can
 * register nothing for themselves; and `jti` and `exp`, since each counts once.
 * @throws Refusal `unapproved_software_statement` by an issuer nobody named, else `invalid_software_statement`.
 */
export async function readSoftwareStatement(statement: string, issuers: readonly StatementIssuer[], now: number): Promise<SoftwareStatement> {
  const issuer = issuers.find((each) => each.issuer === claimedIssuer(statement));
  if (issuer === undefined) throw new Refusal("unapproved_software_statement", "software_statement: of no issuer that the operator named");
  const verified = await jwtVerify(statement, createLocalJWKSet({ keys: [...issuer.keys] }), {
    issuer: issuer.issuer, algorithms: ["ES256", "PS256", "EdDSA"], requiredClaims: ["jti", "iat", "exp", "redirect_uris"], clockTolerance: 30, currentDate: new Date(now * 1000),
  }).catch(() => null);
  if (verified === null) throw new Refusal("invalid_software_statement", "software_statement: signature, time or a claim (jti, iat, exp, redirect_uris) does not hold");
  const { iss: _iss, jti = "", iat: _iat, exp = 0, nbf: _nbf, aud: _aud, sub: _sub, ...metadata } = verified.payload;
  return { issuer, jti, expiresAt: exp, metadata };
}

function claimedIssuer(statement: string): unknown {
  try {
    return decodeJwt(statement).iss;
  } catch {
    throw new Refusal("invalid_software_statement", "software_statement: is not a signed JWT");
  }
}
