import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metadataOf, redirectUriProblem, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { publicKey, registration } from "./registrations.ts";

const keys = (...list: object[]): Partial<RegistrationRequest> => ({ jwks: { keys: list } });
const uris = (...redirectUris: string[]): Partial<RegistrationRequest> => ({ redirectUris });
const { use: _use, kid: _kid, ...bareKey } = publicKey;

describe("registrations that are refused", () => {
  const rows: [string, Partial<RegistrationRequest>, string][] = [
    ["no client id", { clientId: "" }, "client_id"],
    ["65 characters of client id", { clientId: "a".repeat(65) }, "client_id"],
    ["a client id with a space", { clientId: "a b" }, "client_id"],
    ["a client id with a slash", { clientId: "a/b" }, "client_id"],
    ["a client id beyond ASCII", { clientId: "サービス" }, "client_id"],
    ["a client id with a line feed at its end", { clientId: "a\n" }, "client_id"],
    ["a client id that a URL's path would swallow", { clientId: ".." }, "client_id"],
    ["no name", { name: "" }, "client_name"],
    ["a name of spaces", { name: " \u3000 " }, "client_name"],
    ["101 characters of name", { name: "あ".repeat(101) }, "client_name"],
    ["a name with half a surrogate pair", { name: "Service \ud800" }, "client_name"],
    ["a name with the other half", { name: "\udc00Service" }, "client_name"],
    ["a name with a line feed", { name: "Service\nBank" }, "client_name"],
    ["a name with NUL", { name: "Service\0" }, "client_name"],
    ["a name that turns the direction of writing", { name: "Service \u202eknaB" }, "client_name"],
    ["no redirect URI", uris(), "redirect_uris"],
    ["redirect URIs of two hosts: one pairwise sector has one", uris("https://a.example/cb", "https://b.example/cb"), "redirect_uris"],
    ["one bad redirect URI of two", uris("https://rp.example/cb", "http://rp.example/cb"), "redirect_uris"],
    ["a bad post-logout redirect URI", { postLogoutRedirectUris: ["http://rp.example/out"] }, "post_logout_redirect_uris"],
    ["a bad back-channel logout URI", { backchannelLogoutUri: "http://rp.example/out" }, "backchannel_logout_uri"],
    ["a back-channel logout URI with a fragment", { backchannelLogoutUri: "https://rp.example/#out" }, "backchannel_logout_uri"],
    ["private_key_jwt without keys", { jwks: undefined as never }, "needs jwks or jwks_uri"],
    ["keys in two places", { jwksUri: "https://rp.example/jwks" }, "jwks and jwks_uri"],
    ["keys fetched without TLS", { jwks: undefined as never, jwksUri: "http://rp.example/jwks" }, "jwks_uri"],
    ["keys at no URL", { jwks: undefined as never, jwksUri: "jwks.json" }, "jwks_uri"],
    ["keys where no host can be, at which the bridge answers itself", { jwks: undefined as never, jwksUri: "https://registered-keys.invalid/e30" }, "jwks_uri"],
    ["the same with a capital and a port", { jwks: undefined as never, jwksUri: "https://Registered-Keys.INVALID:8443/e30" }, "jwks_uri"],
    ["keys at another host that cannot be", { jwks: undefined as never, jwksUri: "https://rp.invalid./jwks" }, "jwks_uri"],
    ["an empty key set", keys(), "jwks"],
    ["a key set that is none", { jwks: { keys: "none" } as never }, "jwks"],
    ["a key set that is null", { jwks: null as never }, "jwks"],
    ["null as a key", keys(null as never), "jwks"],
    ["a key without a type", keys({ use: "sig" }), "jwks"],
    ["a private EC key", keys({ ...publicKey, d: "AAAA" }), "private"],
    ["a private RSA key", keys(publicKey, { kty: "RSA", n: "AAAA", e: "AQAB", p: "AAAA" }), "private"],
    ["a shared secret as key", keys({ kty: "oct", k: "AAAA" }), "private"],
    ["minimum_ial 0", { minimumIal: 0 }, "minimum_ial"],
    ["minimum_ial 4", { minimumIal: 4 }, "minimum_ial"],
    ["minimum_ial 1.5", { minimumIal: 1.5 }, "minimum_ial"],
    ["minimum_aal that is no number", { minimumAal: Number.NaN }, "minimum_aal"],
    ["a negative status age", { maximumStatusAge: -1 }, "maximum_status_age"],
    ["a status age that is no number", { maximumStatusAge: Number.NaN }, "maximum_status_age"],
    ["a status age of half seconds", { maximumStatusAge: 0.5 }, "maximum_status_age"],
    ["an endless status age", { maximumStatusAge: Number.POSITIVE_INFINITY }, "maximum_status_age"],
  ];
  test.each(rows)("%s", (_name, changes, at) => {
    const verdict = metadataOf(registration(changes));
    expect(verdict).toMatchObject({ valid: false, code: "invalid_request" });
    expect(verdict.valid ? "" : verdict.at).toContain(at);
  });
});

