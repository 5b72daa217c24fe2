import { type OpenToken, openToken } from "../signer.ts";
import { madeUp, membersOf, type WireAnswer, withJson } from "../wire.ts";
import { type Endpoint, type Fault, type FaultTools, otherEndpoints, signInEndpoints } from "./fault.ts";

type Members = Record<string, unknown>;

/** Other members in a JSON answer; `undefined` takes one away. */
function members(name: string, at: Endpoint, description: string, expected: string, change: (members: Members, tools: FaultTools) => Members): Fault {
  return { name, at, description, expected, tamper: (answer, tools) => withJson(answer, { ...membersOf(answer), ...change(membersOf(answer), tools) }) };
}

function instead(name: string, at: Endpoint, description: string, expected: string, answer: WireAnswer): Fault {
  return { name, at, description, expected, instead: () => answer };
}

const refused = (status: number, error: string, headers: WireAnswer["headers"] = {}): WireAnswer =>
  madeUp(status, { error, error_description: "made up by the simulator" }, headers);

const page: WireAnswer = { status: 200, headers: { "content-type": "text/html" }, body: Buffer.from("<!doctype html><title>A proxy's page</title>") };

const tokenFaults: readonly Fault[] = [
  instead("invalid_grant", "token", "The code is not taken: it expired.", "End the sign-in, begin a new one; do not try the code again.", refused(400, "invalid_grant")),
  { name: "code_used_twice", at: "token", description: "The code was used already, by somebody else or by a repeated request: the bridge has used it up, and the answer is lost.", expected: "End the sign-in, begin a new one (RFC 6749 4.1.2).", tamper: () => refused(400, "invalid_grant") },
  { name: "revoked_between", at: "token", description: "The person's certificate is revoked after the code was given out, really: the bridge finds out.", expected: "The answer is invalid_grant: end the sign-in.", before: ({ revokeCertificate }) => revokeCertificate() },
  instead("invalid_client", "token", "The client is no longer known, or its key.", "Tell the operator; trying again does not help.", refused(401, "invalid_client")),
  members("id_token_missing", "token", "No ID token.", "Refuse: nobody is named (OpenID Connect Core 3.1.3.3).", () => ({ id_token: undefined })),
  members("access_token_missing", "token", "No access token.", "Refuse the answer.", () => ({ access_token: undefined })),
  members("token_type_unknown", "token", "A token type that nobody knows.", "Do not use the token (RFC 6749 7.1).", () => ({ token_type: "unheard-of" })),
  instead("token_not_json", "token", "A page of a proxy in place of JSON, with status 200.", "Refuse the answer.", page),
  instead("refresh_revoked", "refresh", "The refresh token was ended: signed out, certificate revoked, or used by somebody else.", "End the session, have the person sign in.", refused(400, "invalid_grant")),
];

const userinfoFaults: readonly Fault[] = [
  members("userinfo_sub_differs", "userinfo", "Speaks of another person than the ID token.", "Do not use the answer (OpenID Connect Core 5.3.2).", () => ({ sub: "somebody-else" })),
  members("userinfo_sub_missing", "userinfo", "Names nobody.", "Do not use the answer.", () => ({ sub: undefined })),
  members("userinfo_lower", "userinfo", "The level fell after the sign-in: IAL 1.", "Check the levels of each answer, the latest counts.", () => ({ ial: 1 })),
  instead("userinfo_not_json", "userinfo", "A page of a proxy in place of JSON.", "Refuse the answer.", page),
  instead("userinfo_refused", "userinfo", "The access token is not taken: ended meanwhile.", "Do not go on with what was known; have the person sign in.", refused(401, "invalid_token", { "www-authenticate": 'Bearer error="invalid_token"' })),
  {
    name: "userinfo_signed_wrongly", at: "userinfo", description: "A signed answer, by a key that the provider does not have.", expected: "Refuse the answer.",
    tamper: async (answer, { signer, issuer }) => {
      const forged = await signer.byStranger({ header: { alg: "ES256", kid: "made-up", typ: "JWT" }, claims: { ...userinfoOf(answer), iss: issuer } });
      return { ...answer, headers: { ...answer.headers, "content-type": "application/jwt" }, body: Buffer.from(forged) };
    },
  },
];

/** Its claims, signed or not. */
function userinfoOf(answer: WireAnswer): OpenToken["claims"] {
  return answer.headers["content-type"] === "application/jwt" ? openToken(Buffer.from(answer.body).toString()).claims : membersOf(answer);
}

const otherFaults: readonly Fault[] = [
  members("discovery_issuer_wrong", "discovery", "The metadata name another issuer.", "Refuse the metadata (OpenID Connect Discovery 4.3).", () => ({ issuer: "https://attacker.example" })),
  instead("discovery_not_json", "discovery", "A page of a proxy in place of the metadata.", "Refuse the metadata, try again later.", page),
  members("jwks_empty", "jwks", "The key set has no key.", "No signature can be checked: refuse the ID token.", () => ({ keys: [] })),
  instead("jwks_not_json", "jwks", "A page of a proxy in place of the key set.", "No signature can be checked: refuse the ID token.", page),
  instead("par_refused", "par", "The pushed request is not taken.", "Do not send the browser anywhere; tell the operator.", refused(400, "invalid_request")),
  members("par_request_uri_missing", "par", "The request was taken, and its URI left out.", "Refuse the answer.", () => ({ request_uri: undefined })),
  members("introspection_inactive", "introspection", "The token counts no longer.", "The API answers 401.", () => ({ active: false })),
];

const everyEndpoint = [...signInEndpoints, ...otherEndpoints];

/** What can happen anywhere. */
const generalFaults: readonly Fault[] = everyEndpoint.flatMap((at): Fault[] => [
  instead(`${at}_server_error`, at, `500 from ${at}.`, "Tell the person to try later; the next try may succeed.", refused(500, "server_error")),
  instead(`${at}_unavailable`, at, `503 from ${at}, with Retry-After.`, "Wait as long as Retry-After says, then try again.", refused(503, "temporarily_unavailable", { "retry-after": "2" })),
  { name: `${at}_slow`, at, description: `${at} answers late: after delay_ms of the order, 10000 unless told.`, expected: "Give up after a few seconds; nobody waits longer.", before: ({ wait }) => wait() },
  { name: `${at}_closes`, at, description: `${at} closes the connection without an answer.`, expected: "As for 500.", instead: () => null },
]);

export const answerFaults: readonly Fault[] = [...tokenFaults, ...userinfoFaults, ...otherFaults, ...generalFaults];
