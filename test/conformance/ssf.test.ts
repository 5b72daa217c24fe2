import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { personWith, replyOf } from "../attacks/raw-party.ts";
import { eventOf, poll, push, TestReceiver } from "../support/signal-receiver.ts";
import { startWorld, type World } from "../support/world.ts";

/** Shared Signals Framework 1.0 transmitter and CAEP Interoperability Profile 1.0, case by case (docs/conformance.md). */

let world: World;
let receiver: TestReceiver;
let stranger: TestReceiver;
beforeAll(async () => {
  world = await startWorld();
  receiver = await TestReceiver.register(world);
  stranger = await TestReceiver.register(world);
});
afterAll(() => world.close());

const caep = "https://schemas.openid.net/secevent/caep/event-type/";
const risc = "https://schemas.openid.net/secevent/risc/event-type/";
const ssf = "https://schemas.openid.net/secevent/ssf/event-type/";
const supported = [`${caep}session-revoked`, `${caep}credential-change`, `${caep}assurance-level-change`, `${caep}token-claims-change`, ...["account-disabled", "account-enabled", "account-purged", "identifier-changed", "recovery-activated"].map((name) => `${risc}${name}`)];

const document = async (path: string): Promise<Readonly<Record<string, unknown>>> => (await replyOf(await fetch(`${world.issuer}${path}`))).body;

/** The pseudonym of somebody who signs in at a receiver. */
async function subjectAt({ party }: TestReceiver): Promise<string> {
  const person = await personWith(world, party);
  const { body } = await party.exchange(await party.code(person.browser));
  return String(decodeJwt(String(body["id_token"])).sub);
}

describe("ssf: transmitter metadata", () => {
  test("ssf-transmitter-metadata: what CAEP Interoperability 2.3 asks for", async () => {
    const metadata = await document("/.well-known/ssf-configuration");
    expect(metadata).toMatchObject({
      spec_version: "1_0", issuer: world.issuer, jwks_uri: `${world.issuer}/jwks`, delivery_methods_supported: [push, poll],
      authorization_schemes: [{ spec_urn: "urn:ietf:rfc:6749" }], default_subjects: "ALL",
    });
    for (const name of ["configuration", "status", "add_subject", "remove_subject", "verification"]) expect(String(metadata[`${name}_endpoint`])).toMatch(new RegExp(`^${world.issuer}/ssf/`));
  });

  test("ssf-protected-resource-metadata: where tokens come from and what they allow (RFC 9728)", async () => {
    expect(await document("/.well-known/oauth-protected-resource/ssf")).toEqual({
      resource: `${world.issuer}/ssf`, authorization_servers: [world.issuer], scopes_supported: ["ssf.read", "ssf.manage"], bearer_methods_supported: ["header"],
    });
    const discovery = await document("/.well-known/openid-configuration");
    expect(discovery["grant_types_supported"]).toContain("client_credentials");
  });

  test("ssf-signing-key: RS256, at least 2048 bits", async () => {
    const { keys } = (await document("/jwks")) as { keys: Record<string, string>[] };
    const rsa = keys.filter(({ alg }) => alg === "RS256");
    expect(rsa.length).toBeGreaterThan(0);
    for (const { n } of rsa) expect(Buffer.from(String(n), "base64url").length).toBeGreaterThanOrEqual(256);
  });
});

