import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints as paths } from "../../src/provider/configuration.ts";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import type { Person } from "../support/journey.ts";
import { expectBadInput, unreadableForm } from "./bad-input.ts";
import { personWith, RawParty } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: RawParty;
let person: Person;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  person = await personWith(setting.world, party);
});
afterAll(() => setting.close());

const formType = { "content-type": "application/x-www-form-urlencoded" };
/** A visit by a browser with a session notes that it was there. */
const visited = ["Session"];

const asClient = async (path: string, init: RequestInit): Promise<Answer> => {
  const url = `${setting.world.issuer}${path}`;
  const headers = { accept: "application/json", authorization: party.authorization, ...(init.headers as Record<string, string>) };
  const response = await fetch(url, { method: "POST", ...init, headers });
  return { status: response.status, headers: response.headers, text: await response.text(), url };
};
const asBrowser = (path: string, init: RequestInit, locale: "ja" | "en" = "en"): Promise<Answer> => {
  const url = `${setting.world.issuer}${path}${locale === "en" ? "" : `?ui_locales=${locale}`}`;
  return person.browser.request(url, { method: "POST", ...init, headers: { accept: "text/html", ...(init.headers as Record<string, string>) } });
};

/** The provider's endpoints that take a form, with the members of a right one. */
const calls: readonly [string, Readonly<Record<string, string>>][] = [
  [paths.token, { grant_type: "authorization_code", code: "AAAA", redirect_uri: "https://service.example/callback", code_verifier: "a".repeat(43) }],
  [paths.token, { grant_type: "refresh_token", refresh_token: "AAAA" }],
  [paths.pushed_authorization_request, { response_type: "code", client_id: "raw-1", redirect_uri: "https://service.example/callback", scope: "openid", code_challenge: "a".repeat(43), code_challenge_method: "S256" }],
  [paths.introspection, { token: "AAAA" }],
  [paths.revocation, { token: "AAAA" }],
];

/** Envelopes that the provider's own reader must refuse; an empty form is one, as something is always needed. */
const envelopes = [...unreadableForm.map(({ name, init }): [string, () => RequestInit] => [name, init]), ["an empty form", (): RequestInit => ({ body: "", headers: formType })] as [string, () => RequestInit]];
const values: readonly [string, (name: string, value: string) => string][] = [
  ["twice", (name, value) => `${name}=${encodeURIComponent(value)}&${name}=${encodeURIComponent(value)}`],
  ["of 50,000 characters", (name) => `${name}=${"a".repeat(50_000)}`],
  ["of NUL bytes", (name) => `${name}=%00%00`],
  ["of broken UTF-8", (name) => `${name}=%ff%fe`],
  ["of control characters", (name) => `${name}=%0d%0aset-cookie:a=b`],
];

/** RFC 7009 2.2: a token that is none is as good as revoked. RFC 7662 2.2: it is not active. */
const mayAnswer = (path: string, member: string): boolean => (path === paths.revocation || path === paths.introspection) && member === "token";

describe.each(calls)("POST %s", (path, members) => {
  test.each(envelopes)("%s", async (_name, init) => {
    expectBadInput(await unchangedBy(setting.world, () => asClient(path, init())));
  });

  const wrong = Object.keys(members).flatMap((member) => values.map(([name, make]) => [member, name, make] as const));
  test.each(wrong)("%s %s", async (member, name, make) => {
    const { [member]: value = "", ...rest } = members;
    const body = `${new URLSearchParams(rest).toString()}&${make(member, value)}`;
    const answer = await unchangedBy(setting.world, () => asClient(path, { body, headers: formType }));
    if (name !== "twice" && mayAnswer(path, member)) {
      expect(answer.status).toBeLessThan(500);
      expect(answer.text).not.toContain('"active":true');
    } else expectBadInput(answer);
    expect(answer.headers.getSetCookie().join()).not.toContain("a=b");
  });

  // OAuth 2.1 4.1.1: of a client with one redirect URI it may be left out.
  test.each(Object.keys(members).filter((member) => member !== "redirect_uri"))("%s left out", async (member) => {
    const { [member]: _left, ...rest } = members;
    expectBadInput(await unchangedBy(setting.world, () => asClient(path, { body: new URLSearchParams(rest) })));
  });

  const authorizations = ["", "Basic", "Basic ===", `Basic ${"a".repeat(6000)}`, "Basic OjpAOg==", "Basic AAAAAA==", "Bearer a", "Negotiate a", `Basic ${Buffer.from("raw-1:").toString("base64")}`, `Basic ${Buffer.from("%00:%E0%A4%A").toString("base64")}`];
  test.each(authorizations)("with authorization '%s'", async (authorization) => {
    expectBadInput(await unchangedBy(setting.world, () => asClient(path, { body: new URLSearchParams(members), headers: { authorization } })));
  });
});

