import path from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { asIdentifier, type Subject } from "../../src/identifiers.ts";
import { removeRelyingParty } from "../../src/relying-parties/index.ts";
import { deliverBatch, dueLanes, type Going } from "../../src/signals/lanes.ts";
import { enqueue } from "../../src/signals/outbox.ts";
import { setStatus } from "../../src/signals/status.ts";
import { findStream } from "../../src/signals/stream-records.ts";
import { changeStream, removeStream } from "../../src/signals/streams.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { queueSql } from "../../src/storage/queue-lookups.ts";
import { freshStorage, temporaryDirectory, temporaryStorage } from "../storage/temporary.ts";
import { addParty, addStream, at, issuer, party, sign, subject, until, verification } from "./delivery-rig.ts";

const going: Going = { on: () => true, cut: new AbortController().signal };
const stream = { kind: "stream", id: "s" } as const;
const logouts = { kind: "logouts", clientId: party } as const;

/** A party that is pushed to and hears of logouts, and ten entries of each kind for it. */
async function filled(given?: Storage): Promise<Storage> {
  const storage = given ?? (await freshStorage());
  await addParty(storage, party, { backchannel_logout_uri: "https://party.example/logout" });
  await addStream(storage, { id: "s", endpointUrl: "https://party.example/old" });
  const ten = Array.from({ length: 10 }, (_, index) => String(index));
  await storage.transaction((transaction) => enqueue(transaction, at, ten.flatMap((each) => [
    { clientId: party, streamId: "s", message: verification(each) },
    { clientId: party, streamId: null, message: { kind: "logout", subject, sid: each } } as const,
  ])));
  return storage;
}
/** Delivers a batch; what `at` each call is done before it is answered. @returns the addresses called. */
async function deliver(storage: Storage, lane: typeof stream | typeof logouts, onCall: (calls: number) => Promise<unknown>, { on, cut }: Going = going, answer = 202): Promise<string[]> {
  const called: string[] = [];
  const call = async (url: string): Promise<Response> => {
    called.push(url);
    await onCall(called.length);
    return new Response(null, { status: answer });
  };
  await deliverBatch({ storage, clock: () => at, issuer, sign, call }, lane, { on, cut });
  return called;
}
const status = async (storage: Storage, to: "paused" | "disabled"): Promise<void> => setStatus(storage, await findStream(storage, party, "s"), { status: to, reason: null }, at);
const move = async (storage: Storage): Promise<unknown> => {
  const before = await findStream(storage, party, "s");
  return changeStream(storage, "s", { clientId: party, settings: { ...before, delivery: { method: "push", endpointUrl: "https://party.example/new", authorization: null } }, now: at });
};

describe("what changes while a batch is under way", () => {
  const old = "https://party.example/old";
  const changes: readonly (readonly [string, (storage: Storage) => Promise<unknown>, readonly string[]])[] = [
    ["the stream is paused", (storage) => status(storage, "paused"), [old, old, old]],
    ["it is disabled: what waited is gone", (storage) => status(storage, "disabled"), [old, old, old]],
    ["it is removed", (storage) => removeStream(storage, party, "s", at), [old, old, old]],
    ["its relying party is removed", (storage) => removeRelyingParty(storage, party, at), [old, old, old]],
    ["it is pushed elsewhere", move, [old, old, old, ...Array.from({ length: 7 }, () => "https://party.example/new")]],
  ];
  test.each(changes)("holds from the next attempt on: %s", async (_name, change, wanted) => {
    const storage = await filled();
    expect(await deliver(storage, stream, async (calls) => (calls === 3 ? change(storage) : undefined))).toEqual(wanted);
  });

  test.each([stream, logouts])("another process takes over: what was delivered is settled, the rest waits ($kind)", async (lane) => {
    const storage = await filled();
    let on = true;
    const called = await deliver(storage, lane, async () => void (on = false), { ...going, on: () => on });
    expect([called.length < 10, await storage.read.outboxEntry.count()]).toEqual([true, 20 - called.length]);
  });

  test("what was given up meanwhile stays so, whatever became of the attempt", async () => {
    const storage = await filled();
    await deliver(storage, stream, () => storage.transaction(({ data }) => data.outboxEntry.updateMany({ where: { streamId: "s" }, data: { diedAt: toDate(at), lastError: "expired" } })), going, 500);
    expect(await storage.read.outboxEntry.findFirst({ where: { streamId: "s" } })).toMatchObject({ attempts: 0, lastError: "expired", diedAt: toDate(at) });
  });
});

