import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { personWith, replyOf, userinfo } from "./raw-party.ts";
import { push, TestReceiver } from "../support/signal-receiver.ts";
import { startWorld, type World } from "../support/world.ts";

/** Receivers that want to hear more than is theirs, or to make the bridge call somebody. */

let world: World;
let victim: TestReceiver;
let thief: TestReceiver;
let sub: string;
let tokens: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  world = await startWorld((file) => ({ ...file, outgoing: { private_hosts: [] } }));
  victim = await TestReceiver.register(world);
  thief = await TestReceiver.register(world);
  const person = await personWith(world, victim.party);
  tokens = (await victim.party.exchange(await victim.party.code(person.browser))).body;
  sub = String(decodeJwt(String(tokens["id_token"])).sub);
});
afterAll(() => world.close());

describe("tokens for something else", () => {
  const others = ["access_token", "id_token", "refresh_token"] as const;
  test.each(others)("the %s of somebody's sign-in opens no stream", async (name) => {
    const { status } = await fetch(`${world.issuer}/ssf/streams`, { headers: { authorization: `Bearer ${String(tokens[name])}` } });
    expect([tokens[name], status]).toEqual([expect.any(String), 401]);
  });

  test("a token for streams tells nothing of a person", async () => {
    expect((await userinfo(world, { authorization: `Bearer ${await victim.token("ssf.read ssf.manage")}` })).status).toBe(401);
    const { body } = await victim.party.introspect(await victim.token("ssf.read"));
    expect(body).toMatchObject({ active: true, scope: "ssf.read", client_id: victim.party.clientId });
    expect(body["sub"]).toBeUndefined();
  });
});

describe("another's streams", () => {
  test("cannot be read, changed, ended, verified or polled: all like one that is not there", async () => {
    const { stream_id, delivery } = await victim.stream();
    const attempts = (id: string): readonly (readonly [string, string, object?])[] => [
      ["GET", `/ssf/streams?stream_id=${id}`], ["DELETE", `/ssf/streams?stream_id=${id}`], ["GET", `/ssf/status?stream_id=${id}`],
      ["PATCH", "/ssf/streams", { stream_id: id, description: "mine" }], ["PUT", "/ssf/streams", { stream_id: id }],
      ["POST", "/ssf/status", { stream_id: id, status: "disabled" }], ["POST", "/ssf/verification", { stream_id: id }],
      ["POST", "/ssf/subjects/remove", { stream_id: id, subject: { format: "iss_sub", iss: world.issuer, sub } }],
      ["POST", new URL(delivery.endpoint_url).pathname.replace(stream_id, id), {}],
    ];
    const answers = async (id: string): Promise<unknown[]> => Promise.all(attempts(id).map(async ([method, path, body]) => {
      const reply = await thief.call(method, path, body);
      return [reply.status, reply.body];
    }));
    const refused = await answers(stream_id);
    expect(refused).toEqual(await answers("AAAAAAAAAAAAAAAAAAAAAA"));
    for (const answer of refused) expect(answer).toEqual([404, expect.objectContaining({ error: "not_found" })]);
    expect((await victim.call("GET", `/ssf/streams?stream_id=${stream_id}`)).body).not.toHaveProperty("description");
  });

  test("what waits there is not acknowledged away by who knows its jti", async () => {
    const [mine, theirs] = [await victim.stream(), await thief.stream()];
    await victim.call("POST", "/ssf/verification", { stream_id: mine.stream_id, state: "mine" });
    const { events } = await victim.poll(mine.delivery.endpoint_url);
    const [jti = ""] = events.map((claims) => claims.jti);
    await thief.poll(theirs.delivery.endpoint_url, { returnImmediately: true, ack: [jti], setErrs: { [jti]: { err: "invalid_key" } } });
    expect((await victim.poll(mine.delivery.endpoint_url)).events).toEqual(events);
  });
});

test("whether somebody is known is not found out by taking them off a stream: every answer is alike", async () => {
  const { stream_id } = await thief.stream();
  const asked = async (path: string, who: string): Promise<unknown> => {
    const { status, headers, body } = await thief.call("POST", path, { stream_id, subject: { format: "iss_sub", iss: world.issuer, sub: who } });
    return [status, body, [...headers.keys()].sort()];
  };
  for (const path of ["/ssf/subjects/add", "/ssf/subjects/remove"]) expect(await asked(path, sub)).toEqual(await asked(path, "AAAAAAAAAAAAAAAAAAAAAA"));
  expect(await world.bridge.storage.read.signalExclusion.count({ where: { streamId: stream_id } })).toBe(0);
});

test("a push to the bridge's own machine is never sent", async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const own = await TestReceiver.register(world);
  const { stream_id } = await own.stream({ delivery: { method: push, endpoint_url: `http://127.0.0.1:${port}/` } });
  await own.call("POST", "/ssf/verification", { stream_id });
  const tried = async (): Promise<number> => (await world.bridge.storage.read.outboxEntry.findFirst({ where: { streamId: stream_id } }))?.attempts ?? 0;
  await expect.poll(tried, { timeout: 5000 }).toBeGreaterThan(0);
  expect([requests, (await own.call("GET", `/ssf/status?stream_id=${stream_id}`)).body]).toEqual([0, { stream_id, status: "enabled" }]);
  await new Promise((resolve) => server.close(resolve));
});

test("the header that a receiver chose, and its tokens, stand in no line of the log", async () => {
  const authorization_header = "Bearer chosen-by-the-receiver";
  const own = await TestReceiver.register(world);
  const token = await own.token("ssf.manage");
  const body = JSON.stringify({ delivery: { method: push, endpoint_url: "https://receiver.example/kept-to-itself", authorization_header }, description: "words of the receiver" });
  await replyOf(await fetch(`${world.issuer}/ssf/streams`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body }));
  await replyOf(await fetch(`${world.issuer}/ssf/streams`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body }));
  const log = world.logs.join("\n");
  for (const secret of ["chosen-by-the-receiver", "kept-to-itself", "words of the receiver", token]) expect(log).not.toContain(secret);
});
