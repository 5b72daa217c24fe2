import { decodeJwt, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import type { Person } from "../support/journey.ts";
import { agree, type JsonReply, personWith, ProofKey, RawParty, userinfo } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

const resource = "https://resource.example/api";
let setting: Setting;
let party: RawParty;
let other: RawParty;
let bound: RawParty;
let person: Person;
let key: ProofKey;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  other = await RawParty.register(setting.world);
  bound = await RawParty.register(setting.world, { dpopBound: true });
  key = await ProofKey.generate();
  person = await personWith(setting.world, party);
  await agree(person, other);
  await agree(person, bound);
  await agree(person, party, { resource, scope: "openid reading:list" });
});
afterAll(() => setting.close());

const tokenUrl = (): string => `${setting.world.issuer}/token`;
const userinfoUrl = (): string => `${setting.world.issuer}/userinfo`;
const tokensOf = async (by: RawParty): Promise<Readonly<Record<string, unknown>>> => (await by.exchange(await by.code(person.browser))).body;

async function boundToken(): Promise<string> {
  const reply = await bound.exchange(await bound.code(person.browser), {}, { dpop: await key.prove("POST", tokenUrl()) });
  expect(reply.body["token_type"]).toBe("DPoP");
  return String(reply.body["access_token"]);
}

async function resourceToken(): Promise<string> {
  const code = await party.code(person.browser, { resource, scope: "openid reading:list" });
  return String((await party.exchange(code, { resource })).body["access_token"]);
}

function expectRefusedToken(reply: JsonReply, status = 401): void {
  expect(reply.status).toBe(status);
  expect(reply.headers.get("www-authenticate") ?? "").toMatch(/Bearer|DPoP/);
  expect(JSON.stringify(reply.body)).not.toMatch(/"sub"|"ial"|node_modules/);
}

