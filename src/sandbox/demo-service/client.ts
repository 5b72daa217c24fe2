import * as openid from "openid-client";
import type { Clock } from "../../clock.ts";
import type { ServiceKeys } from "./keys.ts";
import type { Language } from "./language.ts";
import { ProblemError } from "./problem.ts";
import type { ProviderConnection } from "./provider-connection.ts";
import { callbackPath, readingListPath, readingListScope, signedOutPath } from "./registration.ts";
import type { PendingSignIn, ResourceAnswer, SignedIn, SignInRequest } from "./sign-in.ts";

export interface DemoClient {
  begin(request: SignInRequest): Promise<{ readonly url: URL; readonly pending: PendingSignIn }>;
  /** `search` is the query of the callback, with its question mark. */
  finish(pending: PendingSignIn, search: string): Promise<SignedIn>;
  refresh(person: SignedIn): Promise<SignedIn>;
  /** Gets a token for the API and calls it. The refresh token rotates, so the person is a new one. */
  callResource(person: SignedIn): Promise<{ readonly person: SignedIn; readonly call: () => Promise<ResourceAnswer> }>;
  signOutUrl(person: SignedIn, language: Language): Promise<URL>;
}

export interface ClientOptions {
  readonly origin: string;
  readonly keys: ServiceKeys;
  readonly clock: Clock;
  readonly connection: ProviderConnection;
}

/**
 * The relying party: authorization code flow with PAR, PKCE, state, nonce and DPoP, all of it
 * openid-client's. Its errors pass through: {@link problemOf} says what they mean.
 */
export function createClient({ origin, keys, clock, connection }: ClientOptions): DemoClient {
  const resource = `${origin}/api`;
  const connect = async (): Promise<{ configuration: openid.Configuration; DPoP: openid.DPoPHandle }> => {
    const configuration = await connection.configuration();
    return { configuration, DPoP: openid.getDPoPHandle(configuration, keys.dpop) };
  };

  const exchange = async (person: SignedIn, parameters: Record<string, string>) => {
    const { refreshToken } = person.tokens;
    if (refreshToken === undefined) throw new ProblemError({ code: "no_refresh_token" });
    const { configuration, DPoP } = await connect();
    const tokens = await openid.refreshTokenGrant(configuration, refreshToken, parameters, { DPoP });
    const claims = tokens.claims();
    // OpenID Connect Core 12.2: a refreshed ID token speaks of the same person.
    if (claims !== undefined && claims.sub !== person.subject) throw new ProblemError({ code: "answer_not_trusted" });
    return { configuration, DPoP, tokens, claims };
  };

  return {
    begin: async (request) => {
      const { configuration, DPoP } = await connect();
      const pending = { state: openid.randomState(), nonce: openid.randomNonce(), codeVerifier: openid.randomPKCECodeVerifier(), startedAt: clock(), request };
      const parameters = {
        redirect_uri: `${origin}${callbackPath}`,
        response_type: "code",
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(pending.codeVerifier),
        code_challenge_method: "S256",
        ...askedFor(request, resource),
      };
      return { url: await openid.buildAuthorizationUrlWithPAR(configuration, parameters, { DPoP }), pending };
    },

    finish: async (pending, search) => {
      const { configuration, DPoP } = await connect();
      const { request, startedAt } = pending;
      const checks = {
        expectedState: pending.state,
        expectedNonce: pending.nonce,
        pkceCodeVerifier: pending.codeVerifier,
        idTokenExpected: true,
        // Fresh means: authenticated since we asked, however long reading the pages took.
        ...(request.fresh && { maxAge: clock() - startedAt }),
      };
      const tokens = await openid.authorizationCodeGrant(configuration, new URL(`${origin}${callbackPath}${search}`), checks, undefined, { DPoP });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) throw new ProblemError({ code: "answer_not_trusted" });
      const userinfo = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub, { DPoP });
      return {
        subject: claims.sub,
        sid: typeof claims["sid"] === "string" ? claims["sid"] : undefined,
        idToken: claims,
        userinfo,
        request,
        at: clock(),
        refreshes: 0,
        tokens: { idToken: tokens.id_token, refreshToken: tokens.refresh_token },
      };
    },

    refresh: async (person) => {
      const { configuration, DPoP, tokens, claims } = await exchange(person, {});
      const userinfo = await openid.fetchUserInfo(configuration, tokens.access_token, person.subject, { DPoP }).catch((error: unknown) => {
        // A token that came this moment and is not accepted: the grant ended in between.
        if (error instanceof openid.WWWAuthenticateChallengeError) throw new ProblemError({ code: "invalid_grant" });
        throw error;
      });
      return { ...renewed(person, tokens), idToken: claims ?? person.idToken, userinfo, at: clock() };
    },

    callResource: async (person) => {
      if (!person.request.resource) throw new ProblemError({ code: "resource_not_asked" });
      // A new token for each call: its levels are computed when it is made.
      const { configuration, DPoP, tokens } = await exchange(person, { resource, scope: readingListScope });
      return {
        person: renewed(person, tokens),
        call: async () => {
          const headers = new Headers({ accept: "application/json" });
          const response = await openid.fetchProtectedResource(configuration, tokens.access_token, new URL(`${origin}${readingListPath}`), "GET", undefined, headers, { DPoP });
          return { status: response.status, body: await response.json() };
        },
      };
    },

    signOutUrl: async (person, language) => {
      const { configuration } = await connect();
      const parameters = { id_token_hint: person.tokens.idToken, post_logout_redirect_uri: `${origin}${signedOutPath}`, ui_locales: language };
      return openid.buildEndSessionUrl(configuration, parameters);
    },
  };
}

/** The parameters that depend on what the person chose. */
function askedFor(request: SignInRequest, resource: string): Record<string, string> {
  const scope = ["openid", request.offline && "offline_access", request.resource && readingListScope].filter(Boolean).join(" ");
  // OpenID Connect Core 11: offline access needs consent given anew.
  const prompt = [request.prompt && "login", request.offline && "consent"].filter(Boolean).join(" ");
  return {
    scope,
    ui_locales: request.language,
    ...(request.acr !== null && { acr_values: request.acr }),
    ...(request.fresh && { max_age: "0" }),
    ...(prompt !== "" && { prompt }),
    ...(request.resource && { resource }),
  };
}

type Tokens = Awaited<ReturnType<typeof openid.refreshTokenGrant>>;

/** The old refresh token was used up: what came is all there is. */
function renewed(person: SignedIn, tokens: Tokens): SignedIn {
  const { id_token = person.tokens.idToken, refresh_token = person.tokens.refreshToken } = tokens;
  return { ...person, refreshes: person.refreshes + 1, tokens: { idToken: id_token, refreshToken: refresh_token } };
}
