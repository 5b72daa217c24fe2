import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { errors } from "oidc-provider";
import { acrValuesSupported } from "../assurance/index.ts";
import type { PersonId } from "../identifiers.ts";
import { subjectFor } from "../people/index.ts";
import { createExtraTokenClaims, createFindAccount, rememberAuthorization, revealLevels } from "./account.ts";
import { createAdapterFactory, interactionLife } from "./adapter.ts";
import { askAgain } from "./ask-again.ts";
import { clientAttestation } from "./client-attestation.ts";
import { cookieSignatures } from "./cookie-signatures.ts";
import { assuranceMetadata } from "./features/assurance-metadata.ts";
import { backchannelRequestLife, ciba } from "./features/ciba.ts";
import { clientAssertion } from "./features/client-assertion.ts";
import { resources } from "./features/client-credentials.ts";
import { claimsParameter } from "./features/claims-parameter.ts";
import { deviceFlow, type DeviceFlowPages, userCodeLife } from "./features/device-flow.ts";
import { fapi, keepsRefreshToken } from "./features/fapi.ts";
import { requireNoNonce } from "./features/jwt-clock.ts";
import { mutualTls } from "./features/mutual-tls.ts";
import { registeredKeys } from "./features/registered-keys.ts";
import { loadGrant, refreshTokenLife } from "./grants.ts";
import { keepVerifiedClaims, verifiedClaims } from "./features/verified-claims.ts";
import { registrationDiscovery } from "./features/registration.ts";
import { proofAlgorithms } from "./features/resource-proof.ts";
import { createInteractionPolicy } from "./interaction-policy.ts";
import { idTokenLife, longestSession } from "./lifetimes.ts";
import { shownError } from "./outages.ts";
import { fetchFromRelyingParty } from "./outgoing.ts";
import { externalSigning, type ProviderKeys } from "./signing-keys.ts";
import type { ProviderPorts } from "./ports.ts";

/** Pages that the provider asks for; rendered by web. */
export interface ProviderPages {
  error(ctx: KoaContextWithOIDC, error: { error: string; error_description?: string | undefined }): Promise<void>;
  signOutConfirm(ctx: KoaContextWithOIDC): Promise<void>;
  /** Lets the form on this page end where the relying party has its sign-outs end. */
  allowSignOutToEnd(ctx: KoaContextWithOIDC): void;
  signedOut(ctx: KoaContextWithOIDC): Promise<void>;
  readonly deviceFlow: DeviceFlowPages;
}

/** Endpoints of the provider, below the issuer. */
export const endpoints = {
  authorization: "/authorize",
  pushed_authorization_request: "/par",
  token: "/token",
  userinfo: "/userinfo",
  introspection: "/introspect",
  revocation: "/revoke",
  jwks: "/jwks",
  end_session: "/sign-out",
  device_authorization: "/device-authorization",
  code_verification: "/device",
  backchannel_authentication: "/backchannel-authentication",
} as const;

const sessionIdle = 8 * 60 * 60;

/**
 * A session ends when it was not used for a while, and in any case half a day after the sign-in. One that nobody is
 * signed in to holds no more than the secret of a page, and anybody can have any number of them made.
 */
function sessionLife({ loginTs }: { loginTs?: number }, now: number): number {
  if (loginTs === undefined) return interactionLife;
  return Math.max(1, Math.min(sessionIdle, loginTs + longestSession - now));
}

const registeredBesides = ["minimum_ial", "minimum_aal", "maximum_status_age", "client_credentials"];

