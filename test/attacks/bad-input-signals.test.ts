import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { replyOf } from "./raw-party.ts";
import { poll, push, TestReceiver } from "../support/signal-receiver.ts";
import { startWorld, type World } from "../support/world.ts";

/** Stream endpoints with what no receiver sends: refused in words, never a failure of ours. */

let world: World;
let receiver: TestReceiver;
let stream_id: string;
let token: string;
beforeAll(async () => {
  world = await startWorld();
  receiver = await TestReceiver.register(world);
  ({ stream_id } = await receiver.stream());
  token = await receiver.token("ssf.read ssf.manage");
});
afterAll(() => world.close());

const junk: readonly unknown[] = [null, true, 0, -1, 1e308, "", "\u0000", "\ud800", "x".repeat(5000), [], [[]], {}, { a: { b: {} } }, { method: null }, { method: poll, endpoint_url: {} }, { method: push, endpoint_url: "https://[" }, { format: "iss_sub", iss: [], sub: {} }, { ["__proto__"]: { err: "x" } }, { constructor: {} }];

const endpoints = [
  ["POST", "/ssf/streams", ["delivery", "events_requested", "description", "stream_id"]],
  ["PATCH", "/ssf/streams", ["stream_id", "delivery", "events_requested", "description", "iss", "aud", "events_supported", "events_delivered", "min_verification_interval", "inactivity_timeout"]],
  ["PUT", "/ssf/streams", ["stream_id", "delivery", "events_requested", "description", "iss", "aud", "events_supported", "events_delivered"]],
  ["POST", "/ssf/status", ["stream_id", "status", "reason"]],
  ["POST", "/ssf/subjects/add", ["stream_id", "subject", "verified"]],
  ["POST", "/ssf/subjects/remove", ["stream_id", "subject"]],
  ["POST", "/ssf/verification", ["stream_id", "state"]],
  ["POST", "/ssf/poll/:id", ["maxEvents", "ack", "setErrs"]],
] as const;

const send = async (method: string, path: string, body: string, type = "application/json"): Promise<{ status: number; error: unknown }> => {
  const reply = await replyOf(await fetch(`${world.issuer}${path.replace(":id", stream_id)}`, { method, headers: { authorization: `Bearer ${token}`, "content-type": type }, body }));
  return { status: reply.status, error: reply.body["error"] };
};

describe.each(endpoints)("%s %s", (method, path, members) => {
  test.each(members)("%s", async (member) => {
    for (const value of junk) {
      const { status, error } = await send(method, path, JSON.stringify({ stream_id, returnImmediately: true, status: "enabled", [member]: value }));
      expect([200, 201, 204, 400, 404, 409, 429], `${JSON.stringify(value).slice(0, 60)}: ${String(error)}`).toContain(status);
    }
  });

  const bodies: readonly (readonly [string, string, string, number])[] = [
    ["nothing", "", "application/json", 400],
    ["a list", "[]", "application/json", 400],
    ["half of it", `{"stream_id":`, "application/json", 400],
    ["a form", "stream_id=a", "application/x-www-form-urlencoded", 415],
    ["too much", JSON.stringify({ stream_id: "x".repeat(70_000) }), "application/json", 413],
  ];
  test.each(bodies)("a body of %s", async (_name, body, type, status) => {
    expect((await send(method, path, body, type)).status).toBe(status);
  });
});

test("nothing of it was a failure", () => {
  expect(world.logs.filter((line) => line.includes("unexpected failure"))).toEqual([]);
});
