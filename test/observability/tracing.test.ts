import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { traceAttributes } from "../../src/observability/tracing.ts";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "./otlp-receiver.ts";

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const parent = "00f067aa0ba902b7";

/** Runs a bridge that traces everything; the spans are there once it was closed. */
async function traced(trustedProxies: number, visit: (world: World) => Promise<void>): Promise<OtlpReceiver> {
  const receiver = await startOtlpReceiver();
  const world = await startWorld((file) => ({ ...file, listen: { ...file.listen, trusted_proxies: trustedProxies }, tracing: { endpoint: receiver.endpoint, sample: 1 } }));
  try {
    await visit(world);
  } finally {
    await world.close();
    receiver.close();
  }
  return receiver;
}

describe("a journey", () => {
  let receiver: OtlpReceiver;
  const secrets: string[] = [];
  let proxied: ReceivedSpan[];
  beforeAll(async () => {
    receiver = await traced(1, async (world) => {
      const party = await registerRelyingParty(world);
      const person = newPerson();
      const { signIn, callback } = await enrolAndSignIn(world, person, party);
      const tokens = await party.finish(signIn, callback);
      secrets.push(tokens.access_token, String(tokens.id_token), String(tokens.claims()?.sub), party.clientId, signIn.state, new URL(callback).searchParams.get("code") ?? "no code");
      await fetch(`${world.issuer}/healthz?name=hanako`, { headers: { traceparent: `00-${trace}-${parent}-01`, "x-request-id": "from-the-proxy-0001" } });
      await fetch(`${world.issuer}/readyz`, { headers: { traceparent: `00-${trace}-${parent}-00` } });
      await fetch(`${world.issuer}/hanako`, { headers: { traceparent: `00-${trace}-${"0".repeat(16)}-01` } });
    });
    proxied = receiver.spans.filter(({ traceId }) => traceId === trace);
  });
  afterAll(() => receiver.close());

  test("has a span a request, by the pattern of its route", () => {
    const names = new Set(receiver.spans.map(({ name }) => name));
    for (const name of ["POST /enrolment/v1/transactions/:txn/proof", "POST /token", "GET /authorize", "GET unmatched"]) expect([...names]).toContain(name);
  });

  test.each([
    ["storage transaction", "POST /enrolment/v1/transactions/:txn/proof"],
    ["status check", "POST /enrolment/v1/transactions/:txn/proof"],
    ["status source", "status check"],
    ["token issuance", "POST /token"],
  ])("has %s within %s", (name, within) => {
    const parents = receiver.spans.filter((span) => span.name === within).map(({ traceId, spanId }) => `${traceId} ${spanId}`);
    const children = receiver.spans.filter((span) => span.name === name).map(({ traceId, parentSpanId }) => `${traceId} ${parentSpanId}`);
    expect(children.filter((child) => parents.includes(child))).not.toEqual([]);
  });

  test("goes on with a trusted proxy's trace, and heeds that it is not to be sampled", () => {
    expect(proxied.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([["GET /healthz", parent]]);
    expect(proxied[0]?.attributes).toEqual({ "http.request.method": "GET", "http.route": "/healthz", "http.response.status_code": 200, "jpki_bridge.request": "from-the-proxy-0001" });
  });

  test("has attributes of the list alone", () => {
    const named = new Set(receiver.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...named].filter((name) => !(traceAttributes as readonly string[]).includes(name))).toEqual([]);
  });

  test("carries no token, code, subject, client, query or path", () => {
    const sent = receiver.bodies.join("\n");
    for (const secret of secrets) expect(sent).not.toContain(secret);
    expect(sent).not.toContain("hanako");
    expect(sent).not.toContain("?");
  });
});

describe("without a trusted proxy", () => {
  test("a trace and an id from outside count for nothing", async () => {
    const ids: (string | null)[] = [];
    const { spans } = await traced(0, async (world) => {
      const response = await fetch(`${world.issuer}/healthz`, { headers: { traceparent: `00-${trace}-${parent}-01`, "x-request-id": "from-a-stranger-01" } });
      ids.push(response.headers.get("x-request-id"));
      expect(world.logs.join("")).not.toContain("from-a-stranger-01");
    });
    expect(spans.find(({ name }) => name === "GET /healthz")?.traceId).toMatch(/^[0-9a-f]{32}$/u);
    expect(spans.map(({ traceId }) => traceId)).not.toContain(trace);
    expect(ids).toEqual([expect.stringMatching(/^[A-Za-z0-9_-]{16,64}$/u)]);
    expect(ids).not.toContain("from-a-stranger-01");
  });
});
