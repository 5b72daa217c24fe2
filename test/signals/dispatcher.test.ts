import { describe, expect, test } from "vitest";
import { createLogger } from "../../src/log.ts";
import { asIdentifier, type Subject } from "../../src/identifiers.ts";
import type { LifecycleEvent } from "../../src/people/index.ts";
import { mostRefusals } from "../../src/signals/attempts.ts";
import { listDeadLetters } from "../../src/signals/dead-letters.ts";
import { createDispatcher, type Dispatcher, dispatcherLease } from "../../src/signals/dispatcher.ts";
import { enqueue, type EventMessage } from "../../src/signals/outbox.ts";
import { createLease, type Storage } from "../../src/storage/index.ts";
import { afterTest, freshStorage } from "../storage/temporary.ts";
import { addParty, addStream, announceTo, type Answer, asEvent, asLogout, at, issuer, party, sign, startReceiver, subject, until, verification } from "./delivery-rig.ts";

const silent = createLogger("silent");

/** A dispatcher whose clock is moved by hand. */
function dispatcherOn(storage: Storage): { dispatcher: Dispatcher; advance(seconds: number): void } {
  let now = at;
  const clock = (): number => now;
  const dispatcher = createDispatcher({ storage, clock, issuer, sign, log: silent, call: (url, options) => fetch(url, options), lease: createLease(storage.artifacts, "signals", dispatcherLease) });
  afterTest(() => dispatcher.close());
  return {
    dispatcher,
    advance: (seconds) => {
      now += seconds;
      dispatcher.wake();
    },
  };
}

async function streamTo(origins: Readonly<Record<string, string>>): Promise<Storage> {
  const storage = await freshStorage();
  await addParty(storage);
  for (const [id, origin] of Object.entries(origins)) await addStream(storage, { id, endpointUrl: `${origin}/events` });
  return storage;
}

const about = (sub: string, state: string): EventMessage => ({ ...verification(state), subject: { format: "iss_sub", iss: issuer, sub: asIdentifier<Subject>(sub) } });
const put = (storage: Storage, streamId: string, states: readonly string[]): Promise<unknown> =>
  storage.transaction((transaction) => enqueue(transaction, at, states.map((state) => ({ clientId: party, streamId, message: verification(state) }))));
