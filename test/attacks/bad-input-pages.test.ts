import { request as rawRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/http-browser.ts";
import { csrfOf } from "../support/http-browser.ts";
import { expectBadInput, unreadableForm, wrongValues } from "./bad-input.ts";
import { type Endpoint, endpoints, reads, send, served, urlOf, visit, type Visit } from "./endpoints.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let place: Visit;
beforeAll(async () => {
  setting = await startSetting();
  place = await visit(setting.world);
});
afterAll(() => setting.close());

const formType = { "content-type": "application/x-www-form-urlencoded" };
const formEndpoints = endpoints.filter(({ kind }) => kind === "form");
const postForm = (endpoint: Endpoint, body: string, locale: "ja" | "en" = "en"): Promise<Answer> =>
  unchangedBy(setting.world, () => send(place, endpoint, { body, headers: formType }, locale));

describe.each(formEndpoints.map((endpoint): [string, Endpoint] => [endpoint.pattern, endpoint]))("POST %s", (_pattern, endpoint) => {
  test.each(unreadableForm.map((body): [string, typeof body] => [body.name, body]))("%s", async (_name, { init, code }) => {
    const answer = await unchangedBy(setting.world, () => send(place, endpoint, init()));
    expectBadInput(answer, "en", code);
  });

  test("in Japanese", async () => {
    expectBadInput(await postForm(endpoint, "a=b", "ja"), "ja", "cross_site_request");
  });

  const tokens: readonly [string, (token: string) => string][] = [
    ["twice", (token) => `csrf=${token}&csrf=${token}`],
    ["in a list", (token) => `csrf[]=${token}`],
    ["in an object", (token) => `csrf[a]=${token}`],
    ["in an object by a dot", (token) => `csrf.a=${token}`],
    ["by a member of every object", (token) => `__proto__[csrf]=${token}`],
  ];
  test.each(tokens)("with the token %s", async (_name, body) => {
    expectBadInput(await postForm(endpoint, body(csrfOf(place.account))), "en", "cross_site_request");
  });

  const fields = Object.entries(endpoint.members).flatMap(([member, value]) => {
    const shapes: readonly [string, string][] = [
      ["left out", ""], ["empty", `${member}=`], ["twice", `${member}=${String(value)}&${member}=${String(value)}`], ["in a list", `${member}[]=${String(value)}`],
      ["in an object", `${member}[a]=${String(value)}`], ["of 60,000 characters", `${member}=${"a".repeat(60_000)}`], ["of NUL bytes", `${member}=%00%00`],
      ["of broken UTF-8", `${member}=%ff%fe`], ["of 2,000 values", `${member}=a&`.repeat(2000)],
    ];
    return shapes.map(([shape, body]) => [member, shape, body] as const);
  });
  test.each(fields.filter(([member, shape]) => member !== "name" || shape !== "of broken UTF-8"))("%s %s", async (_member, _shape, body) => {
    const answer = await postForm(endpoint, `csrf=${encodeURIComponent(csrfOf(place.account))}&${body}`);
    expectBadInput(answer, "en", "invalid_request");
  });
});

test("the list of pages is the routers' own", () => {
  expect([...reads].sort()).toEqual(served("GET"));
});

describe.each(reads)("GET %s", (pattern) => {
  // The sign-in page brings its passkey's challenge along.
  const stored = pattern === "/interaction/:uid" ? ["PasskeyChallenge"] : [];
  const queries = ["%00=%00", "%E0%A4%A=%E0%A4%A", "a[]=b&a[c]=d", "__proto__[a]=b&constructor=c", `a=${"b".repeat(8000)}`, "a=b&".repeat(1000), "ui_locales=%00&ui_locales=ja", "notice=__proto__&passkey[]=a", "purpose[]=a&purpose=enrol"];
  test.each(queries)("?%s", async (query) => {
    const url = urlOf(place, pattern);
    const plain = await place.browser.request(url, { headers: { accept: "text/html" } });
    const answer = await unchangedBy(setting.world, () => place.browser.request(`${url}?${query}`, { headers: { accept: "text/html" } }), stored);
    expect(answer.status).toBe(plain.status);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toMatch(/node_modules|\bat \S+ \(/);
  });

  const parameters = [...pattern.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  const identifiers = ["%00", "%E0%A4%A", "..%2f..%2f", "a".repeat(65), "a".repeat(5000), "%27%20OR%201=1", "__proto__", "constructor", "~", "%F0%9F%91%AA", "<script>", "%0d%0aset-cookie:a=b"];
  test.each(parameters.flatMap((name) => identifiers.map((identifier) => [name, identifier] as const)))("with %s %s", async (name, identifier) => {
    const url = urlOf({ ...place, parameters: { ...place.parameters, [name]: identifier, ...(name === "file" && { file: identifier }) } }, pattern);
    const answer = await unchangedBy(setting.world, () => place.browser.request(url, { headers: { accept: "text/html" } }));
    expectBadInput(answer);
    expect(answer.headers.getSetCookie().join()).not.toContain("a=b");
  });
});

describe("wrong methods", () => {
  const all = [...new Set([...reads, ...endpoints.map(({ pattern }) => pattern)])];
  const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
  const allowed = (method: string, pattern: string): boolean =>
    (method === "GET" && reads.includes(pattern)) || (method === "POST" && endpoints.some((endpoint) => endpoint.pattern === pattern)) || (method === "OPTIONS" && pattern.includes("/v1/"));
  // A path of one place may have the form of another's with an identifier in it.
  const shadows = ["/account/enrolment/leave"];
  const wrong = all.flatMap((pattern) => methods.filter((method) => !allowed(method, pattern) && !shadows.includes(pattern)).map((method) => [method, pattern] as const));
  test.each(wrong)("%s %s", async (method, pattern) => {
    const url = urlOf(place, pattern);
    const answer = await unchangedBy(setting.world, () => place.browser.request(url, { method, headers: { accept: "text/html" } }));
    expectBadInput(answer);
    expect([404, 405]).toContain(answer.status);
  });

  test.each(["TRACE", "CONNECT", "PROPFIND", "LINK"])("%s /", async (method) => {
    const { hostname, port } = new URL(setting.world.issuer);
    const status = await new Promise<number | undefined>((resolve) => {
      const sent = rawRequest({ hostname, port, path: "/account", method }, (response) => {
        resolve(response.statusCode);
        response.destroy();
      });
      sent.on("error", () => resolve(undefined));
      sent.on("connect", (response, socket) => {
        socket.destroy();
        resolve(response.statusCode);
      });
      sent.end();
    });
    if (status !== undefined) expect(status >= 400 && status < 500).toBe(true);
  });
});

describe("headers", () => {
  const headers: readonly [string, Record<string, string>][] = [
    ["a cookie of 6,000 characters", { cookie: `jpki_browser=${"a".repeat(6000)}` }],
    ["cookies of a wrong form", { cookie: "jpki_csrf=%00; jpki_account=%E0%A4%A; jpki_locale=__proto__; jpki_session=a; jpki_interaction=b" }],
    ["a hundred cookies of one name", { cookie: "jpki_account=a; ".repeat(100) }],
    ["a language that is none", { "accept-language": "*;q=2, __proto__, \u00e9, ja-JP-x-" + "a".repeat(500) }],
    ["an accept that is none", { accept: "nothing; q=abc, */*/*" }],
    ["an origin that is none", { origin: "::::" }],
  ];
  test.each(headers)("%s", async (_name, sent) => {
    for (const path of ["/", "/account", "/account/enrolment", "/nothing"]) {
      const response = await unchangedBy(setting.world, () => fetch(`${setting.world.issuer}${path}`, { headers: { accept: "text/html", ...sent } }));
      expect([200, 404]).toContain(response.status);
      expect(await response.text()).not.toMatch(/node_modules|\bat \S+ \(/);
    }
  });

  test.each(wrongValues.map(([name, value]): [string, string] => [name, JSON.stringify(value).slice(0, 4000)]))("a DPoP header that is %s", async (_name, value) => {
    const response = await fetch(place.device.url("status"), { method: "POST", body: "{}", headers: { "content-type": "application/json", accept: "application/json", dpop: value } });
    expectBadInput({ status: response.status, headers: response.headers, text: await response.text(), url: response.url }, "en", "device_proof_invalid");
  });
});
