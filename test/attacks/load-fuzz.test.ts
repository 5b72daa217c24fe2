import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endpoints as providerPaths } from "../../src/provider/configuration.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { type Endpoint, endpoints, reads, send, urlOf, visit, type Visit } from "./endpoints.ts";
import { type Fuzz, wrong } from "./fuzz.ts";
import { type Setting, startSetting } from "./setting.ts";

/**
 * A fixed number of requests to every endpoint, by whoever may call it, with everything confused that can be: the
 * same ones at each run. Whatever comes is refused by a code, or answered; nothing of it ends in a failure.
 */
let setting: Setting;
let place: Visit;
beforeAll(async () => {
  setting = await startSetting();
  place = await visit(setting.world);
});
afterAll(() => setting.close());

describe("every endpoint of ours that takes a body", () => {
  test.each(endpoints.map((endpoint): [string, Endpoint] => [endpoint.pattern, endpoint]))("POST %s", async (pattern, endpoint) => {
    expect(await wrong(pattern, (fuzz) => send(place, endpoint, fuzz.body(endpoint.kind, endpoint.members)))).toEqual({});
  });
});

describe("every page and document", () => {
  test.each(reads)("GET %s", async (pattern) => {
    const url = urlOf(place, pattern);
    expect(await wrong(pattern, (fuzz) => place.browser.request(`${url}?${fuzz.query(["ui_locales", "error", "state", "id", "code"])}`, { headers: { accept: fuzz.pick(["text/html", "application/json", "*/*"]), ...fuzz.headers() } }))).toEqual({});
  });
});

describe("the provider's endpoints", () => {
  const forms: readonly (readonly [string, readonly string[]])[] = [
    [providerPaths.token, ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "device_code", "auth_req_id", "resource", "scope", "client_assertion", "client_assertion_type"]],
    [providerPaths.pushed_authorization_request, ["client_id", "response_type", "redirect_uri", "scope", "code_challenge", "code_challenge_method", "claims", "request", "resource", "acr_values", "dpop_jkt"]],
    [providerPaths.introspection, ["token", "token_type_hint"]],
    [providerPaths.revocation, ["token", "token_type_hint"]],
    [providerPaths.device_authorization, ["client_id", "scope", "resource", "acr_values"]],
    [providerPaths.backchannel_authentication, ["scope", "login_hint", "binding_message", "requested_expiry", "id_token_hint", "acr_values"]],
    [providerPaths.code_verification, ["user_code", "xsrf", "confirm", "abort"]],
    [`${providerPaths.end_session}/confirm`, ["xsrf", "logout"]],
    [providerPaths.userinfo, ["access_token"]],
  ];
  test.each(forms)("POST %s by a client and by a stranger", async (path, names) => {
    const members = Object.fromEntries(names.map((name) => [name, "A"]));
    const ask = (authorization: Record<string, string>) => async (fuzz: Fuzz) => {
      const init = fuzz.body("form", members);
      const response = await fetch(`${setting.world.issuer}${path}`, { method: "POST", redirect: "manual", ...init, headers: { accept: "application/json", ...(init.headers as Record<string, string>), ...authorization } });
      return { status: response.status, headers: response.headers, text: await response.text() };
    };
    expect(await wrong(`${path} client`, ask({ authorization: place.party.authorization }))).toEqual({});
    expect(await wrong(`${path} stranger`, ask({}))).toEqual({});
  });

  const queries: readonly (readonly [string, readonly string[]])[] = [
    [providerPaths.authorization, ["client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "claims", "prompt", "max_age", "resource", "request", "request_uri", "response_mode", "login_hint", "id_token_hint", "ui_locales"]],
    [providerPaths.end_session, ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales", "logout_hint"]],
    [providerPaths.code_verification, ["user_code"]], [providerPaths.userinfo, ["access_token"]], [providerPaths.jwks, ["kid"]],
    ["/.well-known/openid-configuration", ["x"]], ["/.well-known/oauth-authorization-server", ["x"]], ["/.well-known/ssf-configuration", ["x"]],
  ];
  test.each(queries)("GET %s", async (path, names) => {
    expect(await wrong(path, (fuzz) => new HttpBrowser().request(`${setting.world.issuer}${path}?${fuzz.query(names)}`, { headers: { accept: fuzz.pick(["text/html", "application/json"]), ...fuzz.headers() } }))).toEqual({});
  });

  test.each(["without a session", "with one that nobody knows"])("POST /device %s: begins again", async (_name) => {
    const cookie: Record<string, string> = _name.startsWith("with one") ? { cookie: "jpki_session=AAAA" } : {};
    for (const body of ["user_code=BBBB-BBBB&xsrf=a", "", "a".repeat(100_000)]) {
      const answer = await fetch(`${setting.world.issuer}/device`, { method: "POST", redirect: "manual", body, headers: { "content-type": "application/x-www-form-urlencoded", accept: "text/html", ...cookie } });
      expect([answer.status, answer.headers.get("location")]).toEqual([303, `${setting.world.issuer}/device`]);
    }
  });
});
