import { describe, expect, test } from "vitest";
import { metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { registration } from "./registrations.ts";

const fapi = (changes: Partial<RegistrationRequest> = {}): RegistrationRequest => registration({ profile: "fapi2", ...changes });
const dns = { kind: "dns", value: "client.example" } as const;

describe("what the profile makes of a registration", () => {
  const rows: [string, Partial<RegistrationRequest>, Record<string, unknown>][] = [
    ["by itself: pushed requests, tokens bound by DPoP, ES256", {}, { profile: "fapi2", require_pushed_authorization_requests: true, dpop_bound_access_tokens: true, token_endpoint_auth_signing_alg: "ES256", id_token_signed_response_alg: "ES256", message_signing: undefined, response_modes: undefined }],
    ["even when told otherwise", { requirePushedRequests: false, dpopBound: false }, { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true }],
    ["with PS256", { clientAlgorithm: "PS256" }, { token_endpoint_auth_signing_alg: "PS256" }],
    ["with tokens bound to the certificate", { certificateBound: true }, { tls_client_certificate_bound_access_tokens: true, dpop_bound_access_tokens: undefined }],
    ["with a self-signed certificate", { authentication: "self_signed_tls_client_auth", certificateBound: true }, { token_endpoint_auth_method: "self_signed_tls_client_auth", token_endpoint_auth_signing_alg: undefined }],
    ["with an authority's certificate", { authentication: "tls_client_auth", certificateName: dns }, { tls_client_auth_san_dns: "client.example", dpop_bound_access_tokens: true }],
    ["with message signing", { messageSigning: true, clientAlgorithm: "EdDSA" }, {
      message_signing: true, require_signed_request_object: true, request_object_signing_alg: "EdDSA", token_endpoint_auth_signing_alg: "EdDSA",
      response_modes: ["jwt", "query.jwt", "form_post.jwt"], authorization_signed_response_alg: "ES256", introspection_signed_response_alg: "ES256",
    }],
  ];
  test.each(rows)("%s", (_name, changes, expected) => {
    const verdict = metadataOf(fapi(changes));
    const metadata: Record<string, unknown> = verdict.valid ? verdict.value : { refused: verdict.at };
    expect(Object.fromEntries(["refused", ...Object.keys(expected)].map((member) => [member, metadata[member]]))).toEqual({ refused: undefined, ...expected });
  });
});

describe("registrations that do not keep to it", () => {
  const rows: [string, RegistrationRequest, string][] = [
    ["a shared secret", fapi({ authentication: "client_secret_basic" }), "token_endpoint_auth_method"],
    ["an attestation", fapi({ authentication: "attest_jwt_client_auth" }), "token_endpoint_auth_method"],
    ["RS256 in ID tokens", fapi({ signingAlgorithm: "RS256" }), "id_token_signed_response_alg"],
    ["RS256 in assertions", fapi({ clientAlgorithm: "RS256" as never }), "token_endpoint_auth_signing_alg"],
    ["HS256 in requests", fapi({ authentication: "self_signed_tls_client_auth", messageSigning: true, clientAlgorithm: "HS256" as never }), "request_object_signing_alg"],
    ["an unknown profile", fapi({ profile: "fapi1" as never }), "profile"],
    ["message signing alone", registration({ messageSigning: true }), "message_signing"],
    ["message signing without a key to sign with", fapi({ authentication: "tls_client_auth", certificateName: dns, messageSigning: true, jwks: undefined as never }), "message_signing needs jwks"],
    ["tokens bound twice", fapi({ dpopBound: true, certificateBound: true }), "one of them"],
    ["a self-signed certificate that is not registered", fapi({ authentication: "self_signed_tls_client_auth", jwks: undefined as never }), "needs jwks"],
    ["an authority's certificate without a name", fapi({ authentication: "tls_client_auth" }), "needs the name"],
    ["a name without a certificate", fapi({ certificateName: dns }), "only for tls_client_auth"],
    ["a name with a space", fapi({ authentication: "tls_client_auth", certificateName: { kind: "uri", value: "https://a b" } }), "visible ASCII"],
    ["an IP address that is none", fapi({ authentication: "tls_client_auth", certificateName: { kind: "ip", value: "192.0.2" } }), "not an IP address"],
  ];
  test.each(rows)("%s", (_name, request, at) => {
    const verdict = metadataOf(request);
    expect(verdict).toMatchObject({ valid: false, code: "invalid_request" });
    expect(verdict.valid ? "" : verdict.at).toContain(at);
  });
});
