import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { get } from "node:http";
import path from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { toBase64 } from "../../src/bytes.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { type ConfigurationFile, loadConfiguration } from "../../src/config.ts";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf } from "../../src/relying-parties/index.ts";
import { identity } from "../support/mutual-tls.ts";
import { skipped } from "../support/skipped.ts";
import { type Answered, type Asked, askerAt, form } from "./nginx-client.ts";
import { type Nginx, noNginx, prepareNginx } from "./nginx-process.ts";
import { nodePlace, type NodePlace, startNode } from "./node-process.ts";

/** deploy/nginx.conf before nodes of `serve` that listen as deploy/bridge.yaml has it. */

const { listen: { trusted_proxies, drain } } = parse(readFileSync("deploy/bridge.yaml", "utf8")) as { listen: NonNullable<ConfigurationFile["listen"]> };
const shown = identity("shown");

interface Front extends Nginx {
  readonly place: NodePlace;
  ask(asked: Asked): Promise<Answered>;
}

async function front(changes: Partial<ConfigurationFile> = {}): Promise<Front> {
  const listen = { port: 0, ...(trusted_proxies !== undefined && { trusted_proxies }), ...(drain !== undefined && { drain }) };
  const place = nodePlace({ listen, mutual_tls: { origin: "https://mtls.example.jp", proxies: ["127.0.0.1"] }, ...changes });
  const [nginx, node] = [await prepareNginx(), await startNode(place)];
  await nginx.turnTo([node.origin]);
  return { ...nginx, place, ask: askerAt(nginx) };
}

beforeEach((context) => {
  if (noNginx !== null) skipped(context)(noNginx);
});

test("TLS ends there: by HTTP/1.1 and HTTP/2; without it one is sent to it", async () => {
  const { ask, port, plainPort, certificate } = await front();
  expect(await ask({ path: "/healthz" })).toMatchObject({ status: 200 });
  const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: certificate, servername: "login.example.jp" });
  const stream = session.request({ ":authority": "login.example.jp", ":path": "/healthz" });
  expect((await once(stream, "response"))[0]).toMatchObject({ ":status": 200 });
  session.close();
  const plain = await new Promise<{ status: number | undefined; location: string | undefined }>((resolve) => void get(`http://127.0.0.1:${plainPort}/jwks?a=b`, ({ statusCode, headers: { location } }) => resolve({ status: statusCode, location })));
  expect(plain).toEqual({ status: 301, location: "https://login.example.jp/jwks?a=b" });
});

test("readiness is not for the public", async () => {
  const { ask } = await front();
  for (const host of ["login.example.jp", "mtls.example.jp"]) expect(await ask({ host, path: "/readyz" })).toMatchObject({ status: 404 });
});

test("hosts and schemes are the configuration's, whatever is written", async () => {
  const { ask } = await front();
  const forged: readonly Asked[] = [
    { path: "", headers: { "x-forwarded-host": "mtls.example.jp", "x-forwarded-proto": "http", forwarded: "host=evil.example;proto=http" } },
    { path: "", host: "evil.example", serverName: "login.example.jp" },
  ];
  for (const asked of forged) expect(JSON.parse((await ask({ ...asked, path: "/.well-known/openid-configuration" })).text)).toMatchObject({ issuer: "https://login.example.jp", token_endpoint: "https://login.example.jp/token" });
});