const waiting = (storage: Storage): Promise<number> => storage.read.outboxEntry.count({ where: { diedAt: null } });
const isEmpty = (storage: Storage) => async (): Promise<boolean> => (await waiting(storage)) === 0;
async function states(delivered: readonly { readonly token: string }[]): Promise<unknown[]> {
  const verdicts = await Promise.all(delivered.map(({ token }) => asEvent(token)));
  return verdicts.map((verdict) => (verdict.valid ? verdict.events[0]?.members["state"] : verdict.reason));
}
const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe("a stream that is pushed", () => {
  test("what is announced arrives in order, with nobody's doing", async () => {
    const { origin, seen } = await startReceiver();
    const storage = await streamTo({ s: origin });
    const reason = "certificate_revoked";
    const events: readonly LifecycleEvent[] = [{ kind: "account_disabled", reason }, { kind: "assurance_level_changed", of: "ial", from: 3, to: 1, reason }, { kind: "sessions_ended", reason }];
    await announceTo(storage, ["party"], events);
    dispatcherOn(storage).dispatcher.start();
    await until(() => seen.length === events.length);
    const verdicts = await Promise.all(seen.map(({ token }) => asEvent(token)));
    expect(verdicts.map((verdict) => verdict.valid && verdict.events[0]?.type.split("/").at(-1))).toEqual(["account-disabled", "assurance-level-change", "session-revoked"]);
  });

  test("more than a batch, one at a time", async () => {
    let under = 0;
    let most = 0;
    const { origin, seen } = await startReceiver(async () => {
      most = Math.max(most, (under += 1));
      await new Promise((resolve) => setTimeout(resolve, 1));
      under -= 1;
      return 202;
    });
    const storage = await streamTo({ s: origin });
    await put(storage, "s", numbered(120));
    dispatcherOn(storage).dispatcher.start();
    await until(isEmpty(storage));
    expect([await states(seen), most]).toEqual([numbered(120), 1]);
  });

  test("events of different people go together, those of one person in order", async () => {
    let under = 0;
    let most = 0;
    const { origin, seen } = await startReceiver(async () => {
      most = Math.max(most, (under += 1));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      under -= 1;
      return 202;
    });
    const storage = await streamTo({ s: origin });
    await storage.transaction((transaction) => enqueue(transaction, at, numbered(240).map((count) => ({ clientId: party, streamId: "s", message: about(`person ${Number(count) % 20}`, count) }))));
    dispatcherOn(storage).dispatcher.start();
    await until(isEmpty(storage));
    expect([seen.length, new Set(seen.map(({ jti }) => jti)).size, most > 1, most <= 8]).toEqual([240, 240, true, true]);
    const arrived = Map.groupBy((await states(seen)).map(Number), (count) => count % 20);
    for (const counts of arrived.values()) expect(counts).toEqual(counts.toSorted((one, other) => one - other));
  });

  test("an outage: what follows waits with what failed, then all arrive in order, each under its one jti", async () => {
    const { origin, seen } = await startReceiver((_, before) => (before >= 2 && before < 5 ? 503 : 202));
    const storage = await streamTo({ s: origin });
    await put(storage, "s", numbered(5));
    const { dispatcher, advance } = dispatcherOn(storage);
    dispatcher.start();
    for (const attempts of [3, 4, 5]) {
      await until(() => seen.length === attempts);
      await until(async () => (await storage.read.outboxEntry.findFirst({ orderBy: { sequence: "asc" } }))?.attempts === attempts - 2);
      advance(1);
      await new Promise((resolve) => setTimeout(resolve, 30));
      advance(300);
    }
    await until(isEmpty(storage));
    expect(await states(seen)).toEqual(["0", "1", "2", "2", "2", "2", "3", "4"]);
    expect(new Set(seen.map(({ jti }) => jti)).size).toBe(5);
  });

  test("what its receiver refuses is given up after some attempts, and the others pass", async () => {
    let bad = "";
    const { origin, seen } = await startReceiver(({ jti }) => (jti === bad ? { status: 400, body: `{"err":"invalid_request","description":"a name"}` } : 202));
    const storage = await streamTo({ s: origin });
    await put(storage, "s", numbered(3));
    bad = (await storage.read.outboxEntry.findFirst({ where: { message: { contains: `"state":"1"` } } }))?.jti ?? "";
    const { dispatcher, advance } = dispatcherOn(storage);
    dispatcher.start();
    for (let attempts = 1; attempts < mostRefusals; attempts += 1) {
      await until(async () => (await storage.read.outboxEntry.findUnique({ where: { jti: bad } }))?.attempts === attempts);
      advance(300);
    }
    await until(isEmpty(storage));
    expect(await states(seen)).toEqual(["0", ...Array.from({ length: mostRefusals }, () => "1"), "2"]);
    expect(await listDeadLetters(storage, 10)).toMatchObject([{ jti: bad, lastError: "invalid_request", attempts: mostRefusals }]);
  });

  test("a slow receiver holds up nobody else", async () => {
    const slow = await startReceiver(() => "hang");
    const quick = await startReceiver();
    const storage = await streamTo({ slow: slow.origin, quick: quick.origin });
    await put(storage, "slow", numbered(1));
    await put(storage, "quick", numbered(60));
    dispatcherOn(storage).dispatcher.start();
    await until(() => quick.seen.length === 60);
    await until(async () => (await waiting(storage)) === 1);
    expect(slow.seen).toHaveLength(1);
    await slow.close();
  });

  test("a paused stream keeps what it is to hear, and goes on where it was", async () => {
    const { origin, seen } = await startReceiver();
    const storage = await streamTo({ s: origin });
    const set = (status: string): Promise<void> => storage.transaction(async ({ data }) => void (await data.signalStream.update({ where: { id: "s" }, data: { status } })));
    await set("paused");
    await put(storage, "s", numbered(3));
    const { dispatcher, advance } = dispatcherOn(storage);
    dispatcher.start();
    advance(60);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([seen.length, await waiting(storage)]).toEqual([0, 3]);
    await set("enabled");
    advance(1);
    await until(isEmpty(storage));
    expect(await states(seen)).toEqual(numbered(3));
  });
});

