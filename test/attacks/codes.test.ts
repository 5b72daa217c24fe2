import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { asIdentifier, type ClientId, type PersonId } from "../../src/identifiers.ts";
import { withdrawConsent } from "../../src/people/index.ts";
import type { Person } from "../support/journey.ts";
import { agree, challengeOf, type JsonReply, personWith, RawParty, userinfo, verifier } from "./raw-party.ts";
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

const expectError = ({ status, body }: JsonReply, error: string, expectedStatus = 400): void => {
  expect({ error: body["error"], status }).toEqual({ error, status: expectedStatus });
  expect(JSON.stringify(body)).not.toMatch(/access_token|id_token|stack|\.ts:|\.js:/);
};
const bearer = (token: unknown): Record<string, string> => ({ authorization: `Bearer ${String(token)}` });

/** Neither at userinfo nor at introspection. */
async function expectDead(token: unknown): Promise<void> {
  expect((await userinfo(setting.world, bearer(token))).status).toBe(401);
  expect((await party.introspect(String(token))).body).toEqual({ active: false });
}

describe("an authorization code", () => {
  test("used twice: refused, and what the first use gave is dead", async () => {
    const code = await party.code(person.browser);
    const { body } = await party.exchange(code);
    expect((await userinfo(setting.world, bearer(body["access_token"]))).status).toBe(200);
    expectError(await party.exchange(code), "invalid_grant");
    await expectDead(body["access_token"]);
    expectError(await party.token({ grant_type: "refresh_token", refresh_token: String(body["refresh_token"]) }), "invalid_grant");
  });

  test("used twenty times at once: one answer, and that one is dead", async () => {
    const code = await party.code(person.browser);
    const answers = await Promise.all(Array.from({ length: 20 }, () => party.exchange(code)));
    const [first, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectError(answer, "invalid_grant");
    await expectDead(first?.body["access_token"]);
    expectError(await party.token({ grant_type: "refresh_token", refresh_token: String(first?.body["refresh_token"]) }), "invalid_grant");
  });

  const wrong: readonly [string, (code: string) => Promise<JsonReply>, string, number?][] = [
    ["used by another client", (code) => other.exchange(code, { redirect_uri: party.redirectUri }), "invalid_grant"],
    ["used by another client with its own redirect URI", (code) => other.exchange(code), "invalid_grant"],
    ["with another client's redirect URI", (code) => party.exchange(code, { redirect_uri: other.redirectUri }), "invalid_grant"],
    ["with the redirect URI and a query", (code) => party.exchange(code, { redirect_uri: `${party.redirectUri}?a=1` }), "invalid_grant"],
    ["with a wrong verifier", (code) => party.exchange(code, { code_verifier: toBase64Url(randomBytes(32)) }), "invalid_grant"],
    ["without a verifier", (code) => party.exchange(code, { code_verifier: undefined }), "invalid_grant"],
    ["with the challenge as its verifier", (code) => party.exchange(code, { code_verifier: challengeOf(verifier) }), "invalid_grant"],
    ["with an empty verifier", (code) => party.exchange(code, { code_verifier: "" }), "invalid_grant"],
    ["with a verifier that is too short", (code) => party.exchange(code, { code_verifier: "a".repeat(42) }), "invalid_request"],
    ["guessed", () => party.exchange(toBase64Url(randomBytes(32))), "invalid_grant"],
    ["cut", (code) => party.exchange(code.slice(0, -1)), "invalid_grant"],
    ["missing", () => party.exchange("", { code: undefined }), "invalid_request"],
    ["twice in one request", (code) => party.exchange(code, { code: [code, code] }), "invalid_request"],
    ["with a wrong secret", (code) => party.exchange(code, {}, { authorization: `Basic ${Buffer.from(`${party.clientId}:wrong`).toString("base64")}` }), "invalid_client", 401],
    ["with another client's id in the body", (code) => party.exchange(code, { client_id: other.clientId }), "invalid_request"],
    ["with no client authentication", (code) => party.exchange(code, { client_id: party.clientId }, { authorization: "" }), "invalid_client", 401],
    ["with the secret in the body", (code) => party.exchange(code, { client_id: party.clientId, client_secret: "secret" }, { authorization: "" }), "invalid_client", 401],
    ["as a refresh token", (code) => party.token({ grant_type: "refresh_token", refresh_token: code }), "invalid_grant"],
    ["for a grant nobody has", (code) => party.token({ grant_type: "password", username: "a", password: code }), "unsupported_grant_type"],
    ["for a resource of people, by client credentials", () => party.token({ grant_type: "client_credentials", resource: "https://resource.example/api", scope: "read" }), "invalid_target"],
  ];
  test.each(wrong)("%s", async (_name, use, error, status) => {
    const code = await party.code(person.browser);
    expectError(await unchangedBy(setting.world, () => use(code), ["AuthorizationCode", "AccessToken", "Grant"]), error, status);
  });

  test("without a redirect URI, where several are registered", async () => {
    const many = await RawParty.register(setting.world, { redirectUris: ["https://many.example/callback", "https://many.example/callback/two"] });
    const use = { redirect_uri: "https://many.example/callback/two" };
    await agree(person, many, use);
    const code = await many.code(person.browser, use);
    for (const redirect_uri of [undefined, "https://many.example/callback"]) {
      expect((await many.exchange(code, { redirect_uri })).status).toBe(400);
    }
  });

  test("for a resource that was not agreed to", async () => {
    const resource = "https://resource.example/api";
    expectError(await party.exchange(await party.code(person.browser), { resource }), "invalid_target");
    const { body } = await party.exchange(await party.code(person.browser));
    expectError(await party.token({ grant_type: "refresh_token", refresh_token: String(body["refresh_token"]), resource }), "invalid_target");
  });

  test("after a minute", async () => {
    const code = await party.code(person.browser);
    setting.world.advance(61);
    expectError(await party.exchange(code), "invalid_grant");
  });

  test("after the consent was withdrawn", async () => {
    const { world } = setting;
    const third = await RawParty.register(world);
    await agree(person, third);
    const code = await third.code(person.browser);
    const { body } = await third.exchange(await third.code(person.browser));
    const holder = await world.bridge.storage.read.person.findFirst();
    await withdrawConsent(world.bridge.storage, asIdentifier<PersonId>(holder?.id ?? ""), asIdentifier<ClientId>(third.clientId), world.now());
    expectError(await third.exchange(code), "invalid_grant");
    expect((await userinfo(world, bearer(body["access_token"]))).status).toBe(401);
  });
});

describe("a refresh token", () => {
  const fresh = async (): Promise<Readonly<Record<string, unknown>>> => (await party.exchange(await party.code(person.browser))).body;
  const refresh = (token: unknown, by = party): Promise<JsonReply> => by.token({ grant_type: "refresh_token", refresh_token: String(token) });

  test("used twice: refused, and the whole grant is dead", async () => {
    const first = await fresh();
    const second = await refresh(first["refresh_token"]);
    expect(second.status).toBe(200);
    expect(second.body["refresh_token"]).not.toBe(first["refresh_token"]);
    expectError(await refresh(first["refresh_token"]), "invalid_grant");
    for (const token of [first["access_token"], second.body["access_token"]]) await expectDead(token);
    expectError(await refresh(second.body["refresh_token"]), "invalid_grant");
  });

  test("used twenty times at once: one answer, and that one is dead", async () => {
    const first = await fresh();
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(first["refresh_token"])));
    const [won, ...more] = answers.filter(({ status }) => status === 200);
    expect(more).toEqual([]);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectError(answer, "invalid_grant");
    await expectDead(won?.body["access_token"]);
    expectError(await refresh(won?.body["refresh_token"]), "invalid_grant");
  });

  const wrong: readonly [string, (token: string) => Promise<JsonReply>, string, number?][] = [
    ["by another client", (token) => refresh(token, other), "invalid_grant"],
    ["guessed", () => refresh(toBase64Url(randomBytes(32))), "invalid_grant"],
    ["for more than was agreed to", (token) => party.token({ grant_type: "refresh_token", refresh_token: token, scope: "openid offline_access" }), "invalid_scope"],
    ["missing", () => party.token({ grant_type: "refresh_token" }), "invalid_request"],
    ["with a wrong secret", (token) => party.token({ grant_type: "refresh_token", refresh_token: token }, { authorization: `Basic ${Buffer.from(`${party.clientId}:wrong`).toString("base64")}` }), "invalid_client", 401],
  ];
  test.each(wrong)("%s, which leaves the holder's untouched", async (_name, use, error, status) => {
    const { refresh_token: token } = await fresh();
    expectError(await unchangedBy(setting.world, () => use(String(token))), error, status);
    expect((await refresh(token)).status).toBe(200);
  });

  test("revoked, and its access token with it", async () => {
    const { refresh_token, access_token } = await fresh();
    expect((await other.revoke(String(refresh_token))).status).toBe(200);
    expect((await userinfo(setting.world, bearer(access_token))).status).toBe(200);
    expect((await party.revoke(String(refresh_token))).status).toBe(200);
    expectError(await refresh(refresh_token), "invalid_grant");
    await expectDead(access_token);
  });
});
