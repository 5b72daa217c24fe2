import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Answer } from "../support/http-browser.ts";
import type { Person } from "../support/journey.ts";
import { agree, challengeOf, personWith, RawParty, verifier } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: RawParty;
let other: RawParty;
let person: Person;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  other = await RawParty.register(setting.world);
  person = await personWith(setting.world, party);
  await agree(person, other);
});
afterAll(() => setting.close());

/** The session notes that its browser was here; a pushed request that it was opened. */
const visited = ["Session"];
const pushed = ["Session", "PushedAuthorizationRequest"];

/** A page of our own says so, and the browser is sent nowhere. */
function expectStays(answer: Answer): void {
  expect(answer.status).toBe(400);
  expect(answer.headers.get("location")).toBeNull();
  expect(answer.headers.get("content-type")).toContain("text/html");
  expect(answer.text).toContain("<code>invalid_request</code>");
  expect(answer.text).not.toMatch(/at \w+ \(|node_modules|oidc-provider/);
}

/** The error goes to the registered redirect URI and nowhere else, with the issuer and without a code. */
function expectRefusedThere(answer: Answer, by: RawParty, error: string): URLSearchParams {
  const location = answer.headers.get("location") ?? "";
  expect([`${by.redirectUri}?`, `${by.redirectUri}#`].some((start) => location.startsWith(start))).toBe(true);
  const sent = new URLSearchParams(location.slice(by.redirectUri.length + 1));
  expect(Object.fromEntries(sent)).toMatchObject({ error, iss: setting.world.issuer });
  for (const name of ["code", "id_token", "access_token"]) expect(sent.has(name)).toBe(false);
  return sent;
}

const variants: readonly [string, (uri: string) => string][] = [
  ["an extra path", (uri) => `${uri}/extra`],
  ["a trailing slash", (uri) => `${uri}/`],
  ["a query", (uri) => `${uri}?next=1`],
  ["an empty query", (uri) => `${uri}?`],
  ["a fragment", (uri) => `${uri}#fragment`],
  ["an empty fragment", (uri) => `${uri}#`],
  ["another case in the path", (uri) => uri.replace("callback", "Callback")],
  ["another case in the host", (uri) => uri.replace("service", "SERVICE")],
  ["user information", (uri) => uri.replace("https://", "https://user:password@")],
  ["the host as user information", (uri) => uri.replace(/https:\/\/([^/]+)/, "https://$1@phishing.example")],
  ["the host as user information, with a backslash", (uri) => uri.replace(/https:\/\/([^/]+)/, "https://phishing.example\\@$1")],
  ["a port", (uri) => uri.replace(".example", ".example:8443")],
  ["the usual port written out", (uri) => uri.replace(".example", ".example:443")],
  ["http", (uri) => uri.replace("https:", "http:")],
  ["capitals in the scheme", (uri) => uri.replace("https:", "HTTPS:")],
  ["a dot segment", (uri) => uri.replace("/callback", "/./callback")],
  ["a way out and in", (uri) => uri.replace("/callback", "/other/../callback")],
  ["encoded dots", (uri) => `${uri}/%2e%2e/other`],
  ["an encoded letter", (uri) => uri.replace("callback", "%63allback")],
  ["an encoded slash", (uri) => uri.replace("/callback", "%2fcallback")],
  ["a backslash", (uri) => uri.replace("/callback", "\\callback")],
  ["a double slash", (uri) => uri.replace("/callback", "//callback")],
  ["a sibling host", (uri) => uri.replace("https://", "https://phishing.")],
  ["a longer host", (uri) => uri.replace(".example", ".example.phishing.example")],
  ["a host with a trailing dot", (uri) => uri.replace(".example", ".example.")],
  ["a space before it", (uri) => ` ${uri}`],
  ["a line break in it", (uri) => uri.replace("/callback", "/call\nback")],
  ["a tab in it", (uri) => uri.replace("/callback", "/call\tback")],
  ["a NUL byte after it", (uri) => `${uri}\0`],
  ["no scheme", (uri) => uri.replace("https:", "")],
  ["a script in its place", () => "javascript:alert(1)//"],
  ["data in its place", () => "data:text/html,callback"],
  ["our own address in its place", () => `${setting.world.issuer}/account`],
  ["another client's", () => other.redirectUri],
];

describe("a redirect URI with", () => {
  test.each(variants)("%s, at the authorization endpoint", async (_name, change) => {
    const answer = await unchangedBy(setting.world, () => party.authorize(person.browser, { redirect_uri: change(party.redirectUri) }), visited);
    expectStays(answer);
  });

  test.each(variants)("%s, pushed", async (_name, change) => {
    const reply = await unchangedBy(setting.world, () => party.push({ redirect_uri: change(party.redirectUri) }));
    expect(reply.status).toBe(400);
    expect(reply.body["request_uri"]).toBeUndefined();
  });

  test("two values", async () => {
    const two = { redirect_uri: [party.redirectUri, "https://phishing.example/callback"] };
    for (const redirect_uri of [two.redirect_uri, two.redirect_uri.toReversed()]) {
      expectRefusedThere(await unchangedBy(setting.world, () => party.authorize(person.browser, { redirect_uri }), visited), party, "invalid_request");
    }
  });
});

type Change = Parameters<RawParty["request"]>[0];
const requests: readonly [string, Change, string][] = [
  ["no PKCE challenge", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
  ["a PKCE method without a challenge", { code_challenge: undefined }, "invalid_request"],
  ["PKCE method plain", { code_challenge: verifier, code_challenge_method: "plain" }, "invalid_request"],
  ["no PKCE method, which means plain", { code_challenge: verifier, code_challenge_method: undefined }, "invalid_request"],
  ["PKCE method in another case", { code_challenge_method: "s256" }, "invalid_request"],
  ["an empty PKCE challenge", { code_challenge: "" }, "invalid_request"],
  ["a PKCE challenge that is too short", { code_challenge: "short" }, "invalid_request"],
  ["two PKCE challenges", { code_challenge: [challengeOf(verifier), challengeOf("x")] }, "invalid_request"],
  ["the implicit response type", { response_type: "id_token" }, "unsupported_response_type"],
  ["the token response type", { response_type: "token" }, "unsupported_response_type"],
  ["the hybrid response type", { response_type: "code id_token" }, "unsupported_response_type"],
  ["no response type", { response_type: "none" }, "unsupported_response_type"],
  ["response mode fragment with an unknown value", { response_mode: "bounce" }, "unsupported_response_mode"],
  ["claims that are no JSON", { claims: "{" }, "invalid_request"],
  ["claims that are a list", { claims: "[]" }, "invalid_request"],
  ["claims that are null", { claims: "null" }, "invalid_request"],
  ["claims with a list for id_token", { claims: '{"id_token":[]}' }, "invalid_request"],
  ["claims with text for id_token", { claims: '{"id_token":"acr"}' }, "invalid_request"],
  ["a max_age that is no number", { max_age: "soon" }, "invalid_request"],
  ["a negative max_age", { max_age: "-1" }, "invalid_request"],
  ["a request object", { request: "e30.e30." }, "invalid_request_object"],
  ["a registration", { registration: "{}" }, "registration_not_supported"],
  ["two states", { state: ["one", "two"] }, "invalid_request"],
  ["two acr_values", { acr_values: ["aal3", "phr"] }, "invalid_request"],
  ["a resource that is none of ours", { resource: "https://elsewhere.example" }, "invalid_target"],
  ["a resource that is no URI", { resource: "x" }, "invalid_target"],
  ["prompt none with login", { prompt: "none login" }, "invalid_request"],
  ["an unknown prompt", { prompt: "dance" }, "invalid_request"],
  ["a request URI of another site", { request_uri: "https://phishing.example/request" }, "request_uri_not_supported"],
];

describe("an authorization request with", () => {
  test.each(requests)("%s", async (name, change, error) => {
    const answer = await unchangedBy(setting.world, () => party.authorize(person.browser, change), visited);
    // Of two states neither is believed.
    expect(expectRefusedThere(answer, party, error).has("state")).toBe(name !== "two states");
  });

  test.each(requests)("%s, pushed", async (_name, change) => {
    const reply = await unchangedBy(setting.world, () => party.push(change));
    expect(reply.status).toBe(400);
    expect(reply.body["request_uri"]).toBeUndefined();
    expect(JSON.stringify(reply.body)).not.toMatch(/node_modules|\.ts:|\.js:/);
  });

  const untrusted: readonly [string, Change][] = [
    ["an unknown client", { client_id: "nobody" }],
    ["no client", { client_id: undefined }],
    ["two clients", { client_id: ["raw-1", "raw-2"] }],
    ["a client id of NUL bytes", { client_id: "\0\0" }],
    ["a client id that is a path", { client_id: "../raw-1" }],
    ["another client's id", { client_id: "raw-2" }],
  ];
  test.each(untrusted)("%s: sent nowhere", async (_name, change) => {
    expectStays(await unchangedBy(setting.world, () => party.authorize(person.browser, change), visited));
  });
});

describe("a pushed request", () => {
  const push = async (): Promise<string> => String((await party.push()).body["request_uri"]);
  const open = (by: RawParty, request_uri: string, more: Change = {}): Promise<Answer> =>
    person.browser.open(`${setting.world.issuer}/authorize?${new URLSearchParams({ client_id: by.clientId, request_uri, ...(more as Record<string, string>) }).toString()}`, { headers: { accept: "text/html" } });

  test("of another client", async () => {
    const uri = await push();
    expectRefusedThere(await unchangedBy(setting.world, () => open(other, uri), pushed), other, "invalid_request_object");
  });

  test("that nobody made", async () => {
    const uri = "urn:ietf:params:oauth:request_uri:AAAAAAAAAAAAAAAAAAAAAA";
    expectRefusedThere(await unchangedBy(setting.world, () => open(party, uri), pushed), party, "invalid_request_uri");
  });

  test("after its minute", async () => {
    const uri = await push();
    // For the library as well, which keeps this time by itself.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    try {
      expectRefusedThere(await unchangedBy(setting.world, () => open(party, uri), pushed), party, "invalid_request_uri");
    } finally {
      vi.useRealTimers();
    }
  });

  test("opened again after it gave a code", async () => {
    const uri = await push();
    expect((await open(party, uri)).headers.get("location")).toContain("code=");
    expectRefusedThere(await unchangedBy(setting.world, () => open(party, uri), pushed), party, "invalid_request_uri");
  });

  test("keeps what was pushed against what the browser adds", async () => {
    const uri = await push();
    const answer = await open(party, uri, { redirect_uri: "https://phishing.example/", scope: "openid offline_access", state: "attacker" });
    const location = answer.headers.get("location") ?? "";
    expect(location.startsWith(party.redirectUri)).toBe(true);
    expect(location).not.toContain("attacker");
  });

  test("without client authentication, or as another client", async () => {
    expect((await unchangedBy(setting.world, () => party.push({}, { authorization: "" }))).status).toBe(401);
    expect((await unchangedBy(setting.world, () => party.push({ client_id: other.clientId }))).status).toBe(400);
  });

  test("is not optional for a client that must push", async () => {
    const pushing = await RawParty.register(setting.world, { requirePushedRequests: true });
    expectRefusedThere(await unchangedBy(setting.world, () => pushing.authorize(person.browser), visited), pushing, "invalid_request");
  });
});
