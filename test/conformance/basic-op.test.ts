import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { agree, type JsonReply, personWith, RawParty, replyOf, userinfo } from "../attacks/raw-party.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { type Person, signInWithPasskey } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";

/** The modules of the OpenID Foundation's Basic OP plan, by their names (docs/conformance.md). */

let world: World;
let party: RawParty;
let other: RawParty;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
  party = await RawParty.register(world);
  other = await RawParty.register(world);
  person = await personWith(world, party);
  await agree(person, other);
});
afterAll(() => world.close());

type Change = Parameters<RawParty["request"]>[0];

/** In true time: oidc-provider compares max_age with the system's clock. */
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const bearer = (body: JsonReply["body"]): Record<string, string> => ({ authorization: `Bearer ${String(body["access_token"])}` });
const claimsOf = (body: JsonReply["body"]): Record<string, unknown> => decodeJwt(String(body["id_token"]));
const answered = ({ headers }: Answer): Record<string, string> => Object.fromEntries(new URL(headers.get("location") ?? "about:blank").searchParams);
/** A browser in which nobody is signed in, of the same person. */
const elsewhere = (): Person => ({ ...person, browser: new HttpBrowser() });
const asksToSignIn = ({ status, text }: Answer): boolean => status === 200 && text.includes("/passkey/options");

/** Tokens for the person who is signed in, whatever is asked for. */
async function tokens(change: Change = {}): Promise<JsonReply["body"]> {
  const { status, body } = await party.exchange(await party.code(person.browser, change));
  expect(status).toBe(200);
  return body;
}

/** Signs in by the passkey on the page that a request is answered with; the tokens. */
async function signedInAgain(who: Person, change: Change): Promise<JsonReply["body"]> {
  const page = await party.authorize(who.browser, change);
  expect(asksToSignIn(page)).toBe(true);
  const { code = "" } = answered(await signInWithPasskey(world, who, page));
  return (await party.exchange(code)).body;
}

/** A request with this is answered as any other. */
async function changesNothing(change: Change): Promise<void> {
  expect(claimsOf(await tokens(change))["sub"]).toBe(claimsOf(await tokens())["sub"]);
}

/** A scope that the bridge does not know is left out, and nothing is told for it. */
async function tellsNothingFor(scope: string): Promise<void> {
  const body = await tokens({ scope: `openid ${scope}` });
  expect(String(body["scope"]).split(" ")).toEqual(["openid"]);
  const told = { ...claimsOf(body), ...(await userinfo(world, bearer(body))).body };
  for (const name of ["name", "email", "address", "phone_number", "birthdate", "gender"]) expect(told).not.toHaveProperty(name);
}

/** The second use is refused, and what the first gave is dead (RFC 6749 4.1.2). */
async function codeIsUsedUp(seconds: number): Promise<void> {
  const code = await party.code(person.browser);
  const first = await party.exchange(code);
  world.advance(seconds);
  expect((await party.exchange(code)).body["error"]).toBe("invalid_grant");
  expect((await userinfo(world, bearer(first.body))).status).toBe(401);
}

async function userinfoBy(init: (token: string) => RequestInit): Promise<void> {
  const body = await tokens();
  const { status, body: told } = await replyOf(await fetch(`${world.issuer}/userinfo`, init(String(body["access_token"]))));
  expect([status, told["sub"], told["ial"]]).toEqual([200, claimsOf(body)["sub"], 3]);
}

/** An unsigned request object is refused where it is used, not passed over. */
async function refusesObject(change: Change, ...errors: readonly string[]): Promise<void> {
  const { code, error } = answered(await party.authorize(person.browser, change));
  expect(code).toBeUndefined();
  expect(errors).toContain(error);
}

const unsigned = (claims: object): string => [{ alg: "none" }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".").concat(".");

