import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { issuerKeys, type TokenChecks, verifyLogoutToken, verifySecurityEventToken } from "@jpki-bridge/client-sdk/rp";
import { exportJWK, generateKeyPair } from "jose";
import * as openid from "openid-client";
import { orThrow } from "../../src/errors.ts";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { createStream } from "../../src/signals/index.ts";
import type { Stage } from "./stage.ts";

/** Where a browser goes to sign in, and what it comes back with is held against. */
export interface Begun {
  readonly url: string;
  readonly redirectUri: string;
  readonly checks: openid.AuthorizationCodeGrantChecks;
}

/** What the service got of one sign-in. */
export interface SignedIn {
  readonly subject: string;
  readonly claims: openid.IDToken;
  /** It outlives the session: `offline_access`. */
  readonly refreshToken: string;
}

/** A relying party that keeps refresh tokens, and takes logouts and security events by push. */
export interface Service {
  begin(): Promise<Begun>;
  /** @throws when what came back is not an answer to what was begun. */
  finish(begun: Begun, callback: string): Promise<SignedIn>;
  /** @throws openid-client's error, `invalid_grant` where the token counts for nothing. */
  refresh(refreshToken: string): Promise<SignedIn>;
  /**
   * What came about a person, each checked by the SDK: `session-revoked` for a security event,
   * `credential-change revoke` for one with a type of change, `logout` for a back-channel logout.
   */
  heard(subject: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

const clientId = "lifecycle-service";

export async function openService(stage: Stage): Promise<Service> {
  const { issuer, bridge } = stage.sandbox;
  const inbox = await openInbox();
  const redirectUri = `${inbox.origin}/callback`;
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "1", use: "sig", alg: "ES256" };
  const metadata = orThrow(metadataOf({ clientId, name: "みどり銀行", redirectUris: [redirectUri], authentication: "private_key_jwt", jwks: { keys: [jwk] }, backchannelLogoutUri: `${inbox.origin}/logout` }));
  await addRelyingParty(bridge.storage, metadata, bridge.clock());
  const delivery = { method: "push", endpointUrl: `${inbox.origin}/events`, authorization: null } as const;
  await createStream(bridge.storage, { clientId: asIdentifier<ClientId>(clientId), settings: { delivery, eventsRequested: null, description: null }, now: bridge.clock() });
  const config = await openid.discovery(new URL(issuer), clientId, { id_token_signed_response_alg: "ES256" }, openid.PrivateKeyJwt({ key: privateKey, kid: "1" }), { execute: [openid.allowInsecureRequests] });
  const keys = issuerKeys(String(config.serverMetadata().jwks_uri));

  return {
    begin: async () => {
      const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
      const request = { redirect_uri: redirectUri, scope: "openid offline_access", prompt: "consent", state, nonce, code_challenge: await openid.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256" };
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      return { url: (await openid.buildAuthorizationUrlWithPAR(config, request)).href, redirectUri, checks };
    },
    finish: async ({ checks }, callback) => signedIn(await openid.authorizationCodeGrant(config, new URL(callback), checks)),
    refresh: async (refreshToken) => signedIn(await openid.refreshTokenGrant(config, refreshToken)),
    heard: async (subject) => {
      const checks: TokenChecks = { issuer, audience: clientId, keys, remember: () => true };
      const events = await Promise.all(inbox.at("/events").map((token) => eventIn(token, subject, checks)));
      const logouts = await Promise.all(inbox.at("/logout").map((token) => logoutIn(token, subject, checks)));
      return [...events, ...logouts].filter((each) => each !== null);
    },
    close: inbox.close,
  };
}

function signedIn(tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers): SignedIn {
  const claims = tokens.claims();
  if (claims === undefined) throw new Error("no ID token came");
  return { subject: claims.sub, claims, refreshToken: String(tokens.refresh_token) };
}

/** The event about this subject, or null where it is about another. */
async function eventIn(token: string, subject: string, checks: TokenChecks): Promise<string | null> {
  const verdict = await verifySecurityEventToken(token, checks);
  if (!verdict.valid) throw new Error(`security event token: ${verdict.reason}`);
  if (verdict.subject.format !== "iss_sub" || verdict.subject.sub !== subject) return null;
  return verdict.events.map(({ type, members }) => [type.split("/").at(-1), members["change_type"]].filter((part) => part !== undefined).join(" ")).join(", ");
}

async function logoutIn(token: string, subject: string, checks: TokenChecks): Promise<string | null> {
  const verdict = await verifyLogoutToken(token, checks);
  if (!verdict.valid) throw new Error(`logout token: ${verdict.reason}`);
  return verdict.subject === subject ? "logout" : null;
}

/** The service's own server: where browsers come back to, and tokens are posted. */
async function openInbox() {
  const tokens: { readonly path: string; readonly token: string }[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      if (request.method === "GET") return response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>service</title>");
      let body = "";
      for await (const chunk of request) body += String(chunk);
      const path = request.url ?? "";
      tokens.push({ path, token: new URLSearchParams(body).get("logout_token") ?? body });
      return response.writeHead(path === "/events" ? 202 : 200).end();
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    at: (path: string): string[] => tokens.filter((each) => each.path === path).map(({ token }) => token),
    close: (): Promise<void> => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