describe("ssf: stream configuration", () => {
  test("ssf-stream-create-poll: the transmitter names the address", async () => {
    const reply = await receiver.call("POST", "/ssf/streams", { delivery: { method: poll }, events_requested: [`${caep}session-revoked`, "urn:unknown"], description: "for tests" });
    const { stream_id } = reply.body as { stream_id: string };
    expect([reply.status, reply.body]).toEqual([201, {
      stream_id: expect.stringMatching(/^[A-Za-z0-9_-]{20,}$/), iss: world.issuer, aud: receiver.party.clientId,
      delivery: { method: poll, endpoint_url: `${world.issuer}/ssf/poll/${stream_id}` },
      events_supported: supported, events_requested: [`${caep}session-revoked`, "urn:unknown"], events_delivered: [`${caep}session-revoked`],
      description: "for tests", min_verification_interval: 30, inactivity_timeout: 14 * 24 * 60 * 60,
    }]);
  });

  test("ssf-stream-create-push: to the receiver's address, with its header", async () => {
    const delivery = { method: push, endpoint_url: "https://receiver.example/events", authorization_header: "Bearer of the receiver" };
    const { body } = await receiver.call("POST", "/ssf/streams", { delivery });
    expect(body).toMatchObject({ delivery, events_delivered: supported });
  });

  test("ssf-stream-create-default: nothing said is polled, with every event", async () => {
    expect(await receiver.stream()).toMatchObject({ delivery: { method: poll }, events_delivered: supported });
  });

  test("ssf-stream-create-duplicate: a second push to one address is refused, and so are too many", async () => {
    const again = { delivery: { method: push, endpoint_url: "https://receiver.example/once" } };
    const other = await TestReceiver.register(world);
    await other.stream(again);
    expect((await other.call("POST", "/ssf/streams", again)).status).toBe(409);
    for (let index = 1; index < 10; index += 1) await other.stream();
    expect((await other.call("POST", "/ssf/streams", {})).status).toBe(409);
    // Another receiver has places of its own.
    await (await TestReceiver.register(world)).stream(again);
  });

  test("ssf-stream-read: one, all, another's, none", async () => {
    const mine = await TestReceiver.register(world);
    expect((await mine.call("GET", "/ssf/streams")).body).toEqual([]);
    const [one, two] = [await mine.stream(), await mine.stream({ description: "second" })];
    expect((await mine.call("GET", `/ssf/streams?stream_id=${one.stream_id}`)).body).toEqual(one);
    const { body } = await mine.call("GET", "/ssf/streams");
    expect(body).toHaveLength(2);
    expect(body).toEqual(expect.arrayContaining([one, two]));
    for (const id of [one.stream_id, "nothing"]) expect((await stranger.call("GET", `/ssf/streams?stream_id=${id}`)).status).toBe(404);
  });

  test("ssf-stream-update: what is not mentioned stays", async () => {
    const before = await receiver.stream({ delivery: { method: push, endpoint_url: "https://receiver.example/update", authorization_header: "Bearer kept" }, description: "before" });
    const { status, body } = await receiver.call("PATCH", "/ssf/streams", { stream_id: before.stream_id, iss: world.issuer, events_requested: [`${caep}session-revoked`] });
    expect([status, body]).toEqual([200, { ...before, events_requested: [`${caep}session-revoked`], events_delivered: [`${caep}session-revoked`] }]);
    expect((await receiver.call("GET", `/ssf/streams?stream_id=${before.stream_id}`)).body).toEqual(body);
  });

  test("ssf-stream-replace: what is not mentioned is gone; what was read may be sent back", async () => {
    const before = await receiver.stream({ events_requested: [`${caep}session-revoked`], description: "before" });
    const changed = { ...before, events_requested: [`${caep}credential-change`] };
    expect((await receiver.call("PUT", "/ssf/streams", changed)).body).toEqual({ ...changed, events_delivered: [`${caep}credential-change`] });
    const { body } = await receiver.call("PUT", "/ssf/streams", { stream_id: before.stream_id, delivery: before.delivery });
    expect([body["description"], body["events_requested"], body["events_delivered"]]).toEqual([undefined, undefined, supported]);
  });

  test("ssf-stream-delete: gone with all that waits in it", async () => {
    const { stream_id, delivery } = await receiver.stream();
    expect((await receiver.call("POST", "/ssf/verification", { stream_id })).status).toBe(204);
    expect((await stranger.call("DELETE", `/ssf/streams?stream_id=${stream_id}`)).status).toBe(404);
    const { status, body } = await receiver.call("DELETE", `/ssf/streams?stream_id=${stream_id}`);
    expect([status, body]).toEqual([204, {}]);
    expect((await receiver.call("GET", `/ssf/streams?stream_id=${stream_id}`)).status).toBe(404);
    expect((await receiver.call("POST", delivery.endpoint_url, {})).status).toBe(404);
    expect(await world.bridge.storage.read.outboxEntry.count({ where: { streamId: stream_id } })).toBe(0);
  });

  const wrong: readonly (readonly [string, "POST" | "PATCH" | "PUT", Readonly<Record<string, unknown>>, number])[] = [
    ["an unknown method", "POST", { delivery: { method: "urn:other" } }, 400],
    ["a push without an address", "POST", { delivery: { method: push } }, 400],
    ["a push to an address without TLS", "POST", { delivery: { method: push, endpoint_url: "http://receiver.example/" } }, 400],
    ["a push with a header of two lines", "POST", { delivery: { method: push, endpoint_url: "https://receiver.example/", authorization_header: "a\r\nb: c" } }, 400],
    ["events that are no list", "POST", { events_requested: `${caep}session-revoked` }, 400],
    ["another issuer", "PATCH", { iss: "https://other.example" }, 400],
    ["another audience", "PUT", { aud: "other" }, 400],
    ["other events supported", "PUT", { events_supported: [] }, 400],
    ["an address of its own for polling", "PATCH", { delivery: { method: poll, endpoint_url: "https://receiver.example/" } }, 400],
    ["no stream named", "PATCH", { stream_id: undefined }, 404],
    ["another's stream", "PUT", { stream_id: "nothing" }, 404],
  ];
  test.each(wrong)("ssf-stream-invalid: %s", async (_name, method, change, status) => {
    const mine = await TestReceiver.register(world);
    const { stream_id } = await mine.stream();
    expect((await mine.call(method, "/ssf/streams", { ...(method !== "POST" && { stream_id }), ...change })).status).toBe(status);
  });

  const unreadable = ["", "[]", "{", "text"];
  test.each(unreadable)("ssf-stream-unreadable: %j", async (body) => {
    const headers = { authorization: `Bearer ${await receiver.token("ssf.manage")}`, "content-type": "application/json" };
    const reply = await replyOf(await fetch(`${world.issuer}/ssf/streams`, { method: "POST", headers, body }));
    expect([reply.status, reply.body["error"]]).toEqual([400, "invalid_request"]);
  });
});

