import { createServer } from "node:http";
import { env } from "node:process";
import * as client from "openid-client";

/** A service on openid-client, by its own README. It serves one person. */

const base = `http://localhost:${env.PORT}`;
const configuration = await client.discovery(new URL(env.ISSUER), env.CLIENT_ID, { id_token_signed_response_alg: "ES256" }, client.ClientSecretBasic(env.CLIENT_SECRET), { execute: [client.allowInsecureRequests] });
const [pkceCodeVerifier, expectedState, expectedNonce] = [client.randomPKCECodeVerifier(), client.randomState(), client.randomNonce()];
let tokens = null;

const redirect = (response, location) => response.writeHead(302, { location }).end();
const json = (response, value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));

const routes = {
  "/sign-in": async (_url, response) => redirect(response, client.buildAuthorizationUrl(configuration, {
    redirect_uri: `${base}/callback`, scope: "openid", state: expectedState, nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256",
  }).href),
  "/callback": async (url, response) => {
    tokens = await client.authorizationCodeGrant(configuration, url, { pkceCodeVerifier, expectedState, expectedNonce });
    redirect(response, "/me");
  },
  "/me": async (_url, response) => json(response, { subject: tokens.claims().sub, userinfo: await client.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub) }),
  "/refresh": async (_url, response) => json(response, { before: tokens.access_token, after: (await client.refreshTokenGrant(configuration, tokens.refresh_token)).access_token }),
  "/sign-out": async (_url, response) => {
    const { id_token } = tokens;
    tokens = null;
    redirect(response, client.buildEndSessionUrl(configuration, { id_token_hint: id_token, post_logout_redirect_uri: `${base}/signed-out` }).href);
  },
  "/signed-out": async (_url, response) => json(response, { signedIn: tokens !== null }),
};

createServer((request, response) => {
  const url = new URL(request.url, base);
  routes[url.pathname](url, response).catch((error) => response.writeHead(500).end(String(error.message)));
}).listen(Number(env.PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
