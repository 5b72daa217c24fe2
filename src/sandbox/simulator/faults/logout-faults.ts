import type { OpenToken, Signer } from "../signer.ts";
import type { FaultFacts } from "./fault.ts";

const event = "http://schemas.openid.net/event/backchannel-logout";
const specification = "OpenID Connect Back-Channel Logout 1.0, 2.6";

/** A logout token that a relying party must answer with 400. */
export interface LogoutFault extends FaultFacts {
  readonly at: "logout_token";
  readonly forge: (token: OpenToken, signer: Signer) => string | Promise<string>;
  /** Sent twice: the first is right. */
  readonly twice?: true;
}

function forged(name: string, description: string, forge: LogoutFault["forge"]): LogoutFault {
  return { name: `logout_${name}`, at: "logout_token", description, expected: `Answer 400, end no session (${specification}).`, forge };
}

const claims = (name: string, description: string, change: (now: number) => Record<string, unknown>): LogoutFault =>
  forged(name, description, (token, signer) => signer.byProvider({ ...token, claims: { ...token.claims, ...change(Number(token.claims["iat"])) } }));

const header = (name: string, description: string, change: Record<string, unknown>): LogoutFault =>
  forged(name, description, (token, signer) => signer.byProvider({ ...token, header: { ...token.header, ...change } }));

/** Faults of a logout token, each to be refused. */
export const logoutFaults: readonly LogoutFault[] = [
  forged("signature_wrong", "Signed by another key under the provider's kid.", (token, signer) => signer.byStranger(token)),
  forged("kid_unknown", "Signed by a key that is not in the key set.", ({ header, claims }, signer) => signer.byStranger({ header: { ...header, kid: "made-up" }, claims })),
  forged("alg_none", "Not signed at all.", (token, signer) => signer.unsigned(token)),
  forged("alg_hs256", "Signed by HMAC with the public key for a secret.", (token, signer) => signer.byPublicKey(token)),
  header("typ_wrong", "The type of an ID token.", { typ: "JWT" }),
  claims("iss_wrong", "From another issuer.", () => ({ iss: "https://attacker.example" })),
  claims("aud_wrong", "Meant for another client.", () => ({ aud: "another-client" })),
  claims("nonce", "It has a nonce: an ID token passed off as a logout token.", () => ({ nonce: "n" })),
  claims("events_missing", "No events.", () => ({ events: undefined })),
  claims("events_wrong", "Another event.", () => ({ events: { "https://attacker.example/event": {} } })),
  claims("subject_missing", "Neither sub nor sid.", () => ({ sub: undefined, sid: undefined })),
  claims("expired", "Expired an hour ago.", (now) => ({ iat: now - 7200, exp: now - 3600 })),
  claims("iat_future", "Issued an hour from now.", (now) => ({ iat: now + 3600, exp: now + 7200 })),
  claims("jti_missing", "Nothing to tell a replay by.", () => ({ jti: undefined })),
  { ...forged("replayed", "The same token a second time.", (token, signer) => signer.byProvider(token)), twice: true },
];

/** A logout token as the bridge makes it (OpenID Connect Back-Channel Logout 1.0, 2.4). */
export function honestLogoutToken({ issuer, clientId, subject, sid, kid, now, jti }: { issuer: string; clientId: string; subject: string; sid: string | undefined; kid: string; now: number; jti: string }): OpenToken {
  return {
    header: { alg: "ES256", kid, typ: "logout+jwt" },
    claims: { iss: issuer, aud: clientId, iat: now, exp: now + 120, jti, sub: subject, ...(sid !== undefined && { sid }), events: { [event]: {} } },
  };
}
