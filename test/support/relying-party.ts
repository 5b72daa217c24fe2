import * as client from "openid-client";
import { exportJWK, generateKeyPair } from "jose";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import type { World } from "./world.ts";

/** A relying party on openid-client, registered at the world's bridge. */
export interface TestRelyingParty {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly config: client.Configuration;
  /** Of the key that it registered. */
  readonly privateKey: CryptoKey;
  /** Makes its DPoP proofs, where its tokens are bound. */
  readonly handle: client.DPoPHandle | undefined;
  /** Begins a sign-in: the URL for the browser and what the callback is checked against. */
  begin(parameters?: Record<string, string>): Promise<SignIn>;
  /** Exchanges the code of the callback URL. */
  finish(signIn: SignIn, callbackUrl: string): Promise<client.TokenEndpointResponse & client.TokenEndpointResponseHelpers>;
}

export interface SignIn {
  readonly url: string;
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
}

export interface RelyingPartyOptions {
  readonly clientId?: string;
  readonly authentication?: RegistrationRequest["authentication"];
  readonly pushed?: boolean;
  readonly dpop?: boolean;
  readonly registration?: Partial<RegistrationRequest>;
}

export type PartyMetadata = Parameters<typeof addRelyingParty>[1];

let count = 0;

export const registerRelyingParty = (world: World, options: RelyingPartyOptions = {}): Promise<TestRelyingParty> =>
  relyingPartyAt(world.issuer, (metadata) => addRelyingParty(world.bridge.storage, metadata, world.now()), options);

/** @param add - registers it: the bridge may be a process of its own. */
export async function relyingPartyAt(issuer: string, add: (metadata: PartyMetadata) => Promise<{ readonly secret: string | null }>, options: RelyingPartyOptions = {}): Promise<TestRelyingParty> {
  const { authentication = "private_key_jwt", pushed = true, dpop = false } = options;
  count += 1;
  const clientId = options.clientId ?? `client-${count}`;
  const redirectUri = `http://localhost:4${String(count).padStart(3, "0")}/callback`;
  const keys = await generateKeyPair("ES256", { extractable: true });
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: "1", use: "sig", alg: "ES256" };
  const metadata = orThrow(
    metadataOf({
      clientId, name: `Service ${count}`, redirectUris: [redirectUri], postLogoutRedirectUris: [redirectUri], authentication,
      ...(authentication === "private_key_jwt" && { jwks: { keys: [jwk] } }),
      requirePushedRequests: pushed, dpopBound: dpop,
      ...options.registration,
    }),
  );
  const { secret } = await add(metadata);
  const method = secret === null ? client.PrivateKeyJwt({ key: keys.privateKey, kid: "1" }) : client.ClientSecretBasic(secret);
  const config = await client.discovery(new URL(issuer), clientId, { id_token_signed_response_alg: String(metadata["id_token_signed_response_alg"]) }, method, { execute: [client.allowInsecureRequests] });
  const handle = dpop ? client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256")) : undefined;

  return {
    clientId, redirectUri, config, handle,
    privateKey: keys.privateKey,
    begin: async (parameters = {}) => {
      const verifier = client.randomPKCECodeVerifier();
      const state = client.randomState();
      const nonce = client.randomNonce();
      const request = { redirect_uri: redirectUri, scope: "openid", state, nonce, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256", ...parameters };
      const url = pushed ? await client.buildAuthorizationUrlWithPAR(config, request, handle && { DPoP: handle }) : client.buildAuthorizationUrl(config, request);
      return { url: url.href, verifier, state, nonce };
    },
    finish: ({ verifier, state, nonce }, callbackUrl) =>
      client.authorizationCodeGrant(config, new URL(callbackUrl), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }, undefined, handle && { DPoP: handle }),
  };
}
