import { exportJWK } from "jose";
import * as oauth from "oauth4webapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let as: oauth.AuthorizationServer;
beforeAll(async () => {
  world = await startWorld();
  const issuer = new URL(world.issuer);
  as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { [oauth.allowInsecureRequests]: true }));
});
afterAll(() => world.close());

const insecure = { [oauth.allowInsecureRequests]: true } as const;
const redirectUri = "http://localhost:4999/callback";

interface Party {
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly signing: oauth.PrivateKey;
  readonly dpop: { readonly DPoP: oauth.DPoPHandle };
}

async function register(algorithm: "ES256" | "PS256" | "Ed25519", messageSigning: boolean): Promise<Party> {
  const clientId = `fapi-${algorithm}-${messageSigning ? "signed" : "plain"}`;
  const keys = await oauth.generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "1", use: "sig" };
  const metadata = orThrow(metadataOf({
    clientId, name: "A bank", redirectUris: [redirectUri], postLogoutRedirectUris: [redirectUri],
    authentication: "private_key_jwt", jwks: { keys: [jwk] }, profile: "fapi2", messageSigning, clientAlgorithm: algorithm,
  }));
  await addRelyingParty(world.bridge.storage, metadata, world.now());
  const signing = { key: keys.privateKey, kid: "1" };
  const client: oauth.Client = {
    client_id: clientId, id_token_signed_response_alg: "ES256",
    authorization_signed_response_alg: "ES256", introspection_signed_response_alg: "ES256",
  };
  const dpop = { DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) };
  return { client, authentication: oauth.PrivateKeyJwt(signing), signing, dpop };
}

const rows: { readonly algorithm: "ES256" | "PS256" | "Ed25519"; readonly messageSigning: boolean }[] = [
  { algorithm: "ES256", messageSigning: false },
  { algorithm: "ES256", messageSigning: true },
  { algorithm: "PS256", messageSigning: true },
  { algorithm: "Ed25519", messageSigning: true },
];

interface SignIn {
  readonly person: Person;
  readonly callback: URL;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

/** Pushes a request, signed or not, and lets a new person enrol in it. */
async function signIn({ client, authentication, signing, dpop }: Party, messageSigning: boolean): Promise<SignIn> {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const parameters = new URLSearchParams({
    client_id: client.client_id, redirect_uri: redirectUri, response_type: "code", scope: "openid", state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
    ...(messageSigning && { response_mode: "jwt" }),
  });
  const request = messageSigning
    ? new URLSearchParams({ client_id: client.client_id, request: await oauth.issueRequestObject(as, client, parameters, signing) })
    : parameters;
  const pushed = await oauth.processPushedAuthorizationResponse(as, client, await oauth.pushedAuthorizationRequest(as, client, authentication, request, { ...dpop, ...insecure }));
  expect(pushed.expires_in).toBeLessThan(600);

  const person = newPerson();
  const page = await person.browser.open(`${as.authorization_endpoint}?${new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri })}`);
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return");
  return { person, callback: new URL(await reachCallback(person, await returnToBrowser(person, outcome.return_url))), verifier, state, nonce };
}

describe("oauth4webapi under FAPI 2.0", () => {
  test.each(rows)("sign-in, userinfo, refresh, introspection and logout with $algorithm, message signing: $messageSigning", async ({ algorithm, messageSigning }) => {
    const party = await register(algorithm, messageSigning);
    const { client, authentication, dpop } = party;
    const { person, callback, verifier, state, nonce } = await signIn(party, messageSigning);
    expect([...callback.searchParams.keys()].toSorted()).toEqual(messageSigning ? ["response"] : ["code", "iss", "state"]);
    const answer = messageSigning
      ? await oauth.validateJwtAuthResponse(as, client, callback, state, insecure)
      : oauth.validateAuthResponse(as, client, callback, state);

    const exchanged = await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, redirectUri, verifier, { ...dpop, ...insecure });
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, exchanged, { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(as, exchanged, insecure);
    expect(tokens.token_type).toBe("dpop");
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    expect(claims).toMatchObject({ fal: 3 });
    const subject = claims?.sub ?? "";

    const userinfo = await oauth.userInfoRequest(as, client, tokens.access_token, { ...dpop, ...insecure });
    expect(await oauth.processUserInfoResponse(as, client, subject, userinfo)).toMatchObject({ sub: subject, fal: 3 });

    const refreshToken = tokens.refresh_token ?? "";
    for (const _ of ["once", "again: FAPI 2.0 does not rotate"]) {
      const refreshed = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, { ...dpop, ...insecure });
      expect(await oauth.processRefreshTokenResponse(as, client, refreshed)).toMatchObject({ refresh_token: refreshToken, token_type: "dpop" });
    }

    const introspected = await oauth.introspectionRequest(as, client, authentication, tokens.access_token, { ...insecure, requestJwtResponse: messageSigning });
    expect(introspected.headers.get("content-type")).toContain(messageSigning ? "application/token-introspection+jwt" : "application/json");
    expect(await oauth.processIntrospectionResponse(as, messageSigning ? client : { client_id: client.client_id }, introspected)).toMatchObject({ active: true, sub: subject, cnf: { jkt: expect.any(String) }, fal: 3 });
    if (messageSigning) await oauth.validateApplicationLevelSignature(as, introspected, insecure);

    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, refreshToken, insecure));
    const revoked = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, { ...dpop, ...insecure });
    await expect(oauth.processRefreshTokenResponse(as, client, revoked)).rejects.toMatchObject({ error: "invalid_grant" });

    const logout = new URLSearchParams({ id_token_hint: tokens.id_token ?? "", post_logout_redirect_uri: redirectUri, state });
    const question = await person.browser.open(`${as.end_session_endpoint}?${logout}`, { headers: { accept: "text/html" } });
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(question.text)?.[1] ?? "";
    const ended = await person.browser.submit(question, "/sign-out/confirm", { xsrf, logout: "yes" });
    expect(ended.headers.get("location")).toBe(`${redirectUri}?state=${state}`);
  });
});
