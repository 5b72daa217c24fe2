import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { personWith, RawParty } from "../attacks/raw-party.ts";
import type { Answer } from "../support/http-browser.ts";
import { startWorld, type World } from "../support/world.ts";

/** Modules of the OpenID Foundation's Config, Dynamic and Form Post plans, by their names (docs/conformance.md). */

let world: World;
let discovery: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  world = await startWorld();
  discovery = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as typeof discovery;
});
afterAll(() => world.close());

/** The answer, and the code in it, to a request by a client that registered this redirect URI. */
async function answerTo(registered: string, asked: string | undefined): Promise<{ status: number; location: URL | null }> {
  const party = await RawParty.register(world, { redirectUris: [registered], postLogoutRedirectUris: [] });
  const person = await personWith(world, party, "good-phone", { redirect_uri: registered });
  const { status, headers } = await party.authorize(person.browser, { redirect_uri: asked });
  return { status, location: URL.parse(headers.get("location") ?? "") };
}

const plain = "https://service.example/callback";
const query = `${plain}?foo=bar`;

describe("oidcc-config-certification-test-plan", () => {
  test("oidcc-discovery-endpoint-verification", async () => {
    expect(discovery).toMatchObject({
      issuer: world.issuer,
      response_types_supported: ["code"], subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: expect.arrayContaining(["ES256", "RS256"]),
      scopes_supported: expect.arrayContaining(["openid"]),
      claims_parameter_supported: true, authorization_response_iss_parameter_supported: true,
    });
    const endpoints = ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"].map((name) => String(discovery[name]));
    for (const endpoint of endpoints) expect(new URL(endpoint).origin).toBe(world.issuer);
    const { keys } = (await (await fetch(String(discovery["jwks_uri"]))).json()) as { keys: Record<string, string>[] };
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
    for (const key of keys) expect([key["use"], key["d"], key["p"]]).toEqual(["sig", undefined, undefined]);
  });
});

describe("oidcc-dynamic-certification-test-plan", () => {
  test("oidcc-redirect-uri-query-OK", async () => {
    const { location } = await answerTo(query, query);
    expect([location?.searchParams.get("foo"), location?.searchParams.has("code")]).toEqual(["bar", true]);
  });

  test.each([
    ["oidcc-redirect-uri-query-mismatch", query, `${plain}?foo=other`],
    ["oidcc-redirect-uri-query-added", plain, query],
  ])("%s", async (_name, registered, asked) => {
    expect(await answerTo(registered, asked)).toEqual({ status: 400, location: null });
  });

  test("oidcc-ensure-redirect-uri-in-authorization-request", async () => {
    const party = await RawParty.register(world, { redirectUris: [plain, `${plain}/other`] });
    const person = await personWith(world, party, "good-phone", { redirect_uri: plain });
    const { status, headers } = await party.authorize(person.browser, { redirect_uri: undefined });
    expect([status, headers.get("location")]).toEqual([400, null]);
  });

  test("oidcc-idtoken-rs256", async () => {
    const party = await RawParty.register(world, { signingAlgorithm: "RS256" });
    const person = await personWith(world, party);
    const { body } = await party.exchange(await party.code(person.browser));
    expect(decodeProtectedHeader(String(body["id_token"]))).toMatchObject({ alg: "RS256", kid: expect.any(String) });
  });
});

describe("oidcc-formpost-basic-certification-test-plan", () => {
  test("oidcc-server with response_mode=form_post", async () => {
    expect(discovery["response_modes_supported"]).toContain("form_post");
    const party = await RawParty.register(world);
    const person = await personWith(world, party);
    const page: Answer = await party.authorize(person.browser, { response_mode: "form_post", state: "a state" });
    const fields = Object.fromEntries([...page.text.matchAll(/<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"/gu)].map(([, name, value]) => [name, value]));
    expect([page.text.includes(`action="${party.redirectUri}"`), fields["state"]]).toEqual([true, "a state"]);
    expect((await party.exchange(String(fields["code"]))).status).toBe(200);
  });
});
