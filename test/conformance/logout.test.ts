import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { personWith, RawParty, userinfo } from "../attacks/raw-party.ts";
import type { Answer } from "../support/http-browser.ts";
import type { Person } from "../support/journey.ts";
import { startWorld, type World } from "../support/world.ts";

/** The modules of the OpenID Foundation's plans for RP-initiated and back-channel logout, by their names (docs/conformance.md). */

let world: World;
let party: RawParty;
let person: Person;
let receiver: Server;
const received: string[] = [];
let discovery: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  world = await startWorld();
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      received.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const { port } = receiver.address() as AddressInfo;
  party = await RawParty.register(world, { backchannelLogoutUri: `http://localhost:${port}/logout` });
  discovery = (await (await fetch(`${world.issuer}/.well-known/openid-configuration`)).json()) as typeof discovery;
});
afterAll(async () => {
  receiver.close();
  await world.close();
});

type Parameters = Readonly<Record<string, string>>;

/** Signs a new person in; the ID token and the access token. */
async function signIn(): Promise<{ idToken: string; accessToken: string }> {
  person = await personWith(world, party);
  const { body } = await party.exchange(await party.code(person.browser));
  return { idToken: String(body["id_token"]), accessToken: String(body["access_token"]) };
}

const leave = (parameters: Parameters): Promise<Answer> => person.browser.open(`${world.issuer}/sign-out?${new URLSearchParams(parameters)}`, { headers: { accept: "text/html" } });

/** Answers the question whether to sign out with yes. */
async function confirm(question: Answer): Promise<Answer> {
  const xsrf = /name="xsrf" value="([^"]*)"/u.exec(question.text)?.[1] ?? "";
  return person.browser.submit(question, "/sign-out/confirm", { xsrf, logout: "yes" });
}

const isSignedIn = async (): Promise<boolean> => {
  const { headers } = await party.authorize(person.browser, { prompt: "none" });
  return new URL(headers.get("location") ?? "about:blank").searchParams.get("code") !== null;
};

/** Signs out, and comes back to where the request says, or stays. */
async function signsOut(parameters: Parameters, location: string | null): Promise<void> {
  const ended = await confirm(await leave(parameters));
  expect([ended.headers.get("location"), await isSignedIn()]).toEqual([location, false]);
}

/** Shows an error, goes nowhere, and ends nothing. */
async function refuses(parameters: Parameters): Promise<void> {
  const { status, headers } = await leave(parameters);
  expect([status, headers.get("location"), await isSignedIn()]).toEqual([400, null, true]);
}

async function foreignHint(idToken: string): Promise<string> {
  const { privateKey } = await generateKeyPair("ES256");
  return new SignJWT(decodeJwt(idToken)).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
}

const uri = (): string => party.redirectUri;
const modified = (idToken: string): string => {
  const [header = "", payload = "", signature = ""] = idToken.split(".");
  return [header, payload, signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`].join(".");
};

const modules: readonly [name: string, run: (idToken: string) => Promise<void>][] = [
  ["oidcc-rp-initiated-logout", (hint) => signsOut({ id_token_hint: hint, post_logout_redirect_uri: uri(), state: "s" }, `${uri()}?state=s`)],
  ["oidcc-rp-initiated-logout-no-state", (hint) => signsOut({ id_token_hint: hint, post_logout_redirect_uri: uri() }, uri())],
  ["oidcc-rp-initiated-logout-no-post-logout-redirect-uri", async (hint) => {
    const ended = await confirm(await leave({ id_token_hint: hint, state: "s" }));
    expect([ended.status, new URL(ended.url).origin, await isSignedIn()]).toEqual([200, world.issuer, false]);
  }],
  ["oidcc-rp-initiated-logout-no-params", async () => {
    const ended = await confirm(await leave({}));
    expect([ended.status, new URL(ended.url).origin, await isSignedIn()]).toEqual([200, world.issuer, false]);
  }],
  ["oidcc-rp-initiated-logout-only-state", async () => {
    const ended = await confirm(await leave({ state: "s" }));
    expect([ended.status, new URL(ended.url).origin, await isSignedIn()]).toEqual([200, world.issuer, false]);
  }],
  ["oidcc-rp-initiated-logout-no-id-token-hint", () => signsOut({ post_logout_redirect_uri: uri(), state: "s" }, null)],
  ["oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", (hint) => refuses({ id_token_hint: hint, post_logout_redirect_uri: `${uri()}/other` })],
  ["oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", (hint) => refuses({ id_token_hint: hint, post_logout_redirect_uri: `${uri()}?foo=bar` })],
  ["oidcc-rp-initiated-logout-modified-id-token-hint", (hint) => refuses({ id_token_hint: modified(hint), post_logout_redirect_uri: uri() })],
  ["oidcc-rp-initiated-logout-bad-id-token-hint", async (hint) => refuses({ id_token_hint: await foreignHint(hint), post_logout_redirect_uri: uri() })],
];

describe("oidcc-rp-initiated-logout-certification-test-plan", () => {
  test("oidcc-rp-initiated-logout-discovery-endpoint-verification", () => {
    expect(discovery["end_session_endpoint"]).toBe(`${world.issuer}/sign-out`);
  });
  test.each(modules)("%s", async (_name, run) => run((await signIn()).idToken));
});

describe("oidcc-backchannel-rp-initiated-logout-certification-test-plan", () => {
  test("oidcc-backchannel-logout-discovery-endpoint-verification", () => {
    expect(discovery).toMatchObject({ backchannel_logout_supported: true, backchannel_logout_session_supported: true });
  });

  test("oidcc-backchannel-rp-initiated-logout", async () => {
    const { idToken, accessToken } = await signIn();
    received.length = 0;
    await signsOut({ id_token_hint: idToken, post_logout_redirect_uri: uri() }, uri());
    await expect.poll(() => received, { timeout: 5000 }).toHaveLength(1);
    const logoutToken = new URLSearchParams(received[0]).get("logout_token") ?? "";
    const { payload } = await jwtVerify(logoutToken, createRemoteJWKSet(new URL(String(discovery["jwks_uri"]))), { issuer: world.issuer, audience: party.clientId, typ: "logout+jwt" });
    const { sub, sid } = decodeJwt(idToken) as { sub?: string; sid?: string };
    expect(payload).toMatchObject({ sub, sid, events: { "http://schemas.openid.net/event/backchannel-logout": {} } });
    expect(payload).not.toHaveProperty("nonce");
    expect((await userinfo(world, { authorization: `Bearer ${accessToken}` })).status).toBe(401);
  });
});