describe("a token bound to a key, at userinfo", () => {
  const rows: readonly [string, (token: string) => Promise<Record<string, string>>][] = [
    ["as a bearer token", async (token) => ({ authorization: `Bearer ${token}` })],
    ["without a proof", async (token) => ({ authorization: `DPoP ${token}` })],
    ["with a proof by another key", async (token) => ({ authorization: `DPoP ${token}`, dpop: await (await ProofKey.generate()).prove("GET", userinfoUrl(), token) })],
    ["with a proof for another method", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("POST", userinfoUrl(), token) })],
    ["with a proof for another endpoint", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", tokenUrl(), token) })],
    ["with a proof for another host", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", "https://bridge.example/userinfo", token) })],
    ["with a proof for another token", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", userinfoUrl(), "another") })],
    ["with a proof for no token", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", userinfoUrl()) })],
    ["with an old proof", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", userinfoUrl(), token, { iat: Math.floor(Date.now() / 1000) - 3600 }) })],
    ["with a proof of tomorrow", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", userinfoUrl(), token, { iat: Math.floor(Date.now() / 1000) + 86_400 }) })],
    ["with a proof of another typ", async (token) => ({ authorization: `DPoP ${token}`, dpop: await key.prove("GET", userinfoUrl(), token, {}, { typ: "jwt" }) })],
    ["with an unsigned proof", async (token) => ({ authorization: `DPoP ${token}`, dpop: new UnsecuredJWT({ jti: "1", htm: "GET", htu: userinfoUrl(), iat: Math.floor(Date.now() / 1000) }).encode() })],
    ["with garbage for a proof", async (token) => ({ authorization: `DPoP ${token}`, dpop: "garbage" })],
  ];
  test.each(rows)("%s", async (_name, make) => {
    const token = await boundToken();
    const headers = await make(token);
    const reply = await unchangedBy(setting.world, () => userinfo(setting.world, headers));
    expectRefusedToken(reply, reply.status === 400 ? 400 : 401);
    expect(["invalid_token", "invalid_dpop_proof", "invalid_request"]).toContain(reply.body["error"]);
  });

  test("with the same proof twice", async () => {
    const token = await boundToken();
    const twice = { authorization: `DPoP ${token}`, dpop: await key.prove("GET", userinfoUrl(), token) };
    expect((await userinfo(setting.world, twice)).status).toBe(200);
    expectRefusedToken(await userinfo(setting.world, twice));
  });

  test("is not given to a client that must be bound and brings no proof", async () => {
    const reply = await bound.exchange(await bound.code(person.browser));
    expect(reply.status).toBe(400);
    expect(reply.body["access_token"]).toBeUndefined();
  });

  test("of a code bound to a key is not given for a proof by another", async () => {
    const code = await bound.code(person.browser, { dpop_jkt: key.thumbprint });
    const thief = await ProofKey.generate();
    const reply = await bound.exchange(code, {}, { dpop: await thief.prove("POST", tokenUrl()) });
    expect({ status: reply.status, error: reply.body["error"] }).toEqual({ status: 400, error: "invalid_grant" });
  });
});

describe("at userinfo, in place of an access token", () => {
  const rows: readonly [string, () => Promise<string> | string][] = [
    ["a token for a resource (audience confusion)", resourceToken],
    ["an ID token", async () => String((await tokensOf(party))["id_token"])],
    ["a refresh token", async () => String((await tokensOf(party))["refresh_token"])],
    ["a code", () => party.code(person.browser)],
    ["a guess", () => toBase64Url(randomBytes(32))],
    ["nothing", () => ""],
    ["the session cookie", () => person.browser.cookiesOf(setting.world.issuer).get("jpki_session") ?? ""],
    ["an unsigned JWT", () => new UnsecuredJWT({ sub: "x", aud: setting.world.issuer, scope: "openid" }).encode()],
    ["a JWT of somebody else's key", async () => new SignJWT({ sub: "x", scope: "openid" }).setProtectedHeader({ alg: "ES256", typ: "at+jwt" }).sign((await generateKeyPair("ES256")).privateKey)],
    ["NUL bytes, encoded", () => "%00%00"],
  ];
  test.each(rows)("%s", async (_name, make) => {
    const token = await make();
    const reply = await unchangedBy(setting.world, () => userinfo(setting.world, { authorization: `Bearer ${token}` }));
    expectRefusedToken(reply, reply.status === 400 ? 400 : 401);
  });

  test("a token in the query", async () => {
    const { access_token } = await tokensOf(party);
    const response = await fetch(`${userinfoUrl()}?access_token=${String(access_token)}`, { headers: { accept: "application/json" } });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('"sub"');
  });

  test("a token past its life", async () => {
    const { access_token } = await tokensOf(party);
    setting.world.advance(601);
    expectRefusedToken(await userinfo(setting.world, { authorization: `Bearer ${String(access_token)}` }));
  });
});

describe("introspection and revocation", () => {
  test("of another client's tokens: inactive, and nothing ends", async () => {
    const { access_token, refresh_token } = await tokensOf(party);
    for (const token of [access_token, refresh_token]) {
      expect((await other.introspect(String(token))).body).toEqual({ active: false });
      await unchangedBy(setting.world, () => other.revoke(String(token)));
    }
    expect((await party.introspect(String(access_token))).body).toMatchObject({ active: true, ial: 3, client_id: party.clientId });
  });

  test("tells nothing that is hidden in a token", async () => {
    const { access_token } = await tokensOf(party);
    const { body } = await party.introspect(String(access_token));
    expect(Object.keys(body)).not.toContain("authorization_facts");
    expect(body["sub"]).toBe(decodeJwt(String((await tokensOf(party))["id_token"])).sub);
    const people = await setting.world.bridge.storage.read.person.findMany();
    for (const { id } of people) expect(JSON.stringify(body)).not.toContain(id);
  });

  const rows: readonly [string, Record<string, string>, number][] = [
    ["nobody", { authorization: "" }, 400],
    ["a wrong secret", { authorization: `Basic ${Buffer.from("raw-1:wrong").toString("base64")}` }, 401],
    ["an unknown client", { authorization: `Basic ${Buffer.from("nobody:secret").toString("base64")}` }, 401],
    ["garbage for Basic", { authorization: "Basic %%%" }, 400],
    ["a bearer token", { authorization: "Bearer abc" }, 400],
  ];
  test.each(rows)("for %s: refused", async (_name, headers, status) => {
    const { access_token } = await tokensOf(party);
    for (const path of ["introspect", "revoke"]) {
      const sent = Object.fromEntries(Object.entries({ accept: "application/json", ...headers }).filter(([, value]) => value !== ""));
      const reply = await unchangedBy(setting.world, () => fetch(`${setting.world.issuer}/${path}`, { method: "POST", headers: sent, body: new URLSearchParams({ token: String(access_token) }) }));
      expect(reply.status).toBe(status);
      expect(await reply.text()).not.toContain('"active":true');
    }
  });
});

describe("subjects", () => {
  test("of one person at two services have nothing in common", async () => {
    const [here, there] = await Promise.all([party, other].map(async (by) => decodeJwt(String((await tokensOf(by))["id_token"])).sub));
    expect(here).not.toBe(there);
  });
});
