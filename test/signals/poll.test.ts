import { describe, expect, test } from "vitest";
import { createPolling, type PollAnswer } from "../../src/signals/poll.ts";
import { pollRequestFrom } from "../../src/signals/poll-request.ts";
import { setStatus } from "../../src/signals/status.ts";
import { removeStream } from "../../src/signals/streams.ts";
import type { Stream } from "../../src/signals/stream-records.ts";
import { orThrow } from "../../src/errors.ts";
import type { Storage } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addEvent, addParty, addStream, client, issuer, now } from "./signals-fixture.ts";

interface Setting {
  readonly storage: Storage;
  readonly stream: Stream;
  poll(request?: Readonly<Record<string, unknown>>, signal?: AbortSignal, stream?: Stream): Promise<PollAnswer>;
}

/** Tokens are their event's name and `jti`, so that what comes is seen. */
async function setting(longest = 2000): Promise<Setting> {
  const storage = await freshStorage();
  await addParty(storage);
  const stream = await addStream(storage);
  const sign = async ({ claims }: { readonly claims: Readonly<Record<string, unknown>> }): Promise<string> => Object.keys(Object(claims["events"])).join().replace("urn:example:", "");
  const polling = createPolling({ storage, clock: () => now, issuer, sign, longest });
  return { storage, stream, poll: (request = {}, signal = new AbortController().signal, of = stream) => polling.answer(of.id, orThrow(pollRequestFrom(request)), signal) };
}

const atOnce = { returnImmediately: true };
const names = ({ sets }: PollAnswer): string[] => Object.values(sets);
const jtis = ({ sets }: PollAnswer): string[] => Object.keys(sets);

describe("what is told", () => {
  test("in order, as many as wanted, and whether there is more; the same until it is acknowledged", async () => {
    const { storage, stream, poll } = await setting();
    for (const name of ["one", "two", "three"]) await addEvent(storage, stream, name);
    const first = await poll({ maxEvents: 2 });
    expect([names(first), first.moreAvailable]).toEqual([["one", "two"], true]);
    expect(await poll({ maxEvents: 2 })).toEqual(first);
    const second = await poll({ ...atOnce, ack: jtis(first) });
    expect([names(second), second.moreAvailable]).toEqual([["three"], false]);
    expect(names(await poll({ ...atOnce, ack: jtis(second) }))).toEqual([]);
  });

  test("nothing where none is wanted, though something waits", async () => {
    const { storage, stream, poll } = await setting();
    await addEvent(storage, stream, "one");
    expect(await poll({ maxEvents: 0 })).toEqual({ sets: {}, moreAvailable: true });
  });

  test("what the receiver cannot take comes no more, and stays a dead letter with its code", async () => {
    const { storage, stream, poll } = await setting();
    for (const name of ["one", "two"]) await addEvent(storage, stream, name);
    const [jti = ""] = jtis(await poll());
    expect(names(await poll({ ...atOnce, setErrs: { [jti]: { err: "invalid_key", description: "of the receiver" } } }))).toEqual(["two"]);
    expect(await storage.read.outboxEntry.findMany({ where: { jti }, select: { lastError: true, diedAt: true } })).toEqual([{ lastError: "invalid_key", diedAt: expect.any(Date) }]);
  });

  test("of its own stream alone: another's jti changes nothing", async () => {
    const { storage, stream, poll } = await setting();
    const other = await addStream(storage);
    await addEvent(storage, stream, "one");
    const answer = await poll();
    for (const request of [{ ack: jtis(answer) }, { setErrs: Object.fromEntries(jtis(answer).map((jti) => [jti, { err: "x" }])) }]) expect(names(await poll({ ...atOnce, ...request }, undefined, other))).toEqual([]);
    expect(await poll(atOnce)).toEqual(answer);
  });
});

describe("waiting", () => {
  const timed = async (work: () => Promise<PollAnswer>): Promise<{ names: string[]; ms: number }> => {
    const started = performance.now();
    return { names: names(await work()), ms: performance.now() - started };
  };

  test("ends when something happens", async () => {
    const { storage, stream, poll } = await setting(10_000);
    const answer = timed(() => poll());
    await new Promise((resolve) => setTimeout(resolve, 300));
    await addEvent(storage, stream, "one");
    const { names: told, ms } = await answer;
    expect([told, ms > 300 && ms < 5000]).toEqual([["one"], true]);
  });

  test("ends after a while with nothing", async () => {
    const { poll } = await setting(700);
    const { names: told, ms } = await timed(() => poll());
    expect([told, ms >= 690 && ms < 5000]).toEqual([[], true]);
  });

  const enders: readonly (readonly [string, (place: Setting, leave: () => void) => Promise<unknown> | void])[] = [
    ["the receiver goes away", (_place, leave) => leave()],
    ["the receiver asks again", ({ poll }) => poll(atOnce).then(() => poll({}, AbortSignal.timeout(100)))],
  ];
  test.each(enders)("ends when %s", async (_name, end) => {
    const place = await setting(20_000);
    const gone = new AbortController();
    const answer = timed(() => place.poll({}, gone.signal));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await end(place, () => gone.abort());
    const { names: told, ms } = await answer;
    expect([told, ms < 5000]).toEqual([[], true]);
  });

  test("a stream that is removed or paused meanwhile tells nothing", async () => {
    const { storage, stream, poll } = await setting(1500);
    const other = await addStream(storage);
    const answers = [timed(() => poll()), timed(() => poll({}, undefined, other))];
    await removeStream(storage, client, other.id, now);
    await setStatus(storage, stream, { status: "paused", reason: null }, now);
    await addEvent(storage, stream, "one");
    expect((await Promise.all(answers)).map(({ names: told }) => told)).toEqual([[], []]);
  });
});