describe("POST /sign-out/confirm by a browser", () => {
  test.each(envelopes)("%s", async (_name, init) => {
    for (const locale of ["en", "ja"] as const) {
      expectBadInput(await unchangedBy(setting.world, () => asBrowser(`${paths.end_session}/confirm`, init(), locale), visited), locale);
    }
  });
});

describe("GET /authorize", () => {
  const names = ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "acr_values", "claims", "prompt", "max_age", "ui_locales", "resource", "login_hint", "id_token_hint", "display", "request", "request_uri", "response_mode", "dpop_jkt"];
  const hostile = ["\0", "a".repeat(7000), "\r\nset-cookie: a=b", "__proto__", '{"__proto__":{}}', "[]", "\ud83d", "%", "<script>alert(1)</script>", "'; DROP TABLE person; --"];
  test.each(names.flatMap((name) => hostile.map((value) => [name, value] as const)))("%s: %s", async (name, value) => {
    const answer = await unchangedBy(setting.world, () => party.authorize(new HttpBrowser(), { [name]: value }), ["Interaction", "PasskeyChallenge"]);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toMatch(/node_modules|\bat \S+ \(|<script>alert/);
    expect(answer.headers.get("location") ?? "").not.toContain("code=");
    expect(answer.headers.getSetCookie().join()).not.toContain("a=b");
    if (answer.status >= 400) expectBadInput(answer);
  });

  const claims = [
    '{"id_token":{"acr":{"value":{"a":1}}}}', '{"id_token":{"acr":{"values":"aal3"}}}', '{"id_token":{"acr":{"values":[1,null,{}]}}}', '{"id_token":{"acr":[]}}', '{"id_token":{"acr":"aal3"}}',
    '{"id_token":{"acr":1}}', '{"id_token":null}', '{"userinfo":[]}', '{"id_token":{"sub":{"value":1}}}', `{"id_token":${"[".repeat(2000)}${"]".repeat(2000)}}`, '{"id_token":{"__proto__":{"essential":true}}}', '{"verified_claims":1}', '"text"', "1", "true",
  ];
  test.each(claims)("claims %s", async (value) => {
    for (const browser of [new HttpBrowser(), person.browser]) {
      const answer = await party.authorize(browser, { claims: value });
      expect(answer.status).toBeLessThan(500);
      expect(answer.headers.get("location") ?? "").not.toContain("server_error");
      expect(answer.text).not.toMatch(/node_modules|\bat \S+ \(/);
    }
    const pushed = await party.push({ claims: value });
    expect(pushed.status).toBeLessThan(500);
  });
});

describe("paths and methods of the provider", () => {
  const strange = ["/authorize/%00", "/authorize/%E0%A4%A", "/authorize/..%2f", `/authorize/${"a".repeat(5000)}`, "/authorize/__proto__", "/token/extra", "/sign-out/nothing", "/jwks/extra", "/userinfo/extra", "/.well-known/openid-configuration/extra", "/par/%00"];
  test.each(strange)("GET %s", async (path) => {
    for (const accept of ["text/html", "application/json"]) {
      const answer = await unchangedBy(setting.world, () => new HttpBrowser().request(`${setting.world.issuer}${path}`, { headers: { accept } }));
      expectBadInput(answer);
    }
  });

  const wrong: readonly [string, string][] = [
    ...[paths.token, paths.pushed_authorization_request, paths.introspection, paths.revocation].flatMap((path) => ["GET", "PUT", "PATCH", "DELETE"].map((method): [string, string] => [method, path])),
    ...[paths.jwks, "/.well-known/openid-configuration"].flatMap((path) => ["POST", "PUT", "DELETE"].map((method): [string, string] => [method, path])),
    ...[paths.authorization, paths.end_session, paths.userinfo, `${paths.end_session}/success`].flatMap((path) => ["PUT", "PATCH", "DELETE", "OPTIONS"].map((method): [string, string] => [method, path])),
    ["POST", `${paths.authorization}/AAAA`], ["GET", `${paths.end_session}/confirm`], ["POST", `${paths.end_session}/success`],
  ];
  test.each(wrong)("%s %s", async (method, path) => {
    for (const accept of ["text/html", "application/json"]) {
      const answer = await unchangedBy(setting.world, () => new HttpBrowser().request(`${setting.world.issuer}${path}`, { method, headers: { accept } }));
      expectBadInput(answer, "en", "method_not_allowed");
    }
  });

  test("a preflight is no wrong method", async () => {
    for (const path of [paths.token, paths.userinfo, paths.jwks]) {
      const headers = { origin: "https://service.example", "access-control-request-method": path === paths.token ? "POST" : "GET" };
      expect((await fetch(`${setting.world.issuer}${path}`, { method: "OPTIONS", headers })).status).toBe(204);
    }
  });
});
