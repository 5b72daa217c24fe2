import { generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { addRelyingParty, type RelyingPartyMetadata } from "../../src/relying-parties/index.ts";
import { FapiParty, type Forgery } from "../support/fapi-party.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let plain: FapiParty;
let signing: FapiParty;
beforeAll(async () => {
  world = await startWorld();
  [plain, signing] = await Promise.all([FapiParty.register(world), FapiParty.register(world, { messageSigning: true })]);
});
afterAll(() => world.close());

const minutes = 60;
const rsa = async () => ({ privateKey: (await generateKeyPair("RS256")).privateKey, alg: "RS256" });
const pss = async () => ({ privateKey: (await generateKeyPair("PS256")).privateKey, alg: "PS256" });
const stranger = async () => ({ privateKey: (await generateKeyPair("ES256")).privateKey, alg: "ES256" });
const nobody = async () => ({ privateKey: new Uint8Array(), alg: "none" });
const shared = async () => ({ privateKey: utf8("a secret that both sides would have to share"), alg: "HS256" });

describe("a request that keeps to the profile", () => {
  test("is taken, and used within a minute", async () => {
    const reply = await plain.post("/par", { ...plain.parameters(), ...(await plain.authentication()) });
    expect(reply).toMatchObject({ status: 201, body: { expires_in: 60 } });
  });

  test("is taken signed, alone with the client's id", async () => {
    expect(await signing.push({ client_id: signing.clientId, request: await signing.requestObject() })).toMatchObject({ status: 201 });
  });
});

describe("how a client authenticates", () => {
  const rows: [string, () => Promise<Forgery>][] = [
    ["RS256", async () => ({ key: await rsa() })],
    ["PS256, where ES256 is registered", async () => ({ key: await pss() })],
    ["another's key", async () => ({ key: await stranger() })],
    ["no signature", async () => ({ key: await nobody() })],
    ["a shared secret", async () => ({ key: await shared() })],
    ["for the token endpoint", async () => ({ claims: { aud: `${world.issuer}/token` } })],
    ["for the endpoint itself", async () => ({ claims: { aud: `${world.issuer}/par` } })],
    ["for the issuer in a list", async () => ({ claims: { aud: [world.issuer] } })],
    ["for another server as well", async () => ({ claims: { aud: [world.issuer, "https://other.example"] } })],
    ["for the issuer with a slash", async () => ({ claims: { aud: `${world.issuer}/` } })],
    ["for nobody", async () => ({ claims: { aud: undefined } })],
    ["expired", async () => ({ claims: { exp: world.now() - minutes } })],
    ["without end", async () => ({ claims: { exp: undefined } })],
    ["without jti", async () => ({ claims: { jti: undefined } })],
    ["made in the future", async () => ({ claims: { iat: world.now() + 90, exp: world.now() + 150 } })],
    ["valid from the future on", async () => ({ claims: { nbf: world.now() + 90, exp: world.now() + 150 } })],
  ];
  test.each(rows)("an assertion %s is refused", async (_name, forge) => {
    expect(await plain.push(plain.parameters(), await plain.authentication(await forge()))).toMatchObject({ status: 401, error: "invalid_client" });
  });

  test("an assertion whose clock is ten seconds ahead is taken", async () => {
    const claims = { iat: world.now() + 10, nbf: world.now() + 10, exp: world.now() + 70 };
    expect(await plain.push(plain.parameters(), await plain.authentication({ claims }))).toMatchObject({ status: 201 });
  });

  test("an assertion counts once", async () => {
    const used = await plain.authentication();
    expect(await plain.push(plain.parameters(), used)).toMatchObject({ status: 201 });
    expect(await plain.push(plain.parameters(), used)).toMatchObject({ status: 401, error: "invalid_client" });
  });

  test.each([["nothing", {}], ["a secret", { client_secret: "secret" }]])("%s is refused", async (_name, authentication) => {
    expect(await plain.push(plain.parameters(), authentication)).toMatchObject({ status: 401, error: "invalid_client" });
  });
});

describe("a pushed request", () => {
  const rows: [string, Record<string, string | undefined>, string][] = [
    ["without a challenge", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["with a plain challenge", { code_challenge_method: "plain" }, "invalid_request"],
    ["without a redirect URI", { redirect_uri: undefined }, "invalid_request"],
    ["with a redirect URI that is not registered", { redirect_uri: "https://other.example/callback" }, "invalid_request"],
    ["with the redirect URI and a parameter more", { redirect_uri: "https://bank-1.example/callback?a=b" }, "invalid_request"],
    ["for an ID token from the front", { response_type: "id_token" }, "unsupported_response_type"],
    ["for a code and an ID token", { response_type: "code id_token" }, "unsupported_response_type"],
    ["for an access token from the front", { response_type: "token" }, "unsupported_response_type"],
    ["that names another pushed request", { request_uri: "urn:ietf:params:oauth:request_uri:none" }, "request_uri_not_supported"],
    ["with a proof's thumbprint that is not its proof's", { dpop_jkt: "A".repeat(43) }, "invalid_request"],
  ];
  test.each(rows)("%s is refused", async (_name, change, error) => {
    const headers = { dpop: await plain.proof.prove("POST", `${world.issuer}/par`) };
    const reply = await plain.post("/par", { ...plain.parameters(change), ...(await plain.authentication()) }, headers);
    expect({ status: reply.status, error: reply.body["error"] }).toEqual({ status: 400, error });
  });
});

describe("a signed request", () => {
  const rows: [string, () => Promise<Forgery>][] = [
    ["by RS256", async () => ({ key: await rsa() })],
    ["by nobody", async () => ({ key: await nobody() })],
    ["by a shared secret", async () => ({ key: await shared() })],
    ["by another's key", async () => ({ key: await stranger() })],
    ["without nbf", async () => ({ claims: { nbf: undefined } })],
    ["without exp", async () => ({ claims: { exp: undefined } })],
    ["without aud", async () => ({ claims: { aud: undefined } })],
    ["for another server", async () => ({ claims: { aud: "https://other.example" } })],
    ["of another client", async () => ({ claims: { iss: plain.clientId } })],
    ["that names another client", async () => ({ claims: { client_id: plain.clientId } })],
    ["for 61 minutes", async () => ({ claims: { exp: world.now() + 61 * minutes } })],
    ["begun 61 minutes ago", async () => ({ claims: { nbf: world.now() - 61 * minutes, exp: world.now() + 10 } })],
    ["expired", async () => ({ claims: { nbf: world.now() - 10 * minutes, exp: world.now() - 1 * minutes } })],
    ["that begins in the future", async () => ({ claims: { nbf: world.now() + 90, exp: world.now() + 190 } })],
    ["made in the future", async () => ({ claims: { iat: world.now() + 90 } })],
    ["that ends before it begins", async () => ({ claims: { nbf: world.now() + 10, exp: world.now() + 5 } })],
    ["within a signed request", async () => ({ claims: { request: "a.b.c" } })],
  ];
  test.each(rows)("%s is refused", async (_name, forge) => {
    const request = await signing.requestObject(await forge());
    expect(await signing.push({ client_id: signing.clientId, request })).toMatchObject({ status: 400, error: "invalid_request_object" });
  });

  test("for exactly 60 minutes is taken", async () => {
    const request = await signing.requestObject({ claims: { exp: world.now() + 60 * minutes } });
    expect(await signing.push({ client_id: signing.clientId, request })).toMatchObject({ status: 201 });
  });

  test("is what message signing asks for: parameters alone are refused", async () => {
    expect(await signing.push(signing.parameters({ response_mode: "jwt" }))).toMatchObject({ status: 400, error: "invalid_request" });
  });

  test.each([undefined, "query", "form_post", "fragment"])("must ask for a signed answer, not for %s", async (response_mode) => {
    const request = await signing.requestObject({ claims: { response_mode } });
    expect(await signing.push({ client_id: signing.clientId, request })).toMatchObject({ status: 400, error: "invalid_request" });
  });
});

describe("at the authorization endpoint", () => {
  test("a request that was not pushed is refused, in an answer that names the issuer (RFC 9207), by 303", async () => {
    const parameters = new URLSearchParams(plain.parameters() as Record<string, string>);
    const { status, headers } = await new HttpBrowser().open(`${world.issuer}/authorize?${parameters}`);
    expect(status).toBe(303);
    const { origin, searchParams } = new URL(headers.get("location") ?? "");
    expect({ origin, ...Object.fromEntries(searchParams) }).toMatchObject({ origin: new URL(plain.redirectUri).origin, error: "invalid_request", iss: world.issuer, state: "state" });
  });

  test("a signed request that was not pushed is refused on a page", async () => {
    const parameters = new URLSearchParams({ client_id: signing.clientId, request: await signing.requestObject() });
    const { status, headers, text } = await new HttpBrowser().open(`${world.issuer}/authorize?${parameters}`);
    expect([status, headers.get("location")]).toEqual([400, null]);
    expect(text).toContain("invalid_request");
  });
});

test("the password grant is unknown", async () => {
  const reply = await plain.post("/token", { grant_type: "password", username: "a", password: "b", ...(await plain.authentication()) });
  expect(reply).toMatchObject({ status: 400, body: { error: "unsupported_grant_type" } });
});

describe("a registration that does not keep to the profile, whoever wrote it, is of no use", () => {
  const right: RelyingPartyMetadata = {
    client_id: "", client_name: "Bank", redirect_uris: ["https://bank.example/callback"], token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256",
    id_token_signed_response_alg: "ES256", require_pushed_authorization_requests: true, dpop_bound_access_tokens: true, profile: "fapi2", jwks_uri: "https://bank.example/jwks",
  };
  const signed = { message_signing: true, require_signed_request_object: true, response_modes: ["jwt"], request_object_signing_alg: "ES256" };
  const rows: [string, Partial<RelyingPartyMetadata>][] = [
    ["requests that need not be pushed", { require_pushed_authorization_requests: false }],
    ["tokens that are not bound", { dpop_bound_access_tokens: false }],
    ["tokens bound to certificates, where none are taken", { dpop_bound_access_tokens: false, tls_client_certificate_bound_access_tokens: true }],
    ["any algorithm", { token_endpoint_auth_signing_alg: undefined }],
    ["RS256 in ID tokens", { id_token_signed_response_alg: "RS256" }],
    ["a profile nobody knows", { profile: "fapi3" }],
    ["message signing without signed requests", { ...signed, require_signed_request_object: false }],
    ["message signing with any answer", { ...signed, response_modes: undefined }],
    ["message signing with some answers unsigned", { ...signed, response_modes: ["jwt", "query"] }],
    ["message signing with any algorithm", { ...signed, request_object_signing_alg: undefined }],
  ];
  test.each(rows)("%s", async (name, change) => {
    const clientId = name.replaceAll(/[^a-zA-Z]/g, "-");
    await addRelyingParty(world.bridge.storage, { ...right, ...change, client_id: clientId }, world.now());
    const { status, text } = await new HttpBrowser().open(`${world.issuer}/authorize?${new URLSearchParams({ client_id: clientId, request_uri: "urn:ietf:params:oauth:request_uri:none" })}`);
    expect(status).toBe(400);
    expect(text).toContain("invalid_client_metadata");
  });
});

test("a client without the profile is served as ever: OpenID Connect Basic with a secret", async () => {
  const party = await registerRelyingParty(world, { authentication: "client_secret_basic", pushed: false });
  const { url } = await party.begin();
  expect(await new HttpBrowser().open(url)).toMatchObject({ status: 200 });
});
