import { accept, refuse, type Verdict } from "../errors.ts";
import { keySetProblem } from "./client-keys.ts";
import { redirectUriProblem } from "./redirect-uri.ts";

/** OpenID client metadata as stored, with the registration minimums of this bridge. */
export interface RelyingPartyMetadata {
  readonly client_id: string;
  readonly client_name: string;
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: "private_key_jwt" | "client_secret_basic" | "attest_jwt_client_auth" | "none";
  readonly [member: string]: unknown;
}

/** What a registration is made from. */
export interface RegistrationRequest {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly authentication: "private_key_jwt" | "client_secret_basic" | "attest_jwt_client_auth";
  readonly jwks?: { readonly keys: readonly object[] };
  readonly jwksUri?: string;
  readonly signingAlgorithm?: "ES256" | "RS256";
  readonly requirePushedRequests?: boolean;
  readonly dpopBound?: boolean;
  readonly minimumIal?: number;
  readonly minimumAal?: number;
  readonly maximumStatusAge?: number;
  readonly refreshTokens?: boolean;
}

const clientIdForm = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;
// Control characters, line ends, and what turns the direction of writing: a name must read as it is.
const unreadable = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/**
 * OpenID Connect Dynamic Client Registration metadata of a request.
 * Refuses with `invalid_request`, naming the member.
 */
export function metadataOf(request: RegistrationRequest): Verdict<RelyingPartyMetadata> {
  const problem = nameProblem(request) ?? uriProblem(request) ?? keyProblem(request) ?? minimumProblem(request);
  if (problem !== null) return refuse("invalid_request", problem);
  return accept({
    client_id: request.clientId,
    client_name: request.name,
    redirect_uris: [...request.redirectUris],
    post_logout_redirect_uris: [...(request.postLogoutRedirectUris ?? [])],
    response_types: ["code"],
    grant_types: request.refreshTokens === false ? ["authorization_code"] : ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: request.authentication,
    ...(request.authentication === "private_key_jwt" && { token_endpoint_auth_signing_alg: "ES256" }),
    ...(request.jwks !== undefined && { jwks: request.jwks }),
    ...(request.jwksUri !== undefined && { jwks_uri: request.jwksUri }),
    id_token_signed_response_alg: request.signingAlgorithm ?? "ES256",
    subject_type: "pairwise",
    ...(request.requirePushedRequests === true && { require_pushed_authorization_requests: true }),
    ...(request.dpopBound === true && { dpop_bound_access_tokens: true }),
    ...(request.backchannelLogoutUri !== undefined && { backchannel_logout_uri: request.backchannelLogoutUri, backchannel_logout_session_required: true }),
    ...(request.minimumIal !== undefined && { minimum_ial: request.minimumIal }),
    ...(request.minimumAal !== undefined && { minimum_aal: request.minimumAal }),
    ...(request.maximumStatusAge !== undefined && { maximum_status_age: request.maximumStatusAge }),
  });
}

function nameProblem({ clientId, name }: RegistrationRequest): string | null {
  if (!clientIdForm.test(clientId)) return "client_id: 1 to 64 of A-Z a-z 0-9 . _ ~ -";
  if (name.trim() === "" || name.length > 100) return "client_name: 1 to 100 characters";
  return name.isWellFormed() && !unreadable.test(name) ? null : "client_name: has characters that cannot be shown";
}

function uriProblem(request: RegistrationRequest): string | null {
  const { redirectUris, postLogoutRedirectUris = [], backchannelLogoutUri } = request;
  if (redirectUris.length === 0) return "redirect_uris: at least one";
  const named = [
    ...redirectUris.map((uri) => ["redirect_uris", uri] as const),
    ...postLogoutRedirectUris.map((uri) => ["post_logout_redirect_uris", uri] as const),
    ...(backchannelLogoutUri === undefined ? [] : [["backchannel_logout_uri", backchannelLogoutUri] as const]),
  ];
  for (const [member, uri] of named) {
    const problem = redirectUriProblem(uri);
    if (problem !== null) return `${member}: ${uri}: ${problem}`;
  }
  // The host is the sector of the pairwise subjects (OpenID Connect Core 8.1).
  const hosts = new Set(redirectUris.map((uri) => new URL(uri).host));
  return hosts.size === 1 ? null : "redirect_uris: of one host; register each host as a client of its own";
}

function keyProblem({ authentication, jwks, jwksUri }: RegistrationRequest): string | null {
  if (jwks !== undefined && jwksUri !== undefined) return "jwks and jwks_uri: one of them";
  if (authentication === "private_key_jwt" && jwks === undefined && jwksUri === undefined) return "private_key_jwt needs jwks or jwks_uri";
  const problem = jwksUri === undefined ? null : redirectUriProblem(jwksUri);
  if (problem !== null) return `jwks_uri: ${problem}`;
  const inKeys = jwks === undefined ? null : keySetProblem(jwks);
  return inKeys === null ? null : `jwks: ${inKeys}`;
}

function minimumProblem({ minimumIal, minimumAal, maximumStatusAge }: RegistrationRequest): string | null {
  for (const [member, level] of [["minimum_ial", minimumIal], ["minimum_aal", minimumAal]] as const) {
    if (level !== undefined && ![1, 2, 3].includes(level)) return `${member}: 1, 2 or 3`;
  }
  const isAge = maximumStatusAge === undefined || (Number.isSafeInteger(maximumStatusAge) && maximumStatusAge >= 0);
  return isAge ? null : "maximum_status_age: whole seconds, 0 or more";
}
