/** A provider that nobody here wrote: bare oidc-provider, which signs everybody in at once. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { type Configuration, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { crosswalkDocument } from "../../../src/assurance/index.ts";
import type { Claims } from "../../../src/sandbox/demo-service/sign-in.ts";
import type { DemoService } from "../../../src/sandbox/demo-service/demo-service.ts";
import { metadataOf } from "../../../src/relying-parties/registration.ts";
import { without } from "./issuer-keys.ts";
import { bridgeClaims } from "./samples.ts";

export interface TestProvider {
  /** What it says of the person from now on. */
  claims: Claims;
  /** Whether the next interaction ends with this error instead of a sign-in. */
  refusal: { readonly error: string; readonly error_description: string } | null;
  /** Whether the crosswalk is served. */
  crosswalk: unknown;
  /** Every authorization request that was pushed. */
  readonly requests: Record<string, unknown>[];
  /** Whether the person is gone, and every token with them. */
  endGrants(ended: boolean): void;
  /** Called when a refresh has been answered. */
  onRefresh(): void;
  close(): Promise<void>;
}

/** A port of the loopback interface that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startProvider(issuer: string, service: DemoService): Promise<TestProvider> {
  const registered = metadataOf(service.registration);
  if (!registered.valid) throw new Error(registered.at);
  const server = createServer();
  let grantsEnded = false;
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const state: TestProvider = {
    claims: bridgeClaims(),
    refusal: null,
    crosswalk: crosswalkDocument(),
    requests: [],
    endGrants: (ended) => (grantsEnded = ended),
    onRefresh: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const signingKey = { ...(await exportJWK(privateKey)), kid: "test", alg: "ES256", use: "sig" };
  // The bridge names the session that was signed out of to whoever hears of logouts; this provider only where it is asked to.
  const client = { ...registered.value, backchannel_logout_session_required: true };
  const provider = new Provider(issuer, configuration(state, service, { keys: [signingKey] } as NonNullable<Configuration["jwks"]>, [client], () => grantsEnded));
  provider.use(async (ctx, next) => {
    if (ctx.path === "/assurance/crosswalk") ctx.body = state.crosswalk;
    else if (ctx.path.startsWith("/interaction/")) await answerInteraction(provider, ctx.req, ctx.res, state);
    else await next();
  });
  provider.on("grant.success", (ctx: KoaContextWithOIDC) => {
    if (ctx.oidc.params?.["grant_type"] === "refresh_token") state.onRefresh();
  });
  provider.on("pushed_authorization_request.success", (ctx: KoaContextWithOIDC) => state.requests.push({ ...ctx.oidc.params }));
  server.on("request", provider.callback());
  await new Promise<void>((resolve) => {
    server.listen(Number(new URL(issuer).port), "127.0.0.1", resolve);
  });
  return state;
}

function configuration(state: TestProvider, service: DemoService, jwks: NonNullable<Configuration["jwks"]>, clients: readonly object[], grantsEnded: () => boolean): Configuration {
  return {
    jwks,
    clients: clients as NonNullable<Configuration["clients"]>,
    cookies: { keys: ["test"], names: { session: "op_session", interaction: "op_interaction", resume: "op_resume" } },
    findAccount: (_ctx, sub) => (grantsEnded() ? undefined : { accountId: sub, claims: () => ({ ...state.claims, sub }) }),
    extraTokenClaims: (_ctx, token) => ("resourceServer" in token && token.resourceServer !== undefined ? { ial: state.claims["ial"], aal: state.claims["aal"] } : undefined),
    // The library's own dispatcher calls no loopback address.
    fetch: (address, options) => fetch(address, without({ ...options }, "dispatcher")),
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    scopes: ["openid", "offline_access"],
    ttl: { AccessToken: 600, Grant: 3600, IdToken: 3600, Interaction: 600, RefreshToken: 3600, Session: 3600 },
    subjectTypes: ["public", "pairwise"],
    pairwiseIdentifier: () => "Zk3vT9qLmX2pRw7dY0sHbA",
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    acrValues: ["urn:jpki-bridge:ial3-aal2", "urn:jpki-bridge:ial3-aal3"],
    claims: { openid: ["sub", "ial", "aal", "fal", "assurance"] },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      backchannelLogout: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => [],
        useGrantedResource: async () => false,
        getResourceServerInfo: async () => ({ scope: service.resource.scopes.join(" "), audience: service.resource.identifier, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } }),
      },
    },
  };
}

async function answerInteraction(provider: Provider, req: IncomingMessage, res: ServerResponse, { refusal }: TestProvider): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(req, res);
  if (refusal !== null) return provider.interactionFinished(req, res, refusal);
  if (prompt.name === "login") return provider.interactionFinished(req, res, { login: { accountId: "person", acr: "urn:jpki-bridge:ial3-aal2", amr: ["swk", "user", "mfa"] } });
  const grant = new provider.Grant({ accountId: session?.accountId ?? "person", clientId: String(params["client_id"]) });
  grant.addOIDCScope("openid offline_access");
  if (typeof params["resource"] === "string") grant.addResourceScope(params["resource"], "reading:list");
  return provider.interactionFinished(req, res, { consent: { grantId: await grant.save() } });
}
