import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { type AssuranceRequirements, checkAssurance, checkIdToken, issuerKeys, verifyLogoutToken } from "@jpki-bridge/client-sdk/rp";
import { exportJWK, generateKeyPair } from "jose";
import * as client from "openid-client";
import { startSimulator, type Simulator } from "../../../src/sandbox/simulator/simulator.ts";

/** A relying party as it should be: openid-client, and the kit for what that does not look at. */
export interface CarefulParty {
  /** Everything up to userinfo; rejects where something is wrong, with what it was. */
  signIn(parameters?: Record<string, string>, requirements?: AssuranceRequirements): Promise<{ claims: client.IDToken; tokens: client.TokenEndpointResponse }>;
  /** An authorization request, for a browser. */
  begin(): Promise<string>;
  refresh(token: string): Promise<unknown>;
  readonly config: client.Configuration;
  readonly redirectUri: string;
}

/** The kit has found something. */
export class Found extends Error {
  override readonly name = "Found";
}

const wanted = "urn:jpki-bridge:ial3-aal2";
const usually: AssuranceRequirements = { ial: 3, aal: 2, fal: 2, acr: [wanted], maximumStatusAge: 86_400 };

/** Posts to the control API; its answer. */
export async function tell(simulator: Simulator, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${simulator.control}${path}`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

let count = 0;

interface PartyOptions {
  readonly backchannelLogoutUri?: string;
  /** Seconds. */
  readonly patience?: number;
  /** Whether its tokens are bound to a key. */
  readonly dpop?: boolean;
}

/** Registered by the control API. */
export async function registerParty(simulator: Simulator, { backchannelLogoutUri, patience = 5, dpop = false }: PartyOptions = {}): Promise<CarefulParty & { readonly clientId: string }> {
  count += 1;
  const clientId = `party-${count}`;
  const redirectUri = `http://localhost:${5000 + count}/callback`;
  const keys = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "1", use: "sig", alg: "ES256" };
  await tell(simulator, "/clients", {
    client_id: clientId, redirect_uris: [redirectUri], post_logout_redirect_uris: [redirectUri],
    token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [jwk] }, require_pushed_authorization_requests: true, dpop_bound_access_tokens: dpop,
    ...(backchannelLogoutUri !== undefined && { backchannel_logout_uri: backchannelLogoutUri }),
  });
  const authentication = client.PrivateKeyJwt({ key: keys.privateKey, kid: "1" });
  const config = await client.discovery(new URL(simulator.issuer), clientId, { id_token_signed_response_alg: "ES256" }, authentication, { execute: [client.allowInsecureRequests], timeout: patience });
  client.enableNonRepudiationChecks(config);
  const handle = dpop ? client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) : undefined;
  return { clientId, ...partyOf(config, redirectUri, handle && { DPoP: handle }) };
}

function partyOf(config: client.Configuration, redirectUri: string, bound?: client.DPoPOptions): CarefulParty {
  const patience = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout((config.timeout ?? 5) * 1000) });
  return {
    config, redirectUri,
    begin: async () => {
      const request = { redirect_uri: redirectUri, scope: "openid", state: client.randomState(), code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()), code_challenge_method: "S256" };
      return (await client.buildAuthorizationUrlWithPAR(config, request)).href;
    },
    refresh: (token) => client.refreshTokenGrant(config, token),
    signIn: async (parameters = {}, requirements = usually) => {
      const pkceCodeVerifier = client.randomPKCECodeVerifier();
      const [expectedState, expectedNonce, maxAge] = [client.randomState(), client.randomNonce(), 3600];
      const request = {
        redirect_uri: redirectUri, scope: "openid", state: expectedState, nonce: expectedNonce, max_age: String(maxAge), acr_values: wanted,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier), code_challenge_method: "S256", ...parameters,
      };
      const url = await client.buildAuthorizationUrlWithPAR(config, request, bound);
      // The browser: it goes where it is sent.
      const sent = await fetch(url, { redirect: "manual", ...patience() });
      const callback = sent.headers.get("location");
      if (callback === null) throw new Found(`the browser stays at ${sent.status}`);
      const tokens = await client.authorizationCodeGrant(config, new URL(callback), { pkceCodeVerifier, expectedState, expectedNonce, maxAge, idTokenExpected: true }, undefined, bound);
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("no ID token");
      const code = new URL(callback).searchParams.get("code") ?? "";
      const checked = await checkIdToken(tokens.id_token ?? "", { accessToken: tokens.access_token, code });
      if (!checked.valid) throw new Found(checked.reason);
      demand(claims, requirements);
      demand(await client.fetchUserInfo(config, tokens.access_token, claims.sub, bound), requirements);
      return { claims, tokens };
    },
  };
}

function demand(claims: Record<string, unknown>, requirements: AssuranceRequirements): void {
  const verdict = checkAssurance(claims, requirements);
  if (!verdict.satisfied) throw new Found(verdict.failures.map(({ requirement }) => requirement).join(" "));
}

export interface LogoutEndpoint {
  readonly uri: string;
  /** What became of each token: `taken`, or why not. */
  readonly outcomes: readonly string[];
  close(): void;
}

/** A back-channel logout endpoint with the kit behind it. */
export async function startLogoutEndpoint(simulator: Simulator, clientId: () => string): Promise<LogoutEndpoint> {
  const used = new Set<string>();
  const remember = (id: string): boolean => !used.has(id) && used.add(id) !== undefined;
  const outcomes: string[] = [];
  const keys = issuerKeys(`${simulator.issuer}/jwks`);
  const server = createServer((request, response) => {
    const receive = async (): Promise<void> => {
      const token = new URLSearchParams((await buffer(request)).toString()).get("logout_token") ?? "";
      const verdict = await verifyLogoutToken(token, { issuer: simulator.issuer, audience: clientId(), keys, remember });
      outcomes.push(verdict.valid ? "taken" : verdict.reason);
      response.writeHead(verdict.valid ? 200 : 400).end();
    };
    void receive();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { uri: `http://localhost:${port}/logout`, outcomes, close: () => server.close() };
}

export const startFree = (): Promise<Simulator> => startSimulator({ ports: { provider: 0, control: 0 } });