describe("ssf: authorization", () => {
  const operations = [["GET", "/ssf/streams"], ["POST", "/ssf/streams"], ["PATCH", "/ssf/streams"], ["PUT", "/ssf/streams"], ["DELETE", "/ssf/streams?stream_id=x"], ["GET", "/ssf/status?stream_id=x"], ["POST", "/ssf/status"], ["POST", "/ssf/subjects/add"], ["POST", "/ssf/subjects/remove"], ["POST", "/ssf/verification"], ["POST", "/ssf/poll/x"]] as const;
  test.each(operations)("ssf-bad-token: %s %s", async (method, path) => {
    const init = { method, ...(method === "GET" ? {} : { body: "{}" }) };
    for (const headers of [{}, { authorization: "Bearer wrong" }]) expect((await fetch(`${world.issuer}${path}`, { ...init, headers })).status).toBe(401);
  });

  test.each(operations.filter(([method, path]) => method !== "GET" && path !== "/ssf/poll/x"))("ssf-insufficient-scope: %s %s", async (method, path) => {
    const { status, body } = await receiver.call(method, path, {}, "ssf.read");
    expect([status, body["error"]]).toEqual([403, "insufficient_scope"]);
  });

  test("caep-interop-scopes: ssf.manage does all that ssf.read does", async () => {
    for (const scope of ["ssf.read", "ssf.manage"]) expect((await receiver.call("GET", "/ssf/streams", undefined, scope)).status).toBe(200);
    expect((await receiver.call("GET", "/ssf/streams", undefined, "openid")).status).toBe(403);
  });
});

describe("ssf: status", () => {
  test("ssf-status: read and updated; what waits in a paused stream comes later, in a disabled one never", async () => {
    const { stream_id, delivery } = await receiver.stream();
    const set = async (status: string, reason?: string): Promise<unknown> => (await receiver.call("POST", "/ssf/status", { stream_id, status, ...(reason !== undefined && { reason }) })).body;
    const read = async (): Promise<unknown> => (await receiver.call("GET", `/ssf/status?stream_id=${stream_id}`)).body;
    const verify = async (state: string): Promise<number> => {
      world.advance(31);
      return (await receiver.call("POST", "/ssf/verification", { stream_id, state })).status;
    };
    expect(await read()).toEqual({ stream_id, status: "enabled" });
    expect([await set("paused", "maintenance"), await read()]).toEqual([{ stream_id, status: "paused", reason: "maintenance" }, { stream_id, status: "paused", reason: "maintenance" }]);
    expect([await verify("kept"), (await receiver.poll(delivery.endpoint_url)).events]).toEqual([204, []]);
    await set("enabled");
    expect((await receiver.poll(delivery.endpoint_url)).events.map(eventOf)).toEqual([[`${ssf}verification`, { state: "kept" }]]);
    await set("disabled");
    expect([await verify("lost"), (await receiver.poll(delivery.endpoint_url)).events]).toEqual([409, []]);
    await set("enabled");
    expect((await receiver.poll(delivery.endpoint_url)).events).toEqual([]);
  });

  test("ssf-status-invalid: another's stream, and no status", async () => {
    const { stream_id } = await receiver.stream();
    expect((await stranger.call("GET", `/ssf/status?stream_id=${stream_id}`)).status).toBe(404);
    expect((await stranger.call("POST", "/ssf/status", { stream_id, status: "disabled" })).status).toBe(404);
    expect((await receiver.call("POST", "/ssf/status", { stream_id, status: "off" })).status).toBe(400);
  });
});

