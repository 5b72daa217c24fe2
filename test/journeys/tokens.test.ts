import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, reachCallback, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { resource, startWorld, type World } from "../support/world.ts";

const levels = { ial: 3, aal: 3, fal: 3, acr: "urn:jpki-bridge:ial3-aal3" };

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const fresh = (person: Person): Person => ({ ...person, browser: new HttpBrowser() });

describe("one truth in every form", () => {
  test("ID token, userinfo, introspection and JWT access token carry the same levels", async () => {
    const party = await registerRelyingParty(world, { dpop: true });
    const handle = client.getDPoPHandle(party.config, await client.randomDPoPKeyPair("ES256"));
    const person = newPerson();
    const { signIn, callback } = await enrolAndSignIn(world, person, party, { scope: `openid ${resource.scopes[0]}`, resource: resource.identifier });
    const tokens = await party.finish(signIn, callback);
    const idToken = tokens.claims();
    expect(idToken).toMatchObject(levels);
    const { assurance, amr, auth_time } = (idToken ?? {}) as Record<string, unknown>;
    const same = { ...levels, assurance, amr, auth_time };

    const introspected = await client.tokenIntrospection(party.config, tokens.access_token);
    expect(introspected).toMatchObject({ active: true, ...same });
    expect(JSON.stringify(introspected)).not.toContain("authorization_facts");

    // A refresh token of a key-authenticated client is not bound to a key: a new one may be used.
    const forResource = await client.refreshTokenGrant(party.config, String(tokens.refresh_token), { resource: resource.identifier, scope: resource.scopes[0] ?? "" }, { DPoP: handle });
    const keys = createRemoteJWKSet(new URL(`${world.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(forResource.access_token, keys, { issuer: world.issuer, audience: resource.identifier });
    expect(payload).toMatchObject(same);
    expect(protectedHeader).toMatchObject({ typ: "at+jwt", alg: "ES256" });
  });

  test("the level told by userinfo and introspection is that of the day", async () => {
    const party = await registerRelyingParty(world);
    const person = newPerson("good-card");
    const { signIn, callback } = await enrolAndSignIn(world, person, party);
    const tokens = await party.finish(signIn, callback);
    await world.jlis.faults.set({ ocspDown: true, staleCrl: true });
    try {
      world.advance(590);
      expect(await client.tokenIntrospection(party.config, tokens.access_token)).toMatchObject({ active: true, ial: 3 });
    } finally {
      await world.jlis.faults.set({ ocspDown: false, staleCrl: false });
    }
    await world.jlis.personas.operate("good-card", "revoke");
    world.advance(5);
    await signInAgain(world, fresh(person), party);
    expect(await client.tokenIntrospection(party.config, tokens.access_token)).toEqual({ active: false });
  });
});

describe("clients of every kind", () => {
  test("a shared secret and a plain request give FAL 1, RS256 on request", async () => {
    const party = await registerRelyingParty(world, { authentication: "client_secret_basic", pushed: false, registration: { signingAlgorithm: "RS256" } });
    const { signIn, callback } = await enrolAndSignIn(world, newPerson("next-generation"), party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ ial: 3, fal: 1 });
  });

  test("two sectors see two pseudonyms, one sector always the same", async () => {
    const one = await registerRelyingParty(world);
    const other = await registerRelyingParty(world);
    const person = newPerson("new-phone");
    const first = await enrolAndSignIn(world, person, one);
    const subject = (await one.finish(first.signIn, first.callback)).claims()?.sub;
    const again = await signInAgain(world, fresh(person), one);
    expect((await one.finish(again.signIn, again.callback)).claims()?.sub).toBe(subject);
    const elsewhere = await signInAgain(world, fresh(person), other);
    const otherClaims = (await other.finish(elsewhere.signIn, elsewhere.callback)).claims();
    expect(otherClaims?.sub).not.toBe(subject);
  });

  test("registration minimums are enforced without being asked for", async () => {
    const party = await registerRelyingParty(world, { registration: { minimumAal: 3 } });
    const person = newPerson("renewed");
    await enrolAndSignIn(world, person, party);
    const signIn = await party.begin();
    const later = fresh(person);
    const page = await signInWithPasskey(world, later, await later.browser.open(signIn.url));
    expect(page.text).toContain("/step-up\"");
  });
});

describe("consent and refresh", () => {
  test("consent is asked once and remembered for a new browser", async () => {
    const party = await registerRelyingParty(world);
    const person = newPerson("next-generation");
    await enrolAndSignIn(world, person, party);
    const later = fresh(person);
    const signIn = await party.begin();
    const landed = await signInWithPasskey(world, later, await later.browser.open(signIn.url));
    expect(landed.status).toBe(303);
    expect(landed.headers.get("location")).toContain(party.redirectUri);
  });

  test("a refresh token works once; its reuse ends the grant", async () => {
    const party = await registerRelyingParty(world);
    const person = newPerson("next-generation");
    const { signIn, callback } = await enrolAndSignIn(world, person, party);
    const tokens = await party.finish(signIn, callback);
    const refreshed = await client.refreshTokenGrant(party.config, String(tokens.refresh_token));
    expect(refreshed.claims()).toMatchObject({ ial: 3, fal: 2 });
    await expect(client.refreshTokenGrant(party.config, String(tokens.refresh_token))).rejects.toThrow();
    expect(await client.tokenIntrospection(party.config, refreshed.access_token)).toEqual({ active: false });
  });

  test("revocation ends an access token", async () => {
    const party = await registerRelyingParty(world);
    const { signIn, callback } = await enrolAndSignIn(world, newPerson("next-generation"), party);
    const tokens = await party.finish(signIn, callback);
    await client.tokenRevocation(party.config, tokens.access_token);
    expect(await client.tokenIntrospection(party.config, tokens.access_token)).toEqual({ active: false });
  });
});

describe("sign-out", () => {
  let receiver: Server;
  let received: string[];
  beforeAll(async () => {
    received = [];
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
  });
  afterAll(() => void receiver.close());

  test("by the relying party: confirmed on a page, told by back-channel logout, and over", async () => {
    const { port } = receiver.address() as AddressInfo;
    const party = await registerRelyingParty(world, { registration: { backchannelLogoutUri: `http://localhost:${port}/backchannel` } });
    const person = newPerson("next-generation");
    const { signIn, callback } = await enrolAndSignIn(world, person, party);
    const tokens = await party.finish(signIn, callback);
    const url = client.buildEndSessionUrl(party.config, { id_token_hint: String(tokens.id_token), post_logout_redirect_uri: party.redirectUri });
    const page = await person.browser.open(url.href);
    const action = /<form[^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? "";
    const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
    const done = await person.browser.submit(page, action, { xsrf, logout: "yes" });
    expect(done.headers.get("location")).toContain(party.redirectUri);
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 5000 });
    const logoutToken = new URLSearchParams(received[0]).get("logout_token") ?? "";
    const { payload } = await jwtVerify(logoutToken, createRemoteJWKSet(new URL(`${world.issuer}/jwks`)), { issuer: world.issuer, audience: party.clientId });
    expect(payload["sub"]).toBe(tokens.claims()?.sub);
    expect(await client.tokenIntrospection(party.config, tokens.access_token)).toEqual({ active: false });

    const again = await party.begin({ prompt: "none" });
    const silent = await person.browser.open(again.url);
    expect(new URL(silent.headers.get("location") ?? "").searchParams.get("error")).toBe("login_required");
  });
});

test("a restart in the middle of an enrolment and of a sign-in loses nothing", async () => {
  const { enrolOnPhone, linkOf, openEnrolment, returnToBrowser } = await import("../support/journey.ts");
  const party = await registerRelyingParty(world);
  const person = newPerson("next-generation");
  const signIn = await party.begin();
  const page = await person.browser.open(signIn.url);
  await world.restart();
  const progress = await openEnrolment(person, page, "same");
  await world.restart();
  const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
  await world.restart();
  if (outcome.next !== "return") throw new Error("expected a device-local return");
  const consent = await returnToBrowser(person, outcome.return_url);
  await world.restart();
  const callback = await reachCallback(person, consent);
  await world.restart();
  expect((await party.finish(signIn, callback)).claims()).toMatchObject({ ial: 3, aal: 3 });
});