test("requests are counted by the address that nginx sees, never by one that a client wrote", async () => {
  const { ask } = await front({ limits: { requests_per_minute: 5 } });
  const statuses: number[] = [];
  for (let time = 0; time <= 5; time += 1) statuses.push((await ask({ path: "/jwks", from: "127.0.0.2", headers: { "x-forwarded-for": `198.51.100.${time}`, "x-real-ip": `198.51.100.${time}` } })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  expect(await ask({ path: "/jwks", from: "127.0.0.3" })).toMatchObject({ status: 200 });
  // Nor can somebody else be shut out in that way.
  expect(await ask({ path: "/jwks", from: "127.0.0.3", headers: { "x-forwarded-for": "127.0.0.2" } })).toMatchObject({ status: 200 });
});

test("ids of requests are nginx's own", async () => {
  const { ask } = await front();
  const { headers } = await ask({ path: "/healthz", headers: { "x-request-id": "written-by-a-stranger" } });
  expect(headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/u);
});

describe("what is too much", () => {
  const rows: readonly (readonly [name: string, asked: Asked, status: number])[] = [
    ["10 MB of a form", { path: "/token", method: "POST", headers: form, body: Buffer.alloc(10_000_000, "a") }, 413],
    ["100 KB of a form, which nginx hands on", { path: "/enrolment/v1/links", method: "POST", headers: { "content-type": "application/json" }, body: Buffer.alloc(100_000, "a") }, 404],
    ["a header of 20 KB", { path: "/healthz", headers: { "x-much": "a".repeat(20_000) } }, 400],
    ["headers of 24 KB together, which nginx hands on", { path: "/healthz", headers: { a: "a".repeat(12_000), b: "b".repeat(12_000) } }, 431],
    ["a path of 20 KB", { path: `/${"a".repeat(20_000)}` }, 414],
  ];
  test.each(rows)("%s", async (_name, asked, status) => {
    const { ask, said } = await front();
    expect(await ask(asked)).toMatchObject({ status });
    expect(await ask({ path: "/healthz" })).toMatchObject({ status: 200 });
    // It would be with an address, and whatever the path and its query say.
    expect(said()).toBe("");
  });

  test("a hundred and ten requests of one address at once: a hundred are begun", async () => {
    const { ask, ...nginx } = await front();
    const sockets = await Promise.all(Array.from({ length: 110 }, () => begun(nginx, unfinished)));
    const refused = await Promise.all(sockets.map((socket) => new Promise<boolean>((resolve) => {
      socket.once("data", (answer: Buffer) => resolve(answer.toString().startsWith("HTTP/1.1 503 ")));
      setTimeout(resolve, 2000, false);
    })));
    expect(refused.filter(Boolean)).toHaveLength(10);
    expect(await ask({ path: "/healthz", from: "127.0.0.2" })).toMatchObject({ status: 200 });
    for (const socket of sockets) socket.destroy();
  });
});

const inHeaders = "POST /token HTTP/1.1\r\nHost: login.example.jp\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n";
const unfinished = `${inHeaders}\r\ngrant_type=`;

/** A connection on which so much was sent. */
async function begun({ port, certificate }: Nginx, sent: string): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", port, ca: certificate, servername: "login.example.jp" });
  await once(socket, "secureConnect");
  socket.write(sent);
  return socket;
}

test("who is slow in the headers or in the body is cut off", { timeout: 60_000 }, async () => {
  const nginx = await front();
  const sent = performance.now();
  await Promise.all([inHeaders, unfinished].map(async (text) => once((await begun(nginx, text)).resume(), "close")));
  expect(performance.now() - sent).toBeLessThan(20_000);
});

describe("a client's certificate", () => {
  async function registered({ place }: Front): Promise<string> {
    const storage = await openStorage(loadConfiguration(path.join(place.directory, "bridge.yaml")));
    const metadata = orThrow(metadataOf({ clientId: "bank", name: "Bank", redirectUris: ["https://bank.example/callback"], authentication: "self_signed_tls_client_auth", jwks: { keys: [shown.jwk] as object[] }, certificateBound: true }));
    await addRelyingParty(storage, metadata, Math.floor(Date.now() / 1000));
    await storage.close();
    return "bank";
  }
  const [mtls, login] = ["mtls.example.jp", "login.example.jp"];
  const header = { "client-cert": `:${toBase64(shown.der)}:` };
  const rows: readonly (readonly [name: string, asked: Partial<Asked>, status: number])[] = [
    ["shown where it is asked for", { host: mtls, client: shown }, 200],
    ["another", { host: mtls, client: identity("another") }, 401],
    ["none", { host: mtls }, 401],
    ["shown where none is asked for", { host: login, client: shown }, 401],
    ["in a header from outside, where it is asked for", { host: mtls, headers: header }, 401],
    ["in a header from outside, where another is shown", { host: mtls, headers: header, client: identity("another") }, 401],
    ["in a header from outside, where none is asked for", { host: login, headers: header }, 401],
    ["in a header of another spelling", { host: login, headers: { Client_Cert: header["client-cert"], "CLIENT-CERT": header["client-cert"] } }, 401],
    ["in a header, by a connection that was opened for the other host", { host: mtls, serverName: login, headers: header }, 421],
  ];
  test("counts as shown, and nothing else does", async () => {
    const stage = await front();
    const body = new URLSearchParams({ client_id: await registered(stage), token: "none" }).toString();
    const statuses: [string, number][] = [];
    for (const [name, asked] of rows) statuses.push([name, (await stage.ask({ path: "/introspect", method: "POST", body, ...asked, headers: { ...form, ...asked.headers } })).status]);
    expect(statuses).toEqual(rows.map(([name, , status]) => [name, status]));
  });
});
