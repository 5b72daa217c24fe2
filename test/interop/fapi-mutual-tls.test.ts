import * as client from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, reachCallback, returnToBrowser } from "../support/journey.ts";
import { identity, startTlsProxy, type TlsProxy } from "../support/mutual-tls.ts";
import { startWorld, type World } from "../support/world.ts";

let proxy: TlsProxy;
let world: World;
beforeAll(async () => {
  proxy = await startTlsProxy();
  world = await startWorld((file) => ({ ...file, listen: { ...file.listen, trusted_proxies: 1 }, mutual_tls: { origin: proxy.origin, proxies: ["127.0.0.1"] } }));
  proxy.target = `http://127.0.0.1:${world.bridge.address.port}`;
});
afterAll(async () => {
  await world.close();
  await proxy.close();
});

const redirectUri = "http://localhost:4998/callback";
const self = identity("A client's own certificate");

test.each([{ certificateBound: true }, { certificateBound: false }])("openid-client under FAPI 2.0 by a self-signed certificate; tokens bound to it: $certificateBound", async ({ certificateBound }) => {
  const clientId = `mutual-tls-${certificateBound}`;
  const metadata = orThrow(metadataOf({ clientId, name: "A bank", redirectUris: [redirectUri], authentication: "self_signed_tls_client_auth", jwks: { keys: [self.jwk] }, profile: "fapi2", certificateBound }));
  await addRelyingParty(world.bridge.storage, metadata, world.now());
  const config = await client.discovery(new URL(world.issuer), clientId, { use_mtls_endpoint_aliases: true, id_token_signed_response_alg: "ES256" }, client.TlsClientAuth(), {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: proxy.fetchAs(self) as client.CustomFetch,
  });
  expect(config.serverMetadata().mtls_endpoint_aliases).toMatchObject({ token_endpoint: `${proxy.origin}/token`, pushed_authorization_request_endpoint: `${proxy.origin}/par` });
  const options = certificateBound ? undefined : { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) };

  const verifier = client.randomPKCECodeVerifier();
  const [state, nonce] = [client.randomState(), client.randomNonce()];
  const request = { redirect_uri: redirectUri, scope: "openid", state, nonce, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
  const { href } = await client.buildAuthorizationUrlWithPAR(config, request, options);

  const person = newPerson();
  const page = await person.browser.open(href);
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return");
  const callback = await reachCallback(person, await returnToBrowser(person, outcome.return_url));
  const tokens = await client.authorizationCodeGrant(config, new URL(callback), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }, undefined, options);
  const subject = tokens.claims()?.sub ?? "";
  expect(tokens.claims()).toMatchObject({ fal: 3 });

  expect(await client.fetchUserInfo(config, tokens.access_token, subject, options)).toMatchObject({ sub: subject });
  expect(await client.refreshTokenGrant(config, tokens.refresh_token ?? "", undefined, options)).toMatchObject({ refresh_token: tokens.refresh_token });
  const introspected = await client.tokenIntrospection(config, tokens.access_token);
  expect(introspected).toMatchObject({ active: true, cnf: certificateBound ? { "x5t#S256": expect.any(String) } : { jkt: expect.any(String) } });
});