describe("ssf: verification", () => {
  test("ssf-verification-poll: the state comes back, in a token as the profile wants it", async () => {
    const { stream_id, delivery } = await receiver.stream();
    const state = "a state of the receiver";
    expect((await receiver.call("POST", "/ssf/verification", { stream_id, state })).status).toBe(204);
    const { events: [claims] } = await receiver.poll(delivery.endpoint_url, { maxEvents: 1 });
    expect(claims).toEqual({ iss: world.issuer, aud: receiver.party.clientId, jti: expect.any(String), iat: expect.any(Number), toe: expect.any(Number), sub_id: { format: "opaque", id: stream_id }, events: { [`${ssf}verification`]: { state } } });
  });

  test("ssf-verification-interval: 429 with the time to wait", async () => {
    const { stream_id } = await receiver.stream();
    expect((await receiver.call("POST", "/ssf/verification", { stream_id })).status).toBe(204);
    const soon = await receiver.call("POST", "/ssf/verification", { stream_id });
    expect([soon.status, soon.headers.get("retry-after")]).toEqual([429, "30"]);
    world.advance(30);
    expect((await receiver.call("POST", "/ssf/verification", { stream_id })).status).toBe(204);
  });

  test("ssf-verification-invalid: another's stream, and no text", async () => {
    const { stream_id } = await receiver.stream();
    expect((await stranger.call("POST", "/ssf/verification", { stream_id })).status).toBe(404);
    expect((await receiver.call("POST", "/ssf/verification", { stream_id, state: 1 })).status).toBe(400);
  });
});

describe("ssf: subjects", () => {
  test("ssf-subjects: unknown ones and those of other sectors are answered alike, and leave nothing behind", async () => {
    const { storage } = world.bridge;
    const [receiver, stranger] = [await TestReceiver.register(world), await TestReceiver.register(world)];
    const sub = await subjectAt(receiver);
    const { stream_id } = await receiver.stream();
    const other = await stranger.stream();
    const call = async (who: TestReceiver, what: "add" | "remove", stream: string, subject: unknown): Promise<number> => (await who.call("POST", `/ssf/subjects/${what}`, { stream_id: stream, subject })).status;
    const known = { format: "iss_sub", iss: world.issuer, sub };
    const excluded = (): Promise<number> => storage.read.signalExclusion.count();
    expect([await call(receiver, "remove", stream_id, known), await excluded()]).toEqual([204, 1]);
    expect([await call(receiver, "remove", stream_id, known), await excluded()]).toEqual([204, 1]);
    expect([await call(stranger, "remove", other.stream_id, known), await call(receiver, "remove", stream_id, { ...known, sub: "nobody" }), await excluded()]).toEqual([204, 204, 1]);
    expect([await call(stranger, "add", other.stream_id, known), await call(receiver, "add", stream_id, { ...known, sub: "nobody" }), await excluded()]).toEqual([200, 200, 1]);
    expect([await call(receiver, "add", stream_id, known), await excluded()]).toEqual([200, 0]);
    expect(await call(stranger, "remove", stream_id, known)).toBe(404);
    for (const wrong of [undefined, { format: "email", email: "a@b.example" }, { ...known, iss: "https://other.example" }, { ...known, sub: 1 }]) expect(await call(receiver, "add", stream_id, wrong)).toBe(400);
  });
});