describe("logouts", () => {
  test("arrive, signed as the ID tokens are; of those that fail only they wait", async () => {
    let failing = "";
    const { origin, seen } = await startReceiver(({ jti }) => (jti === failing ? 500 : 200));
    const storage = await freshStorage();
    await addParty(storage, party, { backchannel_logout_uri: `${origin}/logout`, id_token_signed_response_alg: "ES256" });
    await storage.transaction((transaction) => enqueue(transaction, at, numbered(20).map((sid) => ({ clientId: party, streamId: null, message: { kind: "logout", subject, sid } }))));
    failing = (await storage.read.outboxEntry.findFirst())?.jti ?? "";
    dispatcherOn(storage).dispatcher.start();
    await until(async () => (await waiting(storage)) === 1);
    const heard = await Promise.all(seen.filter(({ jti }) => jti !== failing).map(({ token }) => asLogout(token)));
    expect(new Set(heard.map((verdict) => verdict.valid && verdict.sid))).toEqual(new Set(numbered(20).slice(1)));
    expect(await storage.read.outboxEntry.findFirst()).toMatchObject({ jti: failing, lastError: "http_500", attempts: 1 });
  });

  test("whoever wants to hear of none any more is not told", async () => {
    const storage = await freshStorage();
    await addParty(storage);
    await storage.transaction((transaction) => enqueue(transaction, at, [{ clientId: party, streamId: null, message: { kind: "logout", subject, sid: null } }]));
    dispatcherOn(storage).dispatcher.start();
    await until(isEmpty(storage));
    expect(await storage.read.outboxEntry.count()).toBe(0);
  });
});

describe("an end", () => {
  const receivers: readonly (readonly [string, () => Promise<Answer>, number])[] = [
    ["that is slow: the attempt under way is the last", () => new Promise((resolve) => setTimeout(resolve, 200, 202)), 49],
    ["that never answers: it is not waited for, and what was cut short is no failure", async () => "hang", 50],
  ];
  test.each(receivers)("with a receiver %s", async (_name, answer, left) => {
    let begun = 0;
    const { origin, close } = await startReceiver(() => ((begun += 1), answer()));
    const storage = await streamTo({ s: origin });
    await put(storage, "s", numbered(50));
    const { dispatcher } = dispatcherOn(storage);
    dispatcher.start();
    await until(() => begun === 1);
    const started = performance.now();
    await dispatcher.close();
    expect([begun, performance.now() - started < 3000, await waiting(storage), await storage.read.outboxEntry.count({ where: { attempts: { gt: 0 } } })]).toEqual([1, true, left, 0]);
    await close();
  });
});

describe("several processes on one database", () => {
  test("one delivers; when it ends the other goes on, and nothing is told twice", async () => {
    const { origin, seen } = await startReceiver();
    const storage = await streamTo({ s: origin });
    const [one, other] = [dispatcherOn(storage), dispatcherOn(storage)];
    one.dispatcher.start();
    await put(storage, "s", numbered(1));
    one.dispatcher.wake();
    await until(isEmpty(storage));
    other.dispatcher.start();
    await put(storage, "s", ["1", "2"]);
    other.dispatcher.wake();
    one.dispatcher.wake();
    await until(isEmpty(storage));
    await one.dispatcher.close();
    await put(storage, "s", ["3"]);
    other.dispatcher.wake();
    await until(isEmpty(storage));
    expect(await states(seen)).toEqual(numbered(4));
  });
});
