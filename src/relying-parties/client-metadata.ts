import { accept, refuse, type Verdict } from "../errors.ts";
import { fapiAlgorithms } from "./fapi.ts";
import type { RegistrationRequest } from "./registration.ts";

/** What a registration that nobody looks at must keep to. */
export interface RegistrationPolicy {
  /** Hosts that redirect URIs may have; any when left out. */
  readonly hosts?: readonly string[];
  readonly profile?: "fapi2";
  readonly minimumIal?: number;
  readonly minimumAal?: number;
}

/** Both policies at once. */
export function combinedPolicy(one: RegistrationPolicy, other: RegistrationPolicy): RegistrationPolicy {
  const hosts = one.hosts === undefined || other.hosts === undefined ? (one.hosts ?? other.hosts) : one.hosts.filter((host) => other.hosts?.includes(host));
  const profile = one.profile ?? other.profile;
  return {
    ...(hosts !== undefined && { hosts }),
    ...(profile !== undefined && { profile }),
    ...atLeast("minimumIal", one.minimumIal, other.minimumIal),
    ...atLeast("minimumAal", one.minimumAal, other.minimumAal),
  };
}

type Json = Readonly<Record<string, unknown>>;

const methods = ["client_secret_basic", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"] as const;
/**
 * Sign-in on another device goes to no redirect URI, so nothing would prove that a client has anything
 * to do with the host that it names, and with it the sector of its subjects: the operator registers that.
 */
const grants = ["authorization_code", "refresh_token"];
const certificateNames = ["dns", "uri", "email", "ip"] as const;

/**
 * Client metadata as sent (RFC 7591 2, OpenID Connect Registration 2) as a registration request under
 * a policy. Members that this bridge does not know are ignored; of those it knows, a value that it
 * cannot meet is refused. What the policy asks for is put in place of less.
 */
export function requestFromMetadata(clientId: string, sent: Json, policy: RegistrationPolicy): Verdict<RegistrationRequest> {
  const problem = typeProblem(sent) ?? choiceProblem(sent) ?? calledProblem(sent);
  if (problem !== null) return refuse("invalid_client_metadata", problem);
  const redirectUris = sent["redirect_uris"];
  if (!isTexts(redirectUris) || redirectUris.length === 0) return refuse("invalid_redirect_uri", "redirect_uris: at least one");
  const hosts = redirectUris.map((uri) => URL.parse(uri)?.host ?? "");
  const strange = strangeAddress(sent, hosts[0]);
  if (strange !== null) return refuse("invalid_client_metadata", strange);
  // Everybody has a loopback address: on one, unrelated clients would share a sector.
  if (!redirectUris.every((uri, index) => uri.startsWith("https:") || policy.hosts?.includes(hosts[index] ?? ""))) return refuse("invalid_redirect_uri", "redirect_uris: must be https, unless this registration is for that host");
  if (policy.hosts !== undefined && !hosts.every((host) => policy.hosts?.includes(host))) return refuse("invalid_redirect_uri", "redirect_uris: on a host that this registration is not for");
  const { jwks, minimum_ial, minimum_aal, maximum_status_age, client_name = hosts[0] } = sent;
  const profile = policy.profile ?? (sent["profile"] as "fapi2" | undefined);
  const named = certificateNames.find((kind) => sent[`tls_client_auth_san_${kind}`] !== undefined);
  const algorithm = sent["token_endpoint_auth_signing_alg"] ?? sent["request_object_signing_alg"];
  return accept({
    clientId,
    name: String(client_name),
    redirectUris,
    authentication: (sent["token_endpoint_auth_method"] ?? "client_secret_basic") as (typeof methods)[number],
    requirePushedRequests: sent["require_pushed_authorization_requests"] === true,
    dpopBound: sent["dpop_bound_access_tokens"] === true,
    certificateBound: sent["tls_client_certificate_bound_access_tokens"] === true,
    messageSigning: sent["message_signing"] === true,
    signingAlgorithm: (sent["id_token_signed_response_alg"] ?? "ES256") as "ES256" | "RS256",
    refreshTokens: ((sent["grant_types"] ?? grants) as readonly string[]).includes("refresh_token"),
    ...(algorithm !== undefined && { clientAlgorithm: algorithm as (typeof fapiAlgorithms)[number] }),
    ...(profile !== undefined && { profile }),
    ...(named !== undefined && { certificateName: { kind: named, value: String(sent[`tls_client_auth_san_${named}`]) } }),
    ...(jwks !== undefined && { jwks: jwks as { keys: object[] } }),
    ...(typeof sent["jwks_uri"] === "string" && { jwksUri: sent["jwks_uri"] }),
    ...(isTexts(sent["post_logout_redirect_uris"]) && { postLogoutRedirectUris: sent["post_logout_redirect_uris"] }),
    ...(typeof sent["backchannel_logout_uri"] === "string" && { backchannelLogoutUri: sent["backchannel_logout_uri"] }),
    ...atLeast("minimumIal", minimum_ial, policy.minimumIal),
    ...atLeast("minimumAal", minimum_aal, policy.minimumAal),
    ...(maximum_status_age !== undefined && { maximumStatusAge: Number(maximum_status_age) }),
  });
}

const texts = ["client_name", "jwks_uri", "backchannel_logout_uri", ...certificateNames.map((kind) => `tls_client_auth_san_${kind}`)];
const flags = ["require_pushed_authorization_requests", "dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens", "message_signing"];
const numbers = ["minimum_ial", "minimum_aal", "maximum_status_age"];
const lists = ["post_logout_redirect_uris", "grant_types", "response_types"];

/**
 * Whoever signs out is sent to one of these addresses, and another is told the person's pseudonym: both
 * are of the host that the redirect URIs show, and whose pseudonym it is. Any other the operator registers.
 */
function strangeAddress(sent: Json, host: string | undefined): string | null {
  const listed = isTexts(sent["post_logout_redirect_uris"]) ? sent["post_logout_redirect_uris"] : [];
  if (listed.some((uri) => URL.parse(uri)?.host !== host)) return "post_logout_redirect_uris: on the host of the redirect URIs";
  const called = sent["backchannel_logout_uri"];
  return called === undefined || URL.parse(String(called))?.host === host ? null : "backchannel_logout_uri: on the host of the redirect URIs";
}

/** Addresses that this bridge calls: nobody who registers itself sends it to its own machine. */
function calledProblem(sent: Json): string | null {
  const inside = ["jwks_uri", "backchannel_logout_uri"].find((member) => sent[member] !== undefined && URL.parse(String(sent[member]))?.protocol !== "https:");
  return inside === undefined ? null : `${inside}: must be https`;
}

function typeProblem(sent: Json): string | null {
  const wrong = (members: readonly string[], fits: (value: unknown) => boolean): string | undefined => members.find((member) => sent[member] !== undefined && !fits(sent[member]));
  const of = (kind: string, member: string | undefined): string | null => (member === undefined ? null : `${member}: ${kind}`);
  return of("text", wrong(texts, (value) => typeof value === "string")) ?? of("true or false", wrong(flags, (value) => typeof value === "boolean")) ?? of("a number", wrong(numbers, (value) => typeof value === "number")) ?? of("a list of texts", wrong(lists, isTexts));
}

const choices: Readonly<Record<string, readonly string[]>> = {
  token_endpoint_auth_method: methods,
  token_endpoint_auth_signing_alg: fapiAlgorithms,
  request_object_signing_alg: fapiAlgorithms,
  id_token_signed_response_alg: ["ES256", "RS256"],
  subject_type: ["pairwise"],
  application_type: ["web"],
  profile: ["fapi2"],
};

function choiceProblem(sent: Json): string | null {
  for (const [member, words] of Object.entries(choices)) {
    if (sent[member] !== undefined && !words.includes(String(sent[member]))) return `${member}: ${words.join(", ")}`;
  }
  const { response_types = ["code"], grant_types = grants } = sent as Record<string, readonly string[]>;
  if (response_types.length !== 1 || response_types[0] !== "code") return "response_types: code";
  return grant_types.includes("authorization_code") && grant_types.every((grant) => grants.includes(grant)) ? null : `grant_types: authorization_code, and refresh_token if wanted; the operator registers any other`;
}

const atLeast = (member: "minimumIal" | "minimumAal", sent: unknown, policy: number | undefined): Record<string, number> => {
  const asked = [sent, policy].filter((level) => level !== undefined).map(Number);
  return asked.length === 0 ? {} : { [member]: Math.max(...asked) };
};

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((each) => typeof each === "string");
