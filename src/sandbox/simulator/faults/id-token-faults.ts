import { type OpenToken, openToken, type Signer } from "../signer.ts";
import { membersOf, withJson } from "../wire.ts";
import type { Fault, FaultTools } from "./fault.ts";

type Forge = (token: OpenToken, tools: FaultTools) => string | Promise<string>;

function idToken(name: string, description: string, expected: string, forge: Forge): Fault {
  return {
    name, at: "token", description, expected,
    tamper: async (answer, tools) => {
      const members = membersOf(answer);
      const token = members["id_token"];
      return typeof token === "string" ? withJson(answer, { ...members, id_token: await forge(openToken(token), tools) }) : answer;
    },
  };
}

type Claims = OpenToken["claims"];

/** Other claims under a right signature; `undefined` takes a claim away. */
function claims(name: string, description: string, expected: string, change: (claims: Claims, tools: FaultTools) => Claims): Fault {
  return idToken(name, description, expected, (token, tools) => tools.signer.byProvider({ ...token, claims: { ...token.claims, ...change(token.claims, tools) } }));
}

/** Right claims under another signature. */
function signature(name: string, description: string, expected: string, sign: (signer: Signer, token: OpenToken) => string | Promise<string>): Fault {
  return idToken(name, description, expected, (token, { signer }) => sign(signer, token));
}

const membersIn = (value: unknown): Claims => (typeof value === "object" && value !== null ? (value as Claims) : {});
const refuse = "Refuse the ID token, open no session";

/** Changes of the `assurance` claim's evidence. */
const evidence = (claims: Claims, change: Claims): Claims => {
  const assurance = membersIn(claims["assurance"]);
  return { assurance: { ...assurance, evidence: { ...membersIn(assurance["evidence"]), ...change } } };
};

const core = "OpenID Connect Core 3.1.3.7";

/** Faults of the ID token's signature and form. */
const signatureFaults: readonly Fault[] = [
  signature("signature_wrong", "Signed by another key under the provider's kid.", `${refuse} (${core} (6)). Signatures must be checked, even though the token came over TLS.`, (signer, token) => signer.byStranger(token)),
  signature("kid_unknown", "Signed by a key that is not in the key set.", `Fetch the key set once more, then refuse (${core} (6)).`, (signer, { header, claims }) => signer.byStranger({ header: { ...header, kid: "made-up" }, claims })),
  signature("alg_none", "Not signed at all.", `${refuse} (${core} (7)).`, (signer, token) => signer.unsigned(token)),
  signature("alg_hs256", "Signed by HMAC with the public key for a secret.", `${refuse}: the algorithm is the registered one (${core} (7), (8)).`, (signer, token) => signer.byPublicKey(token)),
  signature("critical_header", "The header names a critical extension that nobody knows.", `${refuse} (RFC 7515 4.1.11).`, async (signer, { header, claims }) => {
    const [, payload, tail] = (await signer.byProvider({ header, claims })).split(".");
    return [Buffer.from(JSON.stringify({ ...header, crit: ["urn:unknown"], "urn:unknown": true })).toString("base64url"), payload, tail].join(".");
  }),
  signature("id_token_malformed", "Two parts in place of three.", `${refuse}.`, async (signer, token) => (await signer.byProvider(token)).split(".").slice(0, 2).join(".")),
  signature("jwks_rotated", "The provider signs with a new key, which its key set has from now on.", "Fetch the key set once more, and go on: this is a normal rotation.", (signer, token) => signer.byNewKey(token)),
];

/** Faults of its claims. */
const claimFaults: readonly Fault[] = [
  claims("nonce_wrong", "The nonce is not the one that was sent: a replayed token.", `${refuse} (${core} (11)).`, () => ({ nonce: "wrong" })),
  claims("nonce_missing", "The nonce is missing.", `${refuse} (${core} (11)).`, () => ({ nonce: undefined })),
  claims("aud_wrong", "Meant for another client.", `${refuse} (${core} (3)).`, () => ({ aud: "another-client" })),
  claims("azp_wrong", "Meant for several, and issued to another client.", `${refuse} (${core} (4), (5)).`, ({ aud }) => ({ aud: [aud, "another-client"], azp: "another-client" })),
  claims("id_token_iss_wrong", "From another issuer.", `${refuse} (${core} (2)).`, () => ({ iss: "https://attacker.example" })),
  claims("id_token_iss_missing", "No issuer.", `${refuse} (${core} (2)).`, () => ({ iss: undefined })),
  claims("sub_missing", "Nobody is named.", `${refuse}.`, () => ({ sub: undefined })),
  claims("expired", "Expired an hour ago.", `${refuse} (${core} (9)).`, (_, { now }) => ({ iat: now - 7200, exp: now - 3600 })),
  claims("exp_missing", "It never ends.", `${refuse}.`, () => ({ exp: undefined })),
  claims("not_yet_valid", "Not valid before an hour from now.", `${refuse} (RFC 7519 4.1.5).`, (_, { now }) => ({ nbf: now + 3600 })),
  claims("iat_future", "Issued an hour from now.", `${refuse} (${core} (10)): one of the clocks is wrong, or the token is made up.`, (_, { now }) => ({ iat: now + 3600, exp: now + 7200 })),
  claims("iat_missing", "Nobody says when it was issued.", `${refuse}.`, () => ({ iat: undefined })),
  claims("at_hash_wrong", "Belongs to another access token.", `${refuse}, do not use the access token (${core}.8).`, () => ({ at_hash: "AAAAAAAAAAAAAAAAAAAAAA" })),
  claims("c_hash_wrong", "Belongs to another code.", `${refuse} (OpenID Connect Core 3.3.2.10).`, () => ({ c_hash: "AAAAAAAAAAAAAAAAAAAAAA" })),
  claims("auth_time_old", "The person was authenticated a day ago, longer than max_age allows.", "If max_age was asked for: ask again with prompt=login (OpenID Connect Core 3.1.3.7 (13)).", (_, { now }) => ({ auth_time: now - 86_400 })),
  claims("auth_time_missing", "Nobody says when the person was authenticated.", "If max_age was asked for: refuse.", () => ({ auth_time: undefined })),
];

/** Faults of its levels: a valid token that says too little. */
const assuranceFaults: readonly Fault[] = [
  claims("acr_lower", "A lower acr than was asked for: the request is no promise.", "Compare acr with what was asked for, and refuse what needs more (OpenID Connect Core 3.1.3.7 (12)).", () => ({ acr: "urn:jpki-bridge:ial1-aal1" })),
  claims("acr_missing", "No acr.", "Where a level was asked for, refuse.", () => ({ acr: undefined })),
  claims("ial_lower", "The identity is no longer proved: IAL 1.", "Refuse what needs a proved identity.", () => ({ ial: 1 })),
  claims("aal_lower", "AAL 1: the authentication is weak.", "Refuse what needs a strong authentication, or ask for it by acr_values.", () => ({ aal: 1 })),
  claims("fal_lower", "FAL 1: the token could have been taken on its way.", "Refuse what needs a protected token.", () => ({ fal: 1 })),
  claims("status_revoked", "The certificate behind the identity is revoked.", "Refuse what needs a proved identity, whatever the levels say.", (claims) => evidence(claims, { status: "revoked" })),
  claims("status_old", "The certificate's status was last known a month ago.", "Where the age of the status matters, refuse; register maximum_status_age.", (claims, { now }) => evidence(claims, { status_time: now - 30 * 86_400 })),
];

export const idTokenFaults: readonly Fault[] = [...signatureFaults, ...claimFaults, ...assuranceFaults];
