import type { EventEmitter } from "node:events";
import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Observer } from "../observability/index.ts";

/** The library's own names, and those that it takes from us: what else is sent is not counted by its name. */
const grantTypes: ReadonlySet<unknown> = new Set(["authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:openid:params:grant-type:ciba"]);

/** Endpoints beside the token endpoint, by the library's name of what went wrong there. */
const endpoints = {
  "authorization.error": "/authorize",
  "pushed_authorization_request.error": "/par",
  "userinfo.error": "/userinfo",
  "introspection.error": "/introspect",
  "revocation.error": "/revoke",
  "device_authorization.error": "/device-authorization",
  "code_verification.error": "/device",
  "device_resume.error": "/device",
  "backchannel_authentication.error": "/backchannel-authentication",
  "end_session.error": "/sign-out",
  "end_session_confirm.error": "/sign-out",
} as const;

/** Codes of the specifications (RFC 6749, 6750, 7009, 8628, 8707, 9101, 9126, 9449, 9470, OpenID Connect Core 3.1.2.6, CIBA 13) that this bridge answers with. */
const codes: ReadonlySet<string> = new Set([
  "access_denied", "consent_required", "expired_token", "insufficient_scope", "interaction_required", "invalid_authorization_details", "invalid_binding_message",
  "invalid_client", "invalid_client_attestation", "invalid_dpop_proof", "invalid_grant", "invalid_redirect_uri", "invalid_request", "invalid_request_object",
  "invalid_request_uri", "invalid_scope", "invalid_target", "invalid_token", "invalid_user_code", "login_required", "missing_user_code", "registration_not_supported",
  "request_not_supported", "request_uri_not_supported", "temporarily_unavailable", "transaction_failed", "unauthorized_client", "unknown_user_id",
  "unmet_authentication_requirements", "unsupported_grant_type", "unsupported_response_mode", "unsupported_response_type", "unsupported_token_type",
]);
/** Come again: later, or with what this answer brings along. */
const notRefused: ReadonlySet<string> = new Set(["authorization_pending", "slow_down", "session_ended", "use_dpop_nonce", "use_attestation_challenge", "use_fresh_attestation"]);

/** Counts token responses, and refusals in the words of OAuth at every endpoint. Whoever is told to come again was not refused. */
export function observeEndpoints(provider: Provider, observer: Observer): void {
  const refused = (error: string, count: (code: string) => void): void => {
    if (!notRefused.has(error)) count(codes.has(error) ? error : "other");
  };
  provider.on("grant.success", (ctx) => observer.tokensIssued(grantTypeOf(ctx)));
  provider.on("grant.error", (ctx, { error }) => refused(error, (code) => observer.tokensRefused(grantTypeOf(ctx), code)));
  // The library's types have a signature for each event, and none for several.
  const events: EventEmitter = provider;
  for (const [event, endpoint] of Object.entries(endpoints)) {
    events.on(event, (_ctx: KoaContextWithOIDC, { error }: { readonly error: string }) => refused(error, (code) => observer.endpointRefused(endpoint, code)));
  }
}

/** The last word of its name; `other` of what nobody offers. */
function grantTypeOf({ oidc }: KoaContextWithOIDC): string {
  const asked = oidc.params?.["grant_type"];
  return typeof asked === "string" && grantTypes.has(asked) ? asked.slice(asked.lastIndexOf(":") + 1) : "other";
}
