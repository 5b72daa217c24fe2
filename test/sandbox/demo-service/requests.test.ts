import { request as rawRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "./browser.ts";
import { startService, type World } from "./service.ts";

let world: World;

beforeAll(async () => {
  world = await startService();
  await world.startProvider();
});

afterAll(() => world.close());

const form = "application/x-www-form-urlencoded";

interface Case {
  readonly name: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly expected: string;
}

/** Headers that stand for this service's own page. */
const ours = "ours";

const posts = ["/login", "/step-up", "/refresh", "/resource", "/sign-out"];
const crossSite: readonly Case[] = posts.flatMap((path) => [
  { name: `POST ${path} from nowhere`, method: "POST", path, headers: {}, expected: "403 cross_site_request" },
  { name: `POST ${path} from the provider's origin`, method: "POST", path, headers: { Origin: "http://localhost:3000" }, expected: "403 cross_site_request" },
  { name: `POST ${path} from a sandboxed frame`, method: "POST", path, headers: { Origin: "null" }, expected: "403 cross_site_request" },
  { name: `POST ${path} from another port`, method: "POST", path, headers: { "Sec-Fetch-Site": "same-site" }, expected: "403 cross_site_request" },
  { name: `POST ${path} from another site, Origin forged`, method: "POST", path, headers: { Origin: ours, "Sec-Fetch-Site": "cross-site" }, expected: "403 cross_site_request" },
]);

const cases: readonly Case[] = [
  ...crossSite,
  { name: "a page that is not there", path: "/books", expected: "404 not_found" },
  { name: "another method", method: "PUT", path: "/login", expected: "405 method_not_allowed" },
  { name: "another method for a page", method: "DELETE", path: "/claims", expected: "405 method_not_allowed" },
  { name: "a method that nobody knows", method: "PROPFIND", path: "/", expected: "405 method_not_allowed" },
  { name: "JSON where a form belongs", method: "POST", path: "/login", headers: { Origin: ours, "Content-Type": "application/json" }, body: "{}", expected: "415 unsupported_media_type" },
  { name: "no type at all", method: "POST", path: "/login", headers: { Origin: ours, "Content-Type": "" }, body: "acr=", expected: "415 unsupported_media_type" },
  { name: "a form of 17 KiB", method: "POST", path: "/login", headers: { Origin: ours }, body: `acr=${"x".repeat(17 * 1024)}`, expected: "413 request_too_large" },
  { name: "a level that nobody knows", method: "POST", path: "/login", headers: { Origin: ours }, body: "acr=urn:level:9", expected: "400 invalid_request" },
  { name: "a level of 201 characters", method: "POST", path: "/login", headers: { Origin: ours }, body: `acr=${"x".repeat(201)}`, expected: "400 invalid_request" },
  { name: "two levels", method: "POST", path: "/login", headers: { Origin: ours }, body: "acr=a&acr=b", expected: "400 invalid_request" },
  { name: "a field that is not there", method: "POST", path: "/login", headers: { Origin: ours }, body: "acr=&redirect_uri=http://evil.example", expected: "400 invalid_request" },
  { name: "a checkbox with a value of its own", method: "POST", path: "/login", headers: { Origin: ours }, body: "acr=&fresh=yes", expected: "400 invalid_request" },
  { name: "a logout notice without a token", method: "POST", path: "/backchannel-logout", body: "x=1", expected: "400 invalid_request" },
  { name: "a logout notice that is empty", method: "POST", path: "/backchannel-logout", body: "", expected: "400 invalid_request" },
  { name: "a logout notice with two tokens", method: "POST", path: "/backchannel-logout", body: "logout_token=a&logout_token=b", expected: "400 invalid_request" },
  { name: "a logout notice with junk", method: "POST", path: "/backchannel-logout", body: "logout_token=a.b.c", expected: "400 invalid_request" },
  { name: "a logout notice of 9 KiB", method: "POST", path: "/backchannel-logout", body: `logout_token=${"x".repeat(9000)}`, expected: "400 invalid_request" },
  { name: "a logout notice of 17 KiB", method: "POST", path: "/backchannel-logout", body: `logout_token=${"x".repeat(17_000)}`, expected: "413 request_too_large" },
  { name: "a logout notice in JSON", method: "POST", path: "/backchannel-logout", headers: { "Content-Type": "application/json" }, body: "{}", expected: "415 unsupported_media_type" },
  { name: "a logout notice by GET", path: "/backchannel-logout", expected: "405 method_not_allowed" },
  { name: "the API without a token", path: "/api/reading-list", expected: "401 invalid_token" },
  { name: "the API with a cookie instead", path: "/api/reading-list", headers: { Cookie: "demo_session=x" }, expected: "401 invalid_token" },
  { name: "the API with a junk token", path: "/api/reading-list", headers: { Authorization: "DPoP x", DPoP: "y" }, expected: "401 invalid_token" },
  { name: "the API by POST", method: "POST", path: "/api/reading-list", expected: "405 method_not_allowed" },
];

describe("a bad request is refused with its code", () => {
  test.each(cases)("$name", async ({ method = "GET", path, headers = {}, body, expected }) => {
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value === ours ? world.origin : value]));
    const response = await fetch(`${world.origin}${path}`, { method, headers: { Accept: "application/json", ...(method === "POST" && { "Content-Type": form }), ...own }, ...(body !== undefined && { body }), redirect: "manual" });
    const answer: unknown = JSON.parse(await response.text());
    expect(`${response.status} ${String((answer as { error: unknown }).error)}`).toBe(expected);
    expect(response.headers.getSetCookie().filter((line) => !line.startsWith("demo_session"))).toEqual([]);
  });

  test.each([["ja", "続けられませんでした"], ["en", "We could not go on"]])("and shown to a person in %s", async (language, title) => {
    const response = await fetch(`${world.origin}/books?lang=${language}`, { headers: { Accept: "text/html" } });
    expect(response.status).toBe(404);
    expect(await response.text()).toContain(`<h1>${title}</h1>`);
  });
});

