import type { ProtectedResource } from "../../provider/ports.ts";
import type { RegistrationRequest } from "../../relying-parties/registration.ts";
import type { ServiceKeys } from "./keys.ts";

export const clientId = "demo-service";
const name = "こもれび図書館 Komorebi Library";

/** What the demo service's own API lets a token do. */
export const readingListScope = "reading:list";

/** Paths that the provider is told of. */
export const callbackPath = "/callback";
export const signedOutPath = "/signed-out";
export const backchannelLogoutPath = "/backchannel-logout";
export const readingListPath = "/api/reading-list";

/** How the demo service is registered at the provider: keys, pushed requests, sender-constrained tokens. */
export function registrationOf(origin: string, jwks: ServiceKeys["jwks"]): RegistrationRequest {
  return {
    clientId,
    name,
    redirectUris: [`${origin}${callbackPath}`],
    postLogoutRedirectUris: [`${origin}${signedOutPath}`],
    backchannelLogoutUri: `${origin}${backchannelLogoutPath}`,
    authentication: "private_key_jwt",
    jwks,
    requirePushedRequests: true,
    dpopBound: true,
    refreshTokens: true,
  };
}

/** The demo service's API as a resource that tokens can be asked for (RFC 8707). */
export const resourceOf = (origin: string): ProtectedResource => ({ identifier: `${origin}/api`, name, scopes: [readingListScope] });