describe("several are under way when something fails", () => {
  const people = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
  /** Two events of each of ten people, and what the receiver answers by person. @returns what was posted, and what is left. */
  async function failing(answers: Readonly<Record<string, Response>>): Promise<{ readonly called: string[]; readonly left: string[] }> {
    const storage = await freshStorage();
    await addParty(storage);
    await addStream(storage, { id: "s", endpointUrl: "https://party.example/events" });
    await storage.transaction((transaction) => enqueue(transaction, at, ["1", "2"].flatMap((count) => people.map((person) => ({
      clientId: party, streamId: "s", message: { ...verification(count), subject: { format: "iss_sub", iss: issuer, sub: asIdentifier<Subject>(person) } },
    })))));
    const called: string[] = [];
    const call = async (_url: string, { body }: RequestInit): Promise<Response> => {
      const { sub_id, events } = decodeJwt(String(body)) as { readonly sub_id: { readonly sub: string }; readonly events: Record<string, { readonly state: string }> };
      called.push(`${sub_id.sub}${Object.values(events)[0]?.state}`);
      return answers[sub_id.sub]?.clone() ?? new Response(null, { status: 202 });
    };
    await deliverBatch({ storage, clock: () => at, issuer, sign, call }, stream, going);
    const rows = await storage.read.outboxEntry.findMany({ orderBy: { sequence: "asc" } });
    return { called, left: rows.map(({ sequence, attempts }) => `${people[(sequence - 1) % 10]}${Math.ceil(sequence / 10)} ${attempts}`) };
  }
  const refusing = (): Response => Response.json({ err: "invalid_request" }, { status: 400 });
  const down = (): Response => new Response(null, { status: 503 });
  const outcomes: readonly (readonly [name: string, answers: Readonly<Record<string, Response>>, noted: readonly string[]])[] = [
    ["out of reach: it is noted of the first alone", { b: down(), d: down(), e: down() }, ["b1 1", "d1 0", "e1 0"]],
    ["refused: of each token that is", { b: refusing(), d: refusing() }, ["b1 1", "d1 1"]],
    ["a token that is refused behind an outage", { b: down(), d: refusing() }, ["b1 1", "d1 1"]],
    ["an outage behind a token that is refused", { b: refusing(), d: down() }, ["b1 1", "d1 0"]],
  ];
  test.each(outcomes)("%s", async (_name, answers, noted) => {
    const { called, left } = await failing(answers);
    expect(left.slice(0, noted.length)).toEqual(noted);
    // Each was posted once at most, nothing is lost, and nothing of a person went past what failed.
    expect([new Set(called).size, called.length + left.length]).toEqual([called.length, 20 + noted.length]);
    for (const each of noted) expect(called).not.toContain(`${each[0]}2`);
    expect(called.length).toBeLessThan(20);
  });
});

