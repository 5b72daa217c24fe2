import { accept, refuse, type Verdict } from "../errors.ts";
import { clientCredentialsMetadata, clientCredentialsProblem, type ClientCredentialsRequest } from "./client-credentials.ts";
import { keySetProblem } from "./client-keys.ts";
import { certificateNameProblem, type CertificateName, certificateNameMember } from "./certificate-name.ts";
import { decoupledGrants, decoupledMetadata, decoupledProblem, type DecoupledRequest } from "./decoupled.ts";
import { type FapiAlgorithm, fapiProblem, signedResponseModes } from "./fapi.ts";
import { redirectUriProblem } from "./redirect-uri.ts";

/** OpenID client metadata as stored, with the registration minimums of this bridge. */
export interface RelyingPartyMetadata {
  readonly client_id: string;
  readonly client_name: string;
  readonly redirect_uris: readonly string[];
  readonly token_endpoint_auth_method: RegistrationRequest["authentication"] | "none";
  readonly [member: string]: unknown;
}

/** What a registration is made from. */
export interface RegistrationRequest extends DecoupledRequest, ClientCredentialsRequest {
  readonly clientId: string;
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly backchannelLogoutUri?: string;
  readonly authentication: "private_key_jwt" | "client_secret_basic" | "attest_jwt_client_auth" | "tls_client_auth" | "self_signed_tls_client_auth";
  /** FAPI 2.0 Security Profile: pushed requests and bound tokens follow from it. */
  readonly profile?: "fapi2";
  /** FAPI 2.0 Message Signing on top: signed requests, signed authorization responses, signed introspection answers. */
  readonly messageSigning?: boolean;
  /** By which the relying party signs its assertions and request objects; ES256 when left out. */
  readonly clientAlgorithm?: FapiAlgorithm;
  /** The name in the certificate of a client that authenticates by `tls_client_auth` (RFC 8705 2.1.2). */
  readonly certificateName?: CertificateName;
  readonly jwks?: { readonly keys: readonly object[] };
  readonly jwksUri?: string;
  readonly signingAlgorithm?: "ES256" | "RS256";
  readonly requirePushedRequests?: boolean;
  readonly dpopBound?: boolean;
  /** Access tokens bound to the client's certificate (RFC 8705 3); by DPoP when left out under FAPI 2.0. */
  readonly certificateBound?: boolean;
  readonly minimumIal?: number;
  readonly minimumAal?: number;
  readonly maximumStatusAge?: number;
  readonly refreshTokens?: boolean;
}

const clientIdForm = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,64}$/;
// Control characters, line ends, what turns the direction of writing and what shows nothing: a name must read as it is.
const unreadable = /[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u202a-\u202e\u2066-\u2069]/u;

/**
 * OpenID Connect Dynamic Client Registration metadata of a request.
 * Refuses with `invalid_request`, naming the member.
 */