describe("URIs that are refused", () => {
  const rows: [string, string][] = [
    ["", "absolute"], ["callback", "absolute"], ["/callback", "absolute"], ["//rp.example/cb", "absolute"], ["https:rp.example/cb", "absolute"], ["https:/rp.example/cb", "absolute"], ["https://", "absolute"],
    ["https://rp.example/cb#", "fragment"], ["https://rp.example/#/cb", "fragment"],
    ["https://user@rp.example/", "user information"], ["https://user:pw@rp.example/", "user information"], ["https://:pw@rp.example/", "user information"],
    ["http://rp.example/", "https"], ["http://localhost.rp.example/", "https"], ["http://127.0.0.2/", "https"], ["http://0.0.0.0/", "https"], ["http://[::2]/", "https"],
    ["ftp://rp.example/", "https"], ["javascript:alert(1)", "https"], ["data:text/html,x", "https"], ["app://callback", "https"], ["custom:/callback", "https"],
    [" https://rp.example/", "characters"], ["https://rp.example/ ", "characters"], ["https://rp.ex\tample/", "characters"], ["https://rp.example/\n", "characters"], ["https://rp.example\\@evil.example/", "characters"], ["https://例え.jp/", "characters"], ["https://rp.example/コールバック", "characters"],
    ["https://*.rp.example/cb", "wildcard"],
  ];
  test.each(rows)("%j", (uri, reason) => expect(redirectUriProblem(uri)).toContain(reason));
});

describe("URIs that are taken", () => {
  test.each(["https://rp.example/cb", "https://rp.example", "https://rp.example:8443/cb?x=1&y=%20", "HTTPS://RP.example/", "https://xn--r8jz45g.jp/", "http://localhost:3100/cb", "http://127.0.0.1/cb", "http://[::1]:9/cb", "https://10.0.0.1/cb"])("%s", (uri) => {
    expect(redirectUriProblem(uri)).toBeNull();
  });
});

describe("the metadata of a registration", () => {
  test("has safe defaults", () => {
    expect(metadataOf(registration())).toEqual({
      valid: true,
      value: {
        client_id: "service-1", client_name: "サービス", redirect_uris: ["https://rp.example/callback"], post_logout_redirect_uris: [],
        response_types: ["code"], grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256",
        jwks: { keys: [publicKey] }, id_token_signed_response_alg: "ES256", subject_type: "pairwise",
      },
    });
  });

  const members: [string, Partial<RegistrationRequest>, object][] = [
    ["a shared secret", { authentication: "client_secret_basic", jwks: undefined as never }, { token_endpoint_auth_method: "client_secret_basic" }],
    ["keys at a URL", { jwks: undefined as never, jwksUri: "https://rp.example/jwks" }, { jwks_uri: "https://rp.example/jwks" }],
    ["a key without use and kid", keys(bareKey), { jwks: { keys: [bareKey] } }],
    ["RS256", { signingAlgorithm: "RS256" }, { id_token_signed_response_alg: "RS256" }],
    ["pushed requests and DPoP", { requirePushedRequests: true, dpopBound: true }, { require_pushed_authorization_requests: true, dpop_bound_access_tokens: true }],
    ["no refresh tokens", { refreshTokens: false }, { grant_types: ["authorization_code"] }],
    ["back-channel logout", { backchannelLogoutUri: "https://rp.example/out" }, { backchannel_logout_uri: "https://rp.example/out" }],
    ["minimums", { minimumIal: 3, minimumAal: 1, maximumStatusAge: 0 }, { minimum_ial: 3, minimum_aal: 1, maximum_status_age: 0 }],
    ["several URIs of one host", uris("https://rp.example/a", "https://rp.example/b"), { redirect_uris: ["https://rp.example/a", "https://rp.example/b"] }],
    ["100 characters of name", { name: "𠮷".repeat(50) }, { client_name: "𠮷".repeat(50) }],
  ];
  // Most ends are of all sessions of a person, and name none (Back-Channel Logout 1.0 2.2, 2.4).
  test("promises nobody that each logout token names a session", () => {
    expect(JSON.stringify(metadataOf(registration({ backchannelLogoutUri: "https://rp.example/out" })))).toMatch(/"valid":true(?!.*backchannel_logout_session_required)/);
  });

  test.each(members)("says %s", (_name, changes, expected) => expect(metadataOf(registration(changes))).toMatchObject({ valid: true, value: expected }));

  test("never throws, whatever text it is given", () => {
    const text = fc.string({ unit: "binary", maxLength: 40 });
    fc.assert(fc.property(text, text, fc.array(fc.oneof(text, fc.webUrl()), { maxLength: 3 }), (clientId, name, redirectUris) => {
      const verdict = metadataOf(registration({ clientId, name, redirectUris }));
      if (verdict.valid) expect(JSON.parse(JSON.stringify(verdict.value))).toEqual(verdict.value);
    }));
  });
});
