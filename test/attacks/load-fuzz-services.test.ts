import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueInitialAccess } from "../../src/relying-parties/index.ts";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { poll, TestReceiver } from "../support/signal-receiver.ts";
import { type Fuzz, wrong } from "./fuzz.ts";
import { type Setting, startSetting } from "./setting.ts";

/** A fixed number of confused requests to what relying parties and operators alone call, by those who may and by those who may not. */

let setting: Setting;
let [streamToken, streamId, initialToken, registered, registeredToken]: readonly string[] = [];
const metricsPort = await freePort();
beforeAll(async () => {
  setting = await startSetting((file) => ({ ...file, registration: {}, metrics: { port: metricsPort } }));
  const { world } = setting;
  const receiver = await TestReceiver.register(world);
  streamToken = await receiver.token("ssf.read ssf.manage");
  streamId = (await receiver.stream({ delivery: { method: poll } })).stream_id;
  initialToken = (await issueInitialAccess(world.bridge.storage, { uses: 1000, life: 600, policy: {} }, world.now())).token;
  const made = await fetch(`${world.issuer}/register`, { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${initialToken}` }, body: JSON.stringify({ redirect_uris: ["https://shop.example/callback"], client_name: "Shop" }) });
  const described = (await made.json()) as Record<string, string>;
  [registered, registeredToken] = [described["client_id"], described["registration_access_token"]];
  setting.secrets.note(...[streamToken, initialToken, registeredToken].map(String));
});
afterAll(() => setting.close());

type Token = () => string | undefined;
/** @param named - a member that stays right in most requests, so that the rest is looked at. */
const send = (path: () => string, method: string, members: Readonly<Record<string, unknown>>, token: Token, named: () => string = () => "{") => async (fuzz: Fuzz) => {
  const { body, ...init } = fuzz.body("json", members);
  return ask(path(), { method, ...init, body: typeof body === "string" ? body.replace(/^\{/, named()) : (body ?? null), headers: { accept: "application/json", ...(init.headers as Record<string, string>), ...bearer(token) } });
};
const read = (path: () => string, method: string, names: readonly string[], token: Token) => async (fuzz: Fuzz) =>
  ask(`${path()}?${fuzz.query(names)}`, { method, headers: { accept: fuzz.pick(["application/json", "*/*"]), ...fuzz.headers(), ...bearer(token) } });
const bearer = (token: Token): Record<string, string> => (token() === undefined ? {} : { authorization: `Bearer ${token()}` });

async function ask(path: string, init: RequestInit): Promise<{ status: number; headers: Headers; text: string }> {
  const answer = await fetch(new URL(path, setting.world.issuer), { redirect: "manual", ...init });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
const stranger: Token = () => undefined;

describe("registration", () => {
  const metadata = {
    client_id: "A", redirect_uris: ["https://shop.example/callback"], post_logout_redirect_uris: ["https://shop.example/"], client_name: "Shop", client_uri: "https://shop.example/", logo_uri: "https://shop.example/logo.png",
    token_endpoint_auth_method: "client_secret_basic", grant_types: ["authorization_code"], response_types: ["code"], scope: "openid", jwks: { keys: [{ kty: "EC", crv: "P-256", x: "A", y: "A" }] }, jwks_uri: "https://shop.example/jwks",
    id_token_signed_response_alg: "ES256", subject_type: "pairwise", sector_identifier_uri: "https://shop.example/sector", backchannel_logout_uri: "https://shop.example/logout", software_statement: "A.B.C", default_acr_values: ["1"], contacts: ["a@shop.example"],
  };
  const asked: readonly (readonly [string, string, () => string, Token, Readonly<Record<string, unknown>>])[] = [
    ["POST by who may", "POST", () => "/register", () => initialToken, metadata],
    ["POST by a stranger", "POST", () => "/register", stranger, metadata],
    ["POST of keys and addresses alone", "POST", () => "/register", () => initialToken, { redirect_uris: metadata.redirect_uris, jwks: metadata.jwks, token_endpoint_auth_method: "private_key_jwt" }],
    ["PUT by its owner", "PUT", () => `/register/${registered}`, () => registeredToken, metadata],
    ["PUT by a stranger", "PUT", () => `/register/${registered}`, stranger, metadata],
  ];
  test.each(asked)("%s", async (name, method, path, token, members) => expect(await wrong(name, send(path, method, members, token))).toEqual({}));

  const reads: readonly (readonly [string, string, () => string, Token])[] = [
    ["GET by its owner", "GET", () => `/register/${registered}`, () => registeredToken],
    ["GET by a stranger", "GET", () => `/register/${registered}`, stranger],
    ["DELETE by a stranger", "DELETE", () => `/register/${registered}`, stranger],
    ["DELETE of what is not there", "DELETE", () => "/register/nobody", () => registeredToken],
  ];
  test.each(reads)("%s", async (name, method, path, token) => expect(await wrong(name, read(path, method, ["client_id"], token))).toEqual({}));
});

describe("streams of events", () => {
  const settings = { delivery: { method: poll, endpoint_url: "https://shop.example/events", authorization_header: "Bearer A" }, events_requested: ["https://schemas.openid.net/secevent/caep/event-type/session-revoked"], description: "A" };
  const subject = { format: "iss_sub", iss: "https://shop.example", sub: "A" };
  const members: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
    ["POST", "/ssf/streams", settings],
    ["PATCH", "/ssf/streams", { ...settings, iss: "A", aud: "A", events_delivered: [] }],
    ["PUT", "/ssf/streams", { ...settings }],
    ["POST", "/ssf/status", { status: "paused", reason: "A" }],
    ["POST", "/ssf/subjects/add", { subject, verified: true }],
    ["POST", "/ssf/subjects/remove", { subject }],
    ["POST", "/ssf/verification", { state: "A" }],
    ["POST", "/ssf/poll/:id", { maxEvents: 1, returnImmediately: true, ack: ["A"], setErrs: { A: { err: "invalid_key", description: "A" } } }],
  ];
  const rows = members.flatMap(([method, path, given]) => [[`${method} ${path} by its receiver`, method, path, given, () => streamToken], [`${method} ${path} by a stranger`, method, path, given, stranger]] as const);
  test.each(rows)("%s", async (name, method, path, given, token) => {
    expect(await wrong(name, send(() => path.replace(":id", String(streamId)), method, given, token, () => `{"stream_id":"${streamId}",`))).toEqual({});
  });

  const reads: readonly (readonly [string, string])[] = [["GET", "/ssf/streams"], ["DELETE", "/ssf/streams"], ["GET", "/ssf/status"]];
  test.each(reads.flatMap(([method, path]) => [[`${method} ${path} by a receiver`, method, path, () => streamToken], [`${method} ${path} by a stranger`, method, path, stranger]] as const))("%s", async (name, method, path, token) => {
    expect(await wrong(name, read(() => path, method, ["stream_id"], token))).toEqual({});
  });
});

describe("receipts", () => {
  const paths = ["/receipts/AAAAAAAAAAAAAAAAAAAAAA", "/receipts/%00", `/receipts/${"A".repeat(3000)}`, "/receipts/..%2f..%2fetc", "/.well-known/assurance-receipt-keys", "/.well-known/oauth-protected-resource/ssf"];
  test.each(paths.flatMap((path) => [[`${path.slice(0, 60)} by a relying party`, path, () => streamToken], [`${path.slice(0, 60)} by a stranger`, path, stranger]] as const))("GET %s", async (name, path, token) => {
    expect(await wrong(name, read(() => path, "GET", ["id"], token))).toEqual({});
  });
});

describe("the operator's port", () => {
  test.each(["/metrics", "/readyz", "/", "/..%2f", "//metrics"])("GET %s: answered, or not found", async (path) => {
    expect(await wrong(path, async (fuzz) => {
      const { status, headers, text } = await ask(`http://127.0.0.1:${metricsPort}${path}?${fuzz.query(["name", "match[]"])}`, { headers: fuzz.headers() });
      expect([200, 404]).toContain(status);
      return { status: 200, headers, text };
    })).toEqual({});
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])("%s: refused, whatever is sent", async (method) => {
    expect(await wrong(method, async (fuzz) => {
      const { body } = fuzz.body("json", { a: "A" });
      const { status, headers, text } = await ask(`http://127.0.0.1:${metricsPort}/metrics`, { method, ...(method !== "HEAD" && { body }) });
      expect([status, text]).toEqual([405, ""]);
      return { status: 200, headers, text };
    })).toEqual({});
  });

  test("and it answers still", async () => {
    const metrics = await ask(`http://127.0.0.1:${metricsPort}/metrics`, {});
    expect([metrics.status, metrics.text.includes("jpki_bridge_")]).toEqual([200, true]);
    expect((await ask(`http://127.0.0.1:${metricsPort}/readyz`, {})).status).toBe(200);
  });
});