export function metadataOf(request: RegistrationRequest): Verdict<RelyingPartyMetadata> {
  const problem = nameProblem(request) ?? uriProblem(request) ?? keyProblem(request) ?? certificateNameProblem(request) ?? bindingProblem(request) ?? minimumProblem(request) ?? decoupledProblem(request) ?? clientCredentialsProblem(request);
  if (problem !== null) return refuse("invalid_request", problem);
  const metadata: RelyingPartyMetadata = {
    client_id: request.clientId,
    client_name: request.name,
    redirect_uris: [...request.redirectUris],
    post_logout_redirect_uris: [...(request.postLogoutRedirectUris ?? [])],
    response_types: ["code"],
    grant_types: ["authorization_code", ...(request.refreshTokens === false ? [] : ["refresh_token"]), ...decoupledGrants(request)],
    token_endpoint_auth_method: request.authentication,
    ...(request.authentication === "private_key_jwt" && { token_endpoint_auth_signing_alg: request.clientAlgorithm ?? "ES256" }),
    ...(request.certificateName !== undefined && { [certificateNameMember(request.certificateName)]: request.certificateName.value }),
    ...(request.jwks !== undefined && { jwks: request.jwks }),
    ...(request.jwksUri !== undefined && { jwks_uri: request.jwksUri }),
    id_token_signed_response_alg: request.signingAlgorithm ?? "ES256",
    subject_type: "pairwise",
    ...protectionOf(request),
    ...decoupledMetadata(request),
    ...clientCredentialsMetadata(request),
    ...(request.backchannelLogoutUri !== undefined && { backchannel_logout_uri: request.backchannelLogoutUri }),
    ...(request.minimumIal !== undefined && { minimum_ial: request.minimumIal }),
    ...(request.minimumAal !== undefined && { minimum_aal: request.minimumAal }),
    ...(request.maximumStatusAge !== undefined && { maximum_status_age: request.maximumStatusAge }),
  };
  const unfit = fapiProblem(metadata);
  return unfit === null ? accept(metadata) : refuse("invalid_request", unfit);
}

/** How requests, answers and tokens are protected. */
function protectionOf({ profile, messageSigning, clientAlgorithm = "ES256", requirePushedRequests, dpopBound, certificateBound }: RegistrationRequest): Record<string, unknown> {
  const underFapi = profile === "fapi2";
  return {
    ...(profile !== undefined && { profile }),
    ...((underFapi || requirePushedRequests === true) && { require_pushed_authorization_requests: true }),
    ...(certificateBound === true && { tls_client_certificate_bound_access_tokens: true }),
    ...((dpopBound === true || (underFapi && certificateBound !== true)) && { dpop_bound_access_tokens: true }),
    ...(messageSigning === true && {
      message_signing: true,
      require_signed_request_object: true,
      request_object_signing_alg: clientAlgorithm,
      response_modes: [...signedResponseModes],
      authorization_signed_response_alg: "ES256",
      introspection_signed_response_alg: "ES256",
    }),
  };
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

function keyProblem({ authentication, messageSigning, jwks, jwksUri }: RegistrationRequest): string | null {
  if (jwks !== undefined && jwksUri !== undefined) return "jwks and jwks_uri: one of them";
  const byKey = authentication === "private_key_jwt" || authentication === "self_signed_tls_client_auth";
  if ((byKey || messageSigning === true) && jwks === undefined && jwksUri === undefined) return `${byKey ? authentication : "message_signing"} needs jwks or jwks_uri`;
  const problem = jwksUri === undefined ? null : (redirectUriProblem(jwksUri) ?? unreachableProblem(jwksUri));
  if (problem !== null) return `jwks_uri: ${problem}`;
  const inKeys = jwks === undefined ? null : keySetProblem(jwks);
  return inKeys === null ? null : `jwks: ${inKeys}`;
}

/** Names that no host may have (RFC 6761 6.4): the bridge has one for keys that were registered by value, and answers there itself. */
const unreachableProblem = (uri: string): string | null => (/(^|\.)invalid\.?$/.test(new URL(uri).hostname) ? "on a host that can never be (.invalid)" : null);

function bindingProblem({ dpopBound, certificateBound }: RegistrationRequest): string | null {
  return dpopBound === true && certificateBound === true ? "access tokens are bound by DPoP or by a client certificate: one of them" : null;
}

function minimumProblem({ minimumIal, minimumAal, maximumStatusAge }: RegistrationRequest): string | null {
  for (const [member, level] of [["minimum_ial", minimumIal], ["minimum_aal", minimumAal]] as const) {
    if (level !== undefined && ![1, 2, 3].includes(level)) return `${member}: 1, 2 or 3`;
  }
  const isAge = maximumStatusAge === undefined || (Number.isSafeInteger(maximumStatusAge) && maximumStatusAge >= 0);
  return isAge ? null : "maximum_status_age: whole seconds, 0 or more";
}
