/** The FAPI 2.0 Security Profile and FAPI 2.0 Message Signing, as rules over the metadata of one relying party. */

/** Signature algorithms under FAPI 2.0 (Security Profile 5.4.1); `Ed25519` is what RFC 9864 calls EdDSA with that curve. */
export const fapiAlgorithms = ["ES256", "PS256", "EdDSA", "Ed25519"] as const;
export type FapiAlgorithm = (typeof fapiAlgorithms)[number];

/** Response modes that carry the whole answer in a signed JWT (JARM 2.3). */
export const signedResponseModes = ["jwt", "query.jwt", "form_post.jwt"] as const;

const authenticationMethods = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"];

type Metadata = Readonly<Record<string, unknown>>;

/** Whether these metadata put the relying party under FAPI 2.0. */
export const isFapi = (metadata: Metadata): boolean => metadata["profile"] === "fapi2";

/**
 * Why metadata do not keep to the profile they name, or null. Asked when a registration is made, and
 * again whenever one is loaded: whatever wrote it, no relying party is under FAPI 2.0 by name alone.
 */
export function fapiProblem(metadata: Metadata): string | null {
  if (metadata["profile"] === undefined) return metadata["message_signing"] === true ? "message_signing: needs profile fapi2" : null;
  if (!isFapi(metadata)) return "profile: fapi2 is the only one";
  return securityProfileProblem(metadata) ?? (metadata["message_signing"] === true ? messageSigningProblem(metadata) : null);
}

/** Security Profile 5.3.2.1 and 5.3.2.2. */
function securityProfileProblem(metadata: Metadata): string | null {
  const method = String(metadata["token_endpoint_auth_method"]);
  if (!authenticationMethods.includes(method)) return `token_endpoint_auth_method: fapi2 needs ${authenticationMethods.join(", ")}`;
  if (method === "private_key_jwt" && !isFapiAlgorithm(metadata["token_endpoint_auth_signing_alg"])) return algorithmProblem("token_endpoint_auth_signing_alg");
  if (metadata["require_pushed_authorization_requests"] !== true) return "require_pushed_authorization_requests: fapi2 needs true";
  const bound = metadata["dpop_bound_access_tokens"] === true || metadata["tls_client_certificate_bound_access_tokens"] === true;
  if (!bound) return "fapi2 needs access tokens bound by DPoP or by a client certificate";
  return isFapiAlgorithm(metadata["id_token_signed_response_alg"]) ? null : algorithmProblem("id_token_signed_response_alg");
}

/** Message Signing 5.3, 5.4 and 5.5. */
function messageSigningProblem(metadata: Metadata): string | null {
  if (metadata["require_signed_request_object"] !== true) return "require_signed_request_object: message_signing needs true";
  const modes = metadata["response_modes"];
  const areSigned = Array.isArray(modes) && modes.every((mode) => (signedResponseModes as readonly unknown[]).includes(mode));
  if (!areSigned) return `response_modes: message_signing needs some of ${signedResponseModes.join(", ")}, and no other`;
  const algorithms = ["request_object_signing_alg", "authorization_signed_response_alg", "introspection_signed_response_alg"];
  const wrong = algorithms.find((member) => !isFapiAlgorithm(metadata[member]));
  return wrong === undefined ? null : algorithmProblem(wrong);
}

const isFapiAlgorithm = (value: unknown): boolean => (fapiAlgorithms as readonly unknown[]).includes(value);
const algorithmProblem = (member: string): string => `${member}: fapi2 needs ${fapiAlgorithms.join(", ")}`;