/** The configuration of oidc-provider: what is on, what lives how long, and where our own rules hook in. */
export function createConfiguration(ports: ProviderPorts, pages: ProviderPages, keys: Pick<ProviderKeys, "signing" | "cookies">): Configuration {
  const { storage, clock } = ports;
  const secure = ports.issuer.startsWith("https:");
  const attestation = clientAttestation(ports);
  const verified = verifiedClaims(ports);
  const underFapi = fapi(clock);
  const certificates = mutualTls(ports.mutualTls, endpoints, clock);
  return {
    adapter: createAdapterFactory(storage, clock),
    jwks: { keys: keys.signing } as NonNullable<Configuration["jwks"]>,
    findAccount: verified.findAccount(createFindAccount(ports)),
    extraTokenClaims: createExtraTokenClaims(ports),
    expiresWithSession: async (ctx, code) => {
      rememberAuthorization(ctx, code);
      keepVerifiedClaims(code);
      const { kind, scopes } = code as { kind?: string; scopes?: Set<string> };
      // A device is not the browser in which it was approved: it stays signed in when that one signs out.
      return kind !== "DeviceCode" && scopes?.has("offline_access") !== true;
    },
    loadExistingGrant: (ctx) => loadGrant(ports, ctx),
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: (ctx) => rotateOnlyWhatIsGranted(ctx),

    routes: endpoints,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}`, policy: verified.addCheck(createInteractionPolicy(ports)) },
    cookies: {
      keys: cookieSignatures(keys.cookies),
      names: { session: secure ? "__Host-jpki_session" : "jpki_session", interaction: "jpki_interaction", resume: "jpki_resume" },
      long: { signed: true, httpOnly: true, sameSite: "lax", secure },
      short: { signed: true, httpOnly: true, sameSite: "lax", secure },
    },
    ttl: {
      AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 600,
      ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 600,
      AuthorizationCode: 60,
      IdToken: idTokenLife,
      Interaction: interactionLife,
      DeviceCode: userCodeLife,
      BackchannelAuthenticationRequest: backchannelRequestLife,
      RefreshToken: refreshTokenLife,
      Grant: refreshTokenLife,
      Session: (_ctx, session) => sessionLife(session as { loginTs?: number }, clock()),
    },

    pkce: { required: () => true },
    responseTypes: ["code"],
    scopes: ["openid", "offline_access"],
    subjectTypes: ["pairwise"],
    pairwiseIdentifier: (_ctx, accountId, client) => subjectFor(storage, accountId as PersonId, String(client.sectorIdentifier ?? client.clientId), clock()),
    acrValues: acrValuesSupported(),
    claims: {
      acr: null,
      amr: null,
      auth_time: null,
      iss: null,
      sid: null,
      ...verified.claims,
      openid: ["sub", "ial", "aal", "fal", "assurance", "assurance_receipt", "acr", "amr", "auth_time"],
    },
    clientAuthMethods: ["private_key_jwt", "client_secret_basic", ...attestation.methods, ...certificates.methods],
    clientDefaults: { id_token_signed_response_alg: "ES256", subject_type: "pairwise", token_endpoint_auth_method: "client_secret_basic", ...underFapi.clientDefaults },
    extraClientMetadata: { properties: [...registeredBesides, ...underFapi.extraClientMetadata.properties], validator: underFapi.extraClientMetadata.validator },
    enabledJWA: {
      clientAuthSigningAlgValues: ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"],
      idTokenSigningAlgValues: ["ES256", "RS256"],
      dPoPSigningAlgValues: [...proofAlgorithms],
      ...underFapi.enabledJWA,
    },
    ...clientAssertion(clock),
    discovery: { ...certificates.discovery, ...registrationDiscovery(ports.issuer, ports.registration !== null), ...assuranceMetadata(ports), approval_uri: `${ports.issuer}/approve`, ...verified.discovery, ui_locales_supported: ["ja", "en"] },
    // The sector is the host of the redirect URIs: see registered-keys.ts.
    sectorIdentifierUriValidate: () => false,
    // Any client may name any address for its keys, and have it called as often as it likes.
    fetchResponseBodyLimits: { jwks_uri: 256 * 1024 },
    fetch: (url, options) => callRelyingParty(ports, url, options),
    renderError: async (ctx, out, error) => {
      if (!askAgain(ctx, error)) await pages.error(ctx, shownError(out, error));
    },
    features: {
      devInteractions: { enabled: false },
      ...externalSigning(keys.signing),
      pushedAuthorizationRequests: { enabled: true },
      ...attestation.features,
      dPoP: { ...attestation.features.dPoP, enabled: true, requireNonce: requireNoNonce(clock) },
      ...underFapi.features,
      ...certificates.features,
      ...claimsParameter(),
      ...deviceFlow(pages.deviceFlow),
      ...ciba(ports),
      revocation: { enabled: true, allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => {
          if (token.clientId !== client.clientId) return false;
          await revealLevels(ports, client, token);
          return true;
        },
      },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx) => pages.signOutConfirm(ctx), postLogoutSuccessSource: (ctx) => pages.signedOut(ctx) },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, useGrantedResource: async () => false, ...resources(ports) },
    },
  };
}

/**
 * Every refresh rotates, except under FAPI 2.0. A resource that was not granted is refused before: afterwards the token
 * would be used up and the grant lost for a mistake of the client.
 */
function rotateOnlyWhatIsGranted(ctx: KoaContextWithOIDC): boolean {
  const { params, grant } = ctx.oidc;
  const resource = params?.["resource"];
  if (typeof resource === "string" && (grant === undefined || grant.getResourceScope(resource) === "")) throw new errors.InvalidTarget();
  return !keepsRefreshToken(ctx);
}

/** What the library calls of relying parties: an address that says keys is answered here. */
function callRelyingParty({ privateHosts }: ProviderPorts, url: string | URL | Request, options: RequestInit | undefined): Promise<Response> {
  const registered = registeredKeys(new URL(url instanceof Request ? url.url : url));
  return registered === null ? fetchFromRelyingParty(privateHosts, url, options) : Promise.resolve(registered);
}
