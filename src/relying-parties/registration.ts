import { accept, refuse, type Verdict } from "../errors.ts";

/** OpenID client metadata as stored, with the registration minimums of this bridge. */
export interface RelyingPartyMetadata {
  readonly client_id: string;
  readonly client_name: string;
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: "private_key_jwt" | "client_secret_basic" | "none";
  readonly [member: string]: unknown;
}

/** What a registration is made from. */
export interface RegistrationRequest {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly authentication: "private_key_jwt" | "client_secret_basic";
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

const clientIdForm = /^[A-Za-z0-9._~-]{1,64}$/;

/**
 * OpenID Connect Dynamic Client Registration metadata of a request.
 * Refuses with `invalid_request`, naming the member.
 */
export function metadataOf(request: RegistrationRequest): Verdict<RelyingPartyMetadata> {
  if (!clientIdForm.test(request.clientId)) return refuse("invalid_request", "client_id: 1 to 64 of A-Z a-z 0-9 . _ ~ -");
  if (request.name.trim() === "" || request.name.length > 100) return refuse("invalid_request", "client_name: 1 to 100 characters");
  if (request.redirectUris.length === 0) return refuse("invalid_request", "redirect_uris: at least one");
  for (const uri of [...request.redirectUris, ...(request.postLogoutRedirectUris ?? [])]) {
    const problem = redirectUriProblem(uri);
    if (problem !== null) return refuse("invalid_request", `redirect_uris: ${uri}: ${problem}`);
  }
  if (request.backchannelLogoutUri !== undefined) {
    const problem = redirectUriProblem(request.backchannelLogoutUri);
    if (problem !== null) return refuse("invalid_request", `backchannel_logout_uri: ${problem}`);
  }
  if (request.authentication === "private_key_jwt" && request.jwks === undefined && request.jwksUri === undefined) {
    return refuse("invalid_request", "private_key_jwt needs jwks or jwks_uri");
  }
  for (const [member, level] of [["minimum_ial", request.minimumIal], ["minimum_aal", request.minimumAal]] as const) {
    if (level !== undefined && ![1, 2, 3].includes(level)) return refuse("invalid_request", `${member}: 1, 2 or 3`);
  }
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

/** Why a URI cannot be redirected to, or null: absolute https without fragment, http on loopback only. */
export function redirectUriProblem(text: string): string | null {
  if (!URL.canParse(text)) return "not an absolute URL";
  const uri = new URL(text);
  if (text.includes("#")) return "has a fragment";
  if (uri.username !== "" || uri.password !== "") return "has user information";
  if (uri.protocol === "https:") return null;
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(uri.hostname);
  return uri.protocol === "http:" && loopback ? null : "must be https (http only on loopback)";
}