describe("how many are under way", () => {
  const people = Array.from({ length: 20 }, (_, index) => asIdentifier<Subject>(`person-${index}`));
  /** An event of each of twenty people, delivered in batches until one has nothing to go on with. @returns the most that were under way, and whom the receiver took. */
  async function delivered({ share, takes = 100, wanted = 1, prepare }: { readonly share?: number; readonly takes?: number; readonly wanted?: number; readonly prepare?: (storage: Storage) => Promise<unknown> }): Promise<{ readonly most: number; readonly taken: string[]; readonly again: (now: number) => Promise<number> }> {
    const storage = await freshStorage();
    await addParty(storage);
    await addStream(storage, { id: "s", endpointUrl: "https://party.example/events" });
    await storage.transaction((transaction) => enqueue(transaction, at, people.map((sub) => ({ clientId: party, streamId: "s", message: { ...verification(sub), subject: { format: "iss_sub", iss: issuer, sub } } }))));
    await prepare?.(storage);
    let [under, most] = [0, 0];
    const taken: string[] = [];
    const call = async (_url: string, { body }: RequestInit): Promise<Response> => {
      most = Math.max(most, (under += 1));
      const isTooMuch = under > takes;
      await until(() => most >= wanted);
      await setTimeout(5);
      under -= 1;
      if (!isTooMuch) taken.push((decodeJwt(String(body)) as { readonly sub_id: { readonly sub: string } }).sub_id.sub);
      return new Response(null, { status: isTooMuch ? 429 : 202 });
    };
    const again = async (now: number): Promise<number> => {
      while (await deliverBatch({ storage, clock: () => now, issuer, sign, call }, stream, going, share));
      return taken.length;
    };
    await again(at);
    return { most, taken, again };
  }

  const shares: readonly (readonly [share: number | undefined, most: number])[] = [[undefined, 8], [64, 8], [3.5, 3], [0.1, 1]];
  test.each(shares)("of a share of %s %i", async (share, most) => {
    const { most: found, taken } = await delivered({ wanted: most, ...(share !== undefined && { share }) });
    expect([found, taken.toSorted()]).toEqual([most, people.toSorted()]);
  });

  test("a receiver that takes one at a time has them one after the other once it said so", async () => {
    const { taken, again } = await delivered({ takes: 1 });
    expect(taken.length).toBeLessThan(20);
    expect(await again(at + 10)).toBe(20);
    expect(taken.toSorted()).toEqual(people.toSorted());
  });

  test("nobody's go before one that is not due yet", async () => {
    const { taken } = await delivered({ prepare: (storage) => storage.transaction(({ data }) => data.outboxEntry.updateMany({ where: { sequence: 3 }, data: { nextAttemptAt: toDate(at + 60) } })) });
    expect(taken).toEqual(["person-0", "person-1"]);
  });
});

describe("which queues are due", () => {
  const set = (storage: Storage, where: object, nextAttemptAt: number): Promise<unknown> => storage.transaction(({ data }) => data.outboxEntry.updateMany({ where, data: { nextAttemptAt: toDate(nextAttemptAt) } }));
  const rows: readonly (readonly [string, (storage: Storage) => Promise<unknown>, readonly string[]])[] = [
    ["both", async () => undefined, ["stream", "logouts"]],
    ["the first of a stream waits, and so do the others; logouts have no order", (storage) => set(storage, { sequence: { lte: 2 } }, at + 60), ["logouts"]],
    ["dated by a clock that was ahead: at once", (storage) => set(storage, {}, at + 24 * 60 * 60), ["stream", "logouts"]],
    ["a paused stream is not", (storage) => status(storage, "paused"), ["logouts"]],
    ["a discarded entry is not", (storage) => status(storage, "disabled"), ["logouts"]],
    ["dead letters are not", (storage) => storage.transaction(({ data }) => data.outboxEntry.updateMany({ data: { diedAt: toDate(at) } })), []],
  ];
  test.each(rows)("%s", async (_name, prepare, wanted) => {
    const storage = await filled();
    await prepare(storage);
    expect((await dueLanes(storage, at)).map(({ kind }) => kind)).toEqual(wanted);
  });

  test("one that a clock dated ahead is delivered with the others", async () => {
    const storage = await filled();
    await set(storage, { sequence: { lte: 2 } }, at + 24 * 60 * 60);
    expect([(await deliver(storage, stream, async () => undefined)).length, (await deliver(storage, logouts, async () => undefined)).length]).toEqual([10, 10]);
  });

  test.each(Object.entries(queueSql))("%s: each queue is asked for its first entries by an index", async (_name, sql) => {
    const file = path.join(temporaryDirectory(), "bridge.db");
    await filled(temporaryStorage({ file }));
    const database = new Database(file, { readonly: true });
    const parameters = Array.from(sql.matchAll(/\?/g), () => "");
    const plan = (database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[]).map(({ detail }) => detail);
    database.close();
    const ofEntries = plan.filter((detail) => / o( |$)/.test(detail));
    expect(ofEntries.length).toBeGreaterThan(0);
    for (const detail of ofEntries) expect(detail).toMatch(/SEARCH o (EXISTS )?USING (COVERING )?INDEX outbox_(stream_id_died_at_sequence|client_id_stream_id_died_at_next_attempt_at)_idx \((stream_id=\? AND died_at=\? AND sequence>\?|client_id=\? AND stream_id=\? AND died_at=\? AND next_attempt_at[<>]\?)\)/);
    expect(plan.join()).not.toContain("TEMP B-TREE");
  });
});