const modules: readonly [name: string, run: () => Promise<void>][] = [
  ["oidcc-server", async () => {
    const body = await tokens({ nonce: "a nonce" });
    const { iss, aud, nonce, exp = 0, iat = 0, sub } = claimsOf(body) as { exp?: number; iat?: number } & Record<string, unknown>;
    expect({ iss, aud, nonce, token_type: body["token_type"] }).toEqual({ iss: world.issuer, aud: party.clientId, nonce: "a nonce", token_type: "Bearer" });
    expect(exp).toBeGreaterThan(iat);
    expect(String(sub)).toMatch(/^[\x21-\x7e]{1,255}$/u);
  }],
  ["oidcc-response-type-missing", async () => {
    const { error, code } = answered(await party.authorize(person.browser, { response_type: undefined }));
    expect([error, code]).toEqual(["invalid_request", undefined]);
  }],
  ["oidcc-idtoken-signature", async () => {
    const { kid, alg } = decodeProtectedHeader(String((await tokens())["id_token"]));
    const { keys } = (await (await fetch(`${world.issuer}/jwks`)).json()) as { keys: { kid: string; alg: string }[] };
    expect([alg, keys.filter((key) => key.kid === kid).map((key) => key.alg)]).toEqual(["ES256", ["ES256"]]);
  }],
  ["oidcc-userinfo-get", () => userinfoBy((token) => ({ headers: { authorization: `Bearer ${token}` } }))],
  ["oidcc-userinfo-post-header", () => userinfoBy((token) => ({ method: "POST", headers: { authorization: `Bearer ${token}` } }))],
  ["oidcc-userinfo-post-body", () => userinfoBy((token) => ({ method: "POST", body: new URLSearchParams({ access_token: token }) }))],
  ["oidcc-ensure-request-without-nonce-succeeds-for-code-flow", async () => expect(claimsOf(await tokens({ nonce: undefined }))).not.toHaveProperty("nonce")],
  ["oidcc-scope-profile", () => tellsNothingFor("profile")],
  ["oidcc-scope-email", () => tellsNothingFor("email")],
  ["oidcc-scope-address", () => tellsNothingFor("address")],
  ["oidcc-scope-phone", () => tellsNothingFor("phone")],
  ["oidcc-scope-all", () => tellsNothingFor("profile email address phone")],
  ["oidcc-alternate-happy-flow", async () => {
    // As a client that asks in another way: pushed, without state.
    const { body } = await party.push({ state: undefined });
    const search = new URLSearchParams({ client_id: party.clientId, request_uri: String(body["request_uri"]) });
    const { code = "", state } = answered(await person.browser.open(`${world.issuer}/authorize?${search}`));
    expect([state, (await party.exchange(code)).status]).toEqual([undefined, 200]);
  }],
  ["oidcc-display-page", () => changesNothing({ display: "page" })],
  ["oidcc-display-popup", () => changesNothing({ display: "popup" })],
  ["oidcc-prompt-login", async () => {
    const before = claimsOf(await tokens())["auth_time"];
    await wait(1100);
    expect(claimsOf(await signedInAgain(person, { prompt: "login" }))["auth_time"]).toBeGreaterThan(Number(before));
  }],
  ["oidcc-prompt-none-not-logged-in", async () => {
    expect(answered(await party.authorize(elsewhere().browser, { prompt: "none" }))["error"]).toBe("login_required");
  }],
  ["oidcc-prompt-none-logged-in", async () => {
    const first = claimsOf(await tokens());
    expect(claimsOf(await tokens({ prompt: "none" }))).toMatchObject({ sub: first["sub"], auth_time: first["auth_time"] });
  }],
  ["oidcc-max-age-1", async () => {
    const before = claimsOf(await tokens())["auth_time"];
    await wait(2100);
    const { auth_time } = claimsOf(await signedInAgain(person, { max_age: "1" }));
    expect(auth_time).toBeGreaterThan(Number(before));
  }],
  ["oidcc-max-age-10000", async () => {
    const first = claimsOf(await tokens({ max_age: "10000" }));
    expect(claimsOf(await tokens({ max_age: "10000" }))["auth_time"]).toBe(first["auth_time"]);
  }],
  ["oidcc-ensure-request-with-unknown-parameter-succeeds", () => changesNothing({ extra: "foobar" })],
  ["oidcc-id-token-hint", async () => {
    const hint = await tokens();
    expect(claimsOf(await tokens({ prompt: "none", id_token_hint: String(hint["id_token"]) }))["sub"]).toBe(claimsOf(hint)["sub"]);
  }],
  ["oidcc-login-hint", () => changesNothing({ login_hint: "buffy@example.com" })],
  ["oidcc-ui-locales", async () => {
    const page = await party.authorize(elsewhere().browser, { ui_locales: "ja" });
    expect(page.text).toContain('<html lang="ja"');
    await changesNothing({ ui_locales: "se" });
  }],
  ["oidcc-claims-locales", () => changesNothing({ claims_locales: "se" })],
  ["oidcc-ensure-request-with-acr-values-succeeds", async () => {
    const acr = String(claimsOf(await tokens())["acr"]);
    expect(claimsOf(await tokens({ acr_values: `1 ${acr}` }))["acr"]).toBe(acr);
  }],
  ["oidcc-codereuse", () => codeIsUsedUp(0)],
  ["oidcc-codereuse-30seconds", () => codeIsUsedUp(30)],
  ["oidcc-ensure-registered-redirect-uri", async () => {
    const { status, headers } = await party.authorize(person.browser, { redirect_uri: `${party.redirectUri}/other` });
    expect([status, headers.get("location")]).toEqual([400, null]);
  }],
  ["oidcc-ensure-post-request-succeeds", async () => {
    const posted = await person.browser.open(`${world.issuer}/authorize`, { method: "POST", body: party.request(), headers: { accept: "text/html", origin: new URL(party.redirectUri).origin, "sec-fetch-site": "cross-site" } });
    expect((await party.exchange(answered(posted)["code"] ?? "")).status).toBe(200);
  }],
  ["oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", () => refusesObject({ request_uri: "https://service.example/request.jwt" }, "request_uri_not_supported")],
  ["oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", () => refusesObject({ request: unsigned({ client_id: party.clientId, state: "inside" }) }, "invalid_request_object", "request_not_supported")],
  ["oidcc-claims-essential", async () => {
    // A claim that there is, and one that there is not: the answer is given without it (OpenID Connect Core 5.5.1).
    const claims = JSON.stringify({ userinfo: { ial: { essential: true }, name: { essential: true } } });
    await agree(person, party, { claims });
    const { body } = await userinfo(world, bearer(await tokens({ claims })));
    expect([body["ial"], body["name"]]).toEqual([3, undefined]);
  }],
  ["oidcc-refresh-token", async () => {
    const first = await tokens();
    const { status, body } = await party.token({ grant_type: "refresh_token", refresh_token: String(first["refresh_token"]) });
    expect([status, claimsOf(body)["sub"], claimsOf(body)["auth_time"]]).toEqual([200, claimsOf(first)["sub"], claimsOf(first)["auth_time"]]);
    const stolen = await other.token({ grant_type: "refresh_token", refresh_token: String(body["refresh_token"]) });
    expect(stolen.body["error"]).toBe("invalid_grant");
  }],
  ["oidcc-ensure-request-with-valid-pkce-succeeds", async () => {
    const wrong = await party.exchange(await party.code(person.browser), { code_verifier: "x".repeat(43) });
    expect([wrong.body["error"], (await party.exchange(await party.code(person.browser))).status]).toEqual(["invalid_grant", 200]);
  }],
];

describe("oidcc-basic-certification-test-plan", () => {
  test.each(modules)("%s", (_name, run) => run());
});
