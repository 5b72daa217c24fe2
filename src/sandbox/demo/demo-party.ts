import { createServer } from "node:http";
import { exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";
import { orThrow } from "../../errors.ts";
import { addRelyingParty, metadataOf } from "../../relying-parties/index.ts";
import type { Bridge } from "../../cli/bridge.ts";
import { closeServer, listenOnLoopback } from "../loopback.ts";
import { freePort } from "../sandbox-configuration.ts";

/** A relying party for the demo: openid-client with PAR, private_key_jwt and DPoP, and a page that says where the browser is. */
export interface DemoParty {
  begin(): Promise<string>;
  /** Waits for the browser to come back, then exchanges the code and reads userinfo. */
  finish(): Promise<{ idToken: Record<string, unknown>; userinfo: Record<string, unknown> }>;
  close(): Promise<void>;
}

export async function startDemoParty(bridge: Bridge, issuer: string): Promise<DemoParty> {
  const port = await freePort();
  const redirectUri = `http://localhost:${port}/callback`;
  const keys = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "demo", use: "sig", alg: "ES256" };
  const registration = metadataOf({ clientId: "demo", name: "Demo", redirectUris: [redirectUri], authentication: "private_key_jwt", jwks: { keys: [jwk] }, requirePushedRequests: true, dpopBound: true });
  await addRelyingParty(bridge.storage, orThrow(registration), bridge.clock());
  const config = await client.discovery(new URL(issuer), "demo", { id_token_signed_response_alg: "ES256" }, client.PrivateKeyJwt({ key: keys.privateKey, kid: "demo" }), { execute: [client.allowInsecureRequests] });
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

  let arrived: (url: URL) => void = () => undefined;
  let arrival = Promise.resolve(new URL(redirectUri));
  let expected = { pkceCodeVerifier: "", expectedState: "", expectedNonce: "", idTokenExpected: true };
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8").end("<!doctype html><html lang=en><title>Demo</title><h1>Signed in</h1>");
    const url = new URL(request.url ?? "/", redirectUri);
    if (url.pathname === "/callback") arrived(url);
  });
  await listenOnLoopback(server, port);

  return {
    begin: async () => {
      const verifier = client.randomPKCECodeVerifier();
      expected = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
      arrival = new Promise((resolve) => {
        arrived = resolve;
      });
      const url = await client.buildAuthorizationUrlWithPAR(config, {
        redirect_uri: redirectUri, scope: "openid", state: expected.expectedState, nonce: expected.expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
        acr_values: "urn:jpki-bridge:ial3-aal2", ui_locales: "en",
      }, { DPoP });
      return url.href;
    },
    finish: async () => {
      const tokens = await client.authorizationCodeGrant(config, await arrival, expected, undefined, { DPoP });
      const idToken = tokens.claims();
      if (idToken === undefined) throw new Error("no ID token");
      const userinfo = await client.fetchUserInfo(config, tokens.access_token, idToken.sub, { DPoP });
      return { idToken: { ...idToken }, userinfo: { ...userinfo } };
    },
    close: () => closeServer(server),
  };
}
