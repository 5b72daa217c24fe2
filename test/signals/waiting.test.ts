import { expect, test } from "vitest";
import { createWaitingRoom } from "../../src/signals/waiting.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addEvent, addParty, client, now } from "./signals-fixture.ts";

async function withStreams(count: number): Promise<{ storage: Storage; ids: readonly string[] }> {
  const storage = await freshStorage();
  await addParty(storage);
  const ids = Array.from({ length: count }, (_, index) => `stream-${index}`);
  await storage.transaction(({ data }) => data.signalStream.createMany({ data: ids.map((id) => ({ id, clientId: client, deliveryMethod: "poll", status: "enabled", createdAt: toDate(now), lastActiveAt: toDate(now) })) }));
  return { storage, ids };
}

/** Which have ended so far. */
function waiters(room: ReturnType<typeof createWaitingRoom>, ids: readonly string[], gone: AbortSignal): { readonly ended: readonly string[]; readonly all: Promise<unknown> } {
  const ended: string[] = [];
  const all = Promise.all(ids.map(async (id) => {
    await room.wait(id, 30_000, gone);
    ended.push(id);
  }));
  return { ended, all };
}

test("a thousand wait at once, each for its own stream; any more do not wait", async () => {
  const { storage, ids } = await withStreams(1001);
  const gone = new AbortController();
  const { ended, all } = waiters(createWaitingRoom(storage), ids, gone.signal);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(ended).toEqual(["stream-1000"]);
  await addEvent(storage, { id: "stream-7", clientId: client }, "one");
  await expect.poll(() => ended, { timeout: 5000 }).toEqual(["stream-1000", "stream-7"]);
  gone.abort();
  await all;
});

test("whoever waits is let go when the queues cannot be looked at", async () => {
  const { storage, ids } = await withStreams(2);
  const broken = { ...storage, read: { ...storage.read, queues: { ...storage.read.queues, pollStreams: () => Promise.reject(new Error("no database")) } } } as unknown as Storage;
  const { all } = waiters(createWaitingRoom(broken), ids, new AbortController().signal);
  await all;
});

test("whoever waits is let go when the process is to end, and nobody waits from then on", async () => {
  const { storage, ids } = await withStreams(2);
  const ending = new AbortController();
  const room = createWaitingRoom(storage, ending.signal);
  const { all } = waiters(room, ids, new AbortController().signal);
  ending.abort();
  await all;
  await room.wait("stream-0", 30_000, new AbortController().signal);
});