/** A request under another name for this host. */
async function under(host: string, method: string, path: string): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = rawRequest({ host: "127.0.0.1", port: new URL(world.origin).port, method, path, headers: { Host: host, "Content-Length": "0" } }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("another name for this host", () => {
  test("leads a person to the right one", async () => {
    expect(await under("rebound.example", "GET", "/claims")).toEqual({ status: 302, location: `${world.origin}/` });
  });

  test.each([["POST", "/login"], ["POST", "/backchannel-logout"], ["GET", "/api/reading-list"]])("is refused for %s %s", async (method, path) => {
    expect((await under("rebound.example", method, path)).status).toBe(403);
  });
});

test.each(["/", "/claims", "/books", "/callback", "/api/reading-list"])("%s has strict headers", async (path) => {
  const { headers } = await fetch(`${world.origin}${path}`, { redirect: "manual" });
  expect(headers.get("content-security-policy")).toBe(`default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' ${world.issuer}; base-uri 'none'; frame-ancestors 'none'`);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("same-origin");
  expect(headers.get("cache-control")).toBe("no-store");
});

test("the API says what it wants (RFC 9449 7.1)", async () => {
  const without = await fetch(`${world.origin}/api/reading-list`);
  expect(without.headers.get("www-authenticate")).toBe('DPoP algs="ES256"');
  const bad = await fetch(`${world.origin}/api/reading-list`, { headers: { Authorization: "DPoP x", DPoP: "y" } });
  expect(bad.headers.get("www-authenticate")).toBe('DPoP error="invalid_token", algs="ES256"');
});

test("the style sheet is there, and may be kept", async () => {
  const page = await new Browser().open(`${world.origin}/`);
  const [, path = ""] = /<link rel="stylesheet" href="([^"]+)"/.exec(page.text) ?? [];
  const response = await fetch(`${world.origin}${path}`);
  expect(response.headers.get("content-type")).toBe("text/css; charset=utf-8");
  expect(response.headers.get("cache-control")).toContain("immutable");
  expect(await response.text()).not.toMatch(/@import|https?:/);
});

test.each([
  ["?lang=en", "", "en"],
  ["", "en-GB,en;q=0.9", "en"],
  ["", "fr", "ja"],
  ["?lang=fr", "en", "en"],
  ["?lang=ja", "en", "ja"],
  ["?lang=ja&lang=en", "en", "en"],
])("language: %s with %s is %s", async (query, accepted, expected) => {
  const response = await fetch(`${world.origin}/${query}`, { headers: { "Accept-Language": accepted } });
  expect(await response.text()).toContain(`<html lang="${expected}">`);
});
