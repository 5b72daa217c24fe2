import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asIdentifier, type PasskeyId, type PersonId } from "../../src/identifiers.ts";
import { holdPerson, suspendPasskey } from "../../src/people/index.ts";
import { agree, personWith } from "../attacks/raw-party.ts";
import { eventOf, push, TestReceiver } from "../support/signal-receiver.ts";
import { startWorld, type World } from "../support/world.ts";

/** Shared Signals Framework 1.0 and CAEP Interoperability Profile 1.0: what is delivered (docs/conformance.md). */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const caep = "https://schemas.openid.net/secevent/caep/event-type/";
const risc = "https://schemas.openid.net/secevent/risc/event-type/";
const ssf = "https://schemas.openid.net/secevent/ssf/event-type/";

interface Arrived {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An endpoint of a receiver, that takes everything. */
async function endpoint(): Promise<{ readonly url: string; readonly arrived: readonly Arrived[]; close(): Promise<unknown> }> {
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      arrived.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/events`, arrived, close: () => new Promise((resolve) => server.close(resolve)) };
}

test("ssf-verification-push: to the receiver's address, with its header, as RFC 8935 says", async () => {
  const receiver = await TestReceiver.register(world);
  const { url, arrived, close } = await endpoint();
  const { stream_id } = await receiver.stream({ delivery: { method: push, endpoint_url: url, authorization_header: "Bearer of the receiver" } });
  expect((await receiver.call("POST", "/ssf/verification", { stream_id, state: "by push" })).status).toBe(204);
  await expect.poll(() => arrived.length, { timeout: 5000 }).toBe(1);
  const [{ headers, body } = { headers: {}, body: "" }] = arrived;
  expect(headers).toMatchObject({ "content-type": "application/secevent+jwt", accept: "application/json", authorization: "Bearer of the receiver" });
  expect(eventOf(await receiver.verified(body))).toEqual([`${ssf}verification`, { state: "by push" }]);
  await expect.poll(() => world.bridge.storage.read.outboxEntry.count({ where: { streamId: stream_id } })).toBe(0);
  await close();
});

describe("caep interoperability: use cases", () => {
  /** A receiver where somebody has signed in, with a stream of all events, and one from which they were taken off. */
  interface Known {
    readonly receiver: TestReceiver;
    readonly sub: string;
    readonly told: string;
    readonly silent: string;
  }

  async function knownAt(receiver: TestReceiver, code: string): Promise<Known> {
    const { body } = await receiver.party.exchange(code);
    const sub = String(decodeJwt(String(body["id_token"])).sub);
    const [told, silent] = [await receiver.stream(), await receiver.stream()];
    const subject = { format: "iss_sub", iss: world.issuer, sub };
    expect((await receiver.call("POST", "/ssf/subjects/remove", { stream_id: silent.stream_id, subject })).status).toBe(204);
    return { receiver, sub, told: told.delivery.endpoint_url, silent: silent.delivery.endpoint_url };
  }

  test("caep-interop-session-revoked, caep-interop-credential-change: one event a token, a reason in each, each receiver by its own pseudonym, and nothing of who was taken off", async () => {
    const { storage, providerPorts } = world.bridge;
    const [one, other, stranger] = [await TestReceiver.register(world), await TestReceiver.register(world), await TestReceiver.register(world)];
    const elsewhere = await stranger.stream();
    const person = await personWith(world, one.party);
    await agree(person, other.party);
    const known = [await knownAt(one, await one.party.code(person.browser)), await knownAt(other, await other.party.code(person.browser))];
    const found = await storage.read.pairwiseSubject.findUnique({ where: { subject: known[0]?.sub ?? "" } });
    const personId = asIdentifier<PersonId>(String(found?.personId));
    const passkey = await storage.read.passkey.findFirst({ where: { personId } });
    const change = { personId, at: world.now(), policy: providerPorts.assurance };
    await suspendPasskey(storage, { ...change, passkeyId: asIdentifier<PasskeyId>(String(passkey?.id)) });
    await holdPerson(storage, { ...change, by: "person", liftedBy: "signature" });

    const heard = await Promise.all(known.map(async ({ receiver, sub, told }) => {
      const saying = new Map<string, Readonly<Record<string, unknown>>>();
      const identifiers: unknown[] = [sub];
      let acknowledged: unknown[] = [];
      while (!saying.has(`${risc}account-disabled`) || !saying.has(`${caep}session-revoked`)) {
        const { events } = await receiver.poll(told, { ack: acknowledged });
        acknowledged = events.map(({ jti }) => jti);
        for (const claims of events) {
          saying.set(...eventOf(claims));
          identifiers.push(claims.jti, claims["txn"]);
          expect(claims["sub_id"]).toEqual({ format: "iss_sub", iss: world.issuer, sub });
          expect(claims.sub).toBeUndefined();
        }
      }
      return { saying, identifiers };
    }));

    for (const { saying } of heard) {
      const reason_admin = { en: expect.stringMatching(/./), ja: expect.stringMatching(/./) };
      expect(saying.get(`${caep}session-revoked`)).toMatchObject({ reason_admin, initiating_entity: "user", event_timestamp: expect.any(Number) });
      expect(saying.get(`${caep}credential-change`)).toMatchObject({ reason_admin, credential_type: expect.any(String), change_type: "update" });
    }
    const [mine = [], theirs = []] = heard.map(({ identifiers }) => identifiers);
    expect(mine.filter((identifier) => theirs.includes(identifier))).toEqual([]);
    for (const { receiver, silent } of known) expect((await receiver.poll(silent)).events).toEqual([]);
    expect((await stranger.poll(elsewhere.delivery.endpoint_url)).events).toEqual([]);
  });
});
