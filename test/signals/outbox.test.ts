import { describe, expect, test } from "vitest";
import { longestLogoutWait, longestWait } from "../../src/signals/attempts.ts";
import { deadLetterLife, kindOf, listDeadLetters, listQueues, retryDeadLetters, sweepOutbox } from "../../src/signals/dead-letters.ts";
import { acknowledge, clearDiscarded, discardPending, enqueue, reportErrors, takePending } from "../../src/signals/outbox.ts";
import { tellSignedOut } from "../../src/signals/signed-out.ts";
import type { Storage } from "../../src/storage/index.ts";
import { inPieces } from "../storage/in-between.ts";
import { freshStorage } from "../storage/temporary.ts";
import { addParty, addStream, at, party, subject, verification } from "./delivery-rig.ts";

/** Two streams of one party, `a` with events 0 to 4 in it and `b` with one, and a logout. */
async function filled(): Promise<{ storage: Storage; jtis: string[] }> {
  const storage = await freshStorage();
  await addParty(storage);
  for (const id of ["a", "b"]) await addStream(storage, { id });
  await storage.transaction(async (transaction) => {
    await enqueue(transaction, at, ["0", "1", "2", "3", "4"].map((state) => ({ clientId: party, streamId: "a", message: verification(state) })));
    await enqueue(transaction, at, [{ clientId: party, streamId: "b", message: verification("other") }, { clientId: party, streamId: null, message: { kind: "logout", subject, sid: null } }]);
    await enqueue(transaction, at, []);
  });
  return { storage, jtis: (await takePending(storage, "a", 10)).map(({ jti }) => jti) };
}

const statesIn = async (storage: Storage, stream: string): Promise<unknown[]> => (await takePending(storage, stream, 10)).map(({ message }) => (message.kind === "event" ? message.members["state"] : null));
const pick = (jtis: readonly string[], ...indexes: number[]): string[] => indexes.map((index) => jtis[index] ?? "none");

describe("a stream's queue", () => {
  test("gives what waits in order, as much as is wanted", async () => {
    const { storage, jtis } = await filled();
    expect([await statesIn(storage, "a"), (await takePending(storage, "a", 2)).length, new Set(jtis).size]).toEqual([["0", "1", "2", "3", "4"], 2, 5]);
  });

  test("what its receiver has is gone; what is another's, or nobody's, stays", async () => {
    const { storage, jtis } = await filled();
    await acknowledge(storage, "b", pick(jtis, 0, 1));
    await acknowledge(storage, "a", [...pick(jtis, 1, 3), "nobody's"]);
    await acknowledge(storage, "a", []);
    expect([await statesIn(storage, "a"), await statesIn(storage, "b")]).toEqual([["0", "2", "4"], ["other"]]);
  });

  test("what its receiver cannot take is a dead letter with its code, and never with its words", async () => {
    const { storage, jtis } = await filled();
    const [first = "", second = ""] = jtis;
    await reportErrors(storage, "b", { [second]: "invalid_key" }, at + 1);
    await reportErrors(storage, "a", { [first]: "invalid_issuer", [second]: "the person is Yamada Taro", none: "invalid_key" }, at + 2);
    expect(await statesIn(storage, "a")).toEqual(["2", "3", "4"]);
    expect((await listDeadLetters(storage, 10)).map(({ jti, lastError, diedAt }) => [jti, lastError, diedAt])).toEqual([[first, "invalid_issuer", at + 2], [second, "unspecified_error", at + 2]]);
  });

  test("errors about nothing that waits, or none, write nothing", async () => {
    const { storage, jtis } = await filled();
    const [first = ""] = jtis;
    await reportErrors(storage, "a", { [first]: "invalid_key" }, at + 1);
    let writes = 0;
    const counted: Storage = { ...storage, transaction: (work) => ((writes += 1), storage.transaction(work)) };
    await reportErrors(counted, "a", {}, at + 2);
    await reportErrors(counted, "a", { nobodys: "invalid_key", [first]: "invalid_issuer" }, at + 2);
    await acknowledge(counted, "a", ["nobody's"]);
    expect([writes, (await listDeadLetters(storage, 10)).map(({ lastError, diedAt }) => [lastError, diedAt])]).toEqual([0, [["invalid_key", at + 1]]]);
  });

  test("discarded: what waits is gone, dead letters and other queues stay", async () => {
    const { storage, jtis } = await filled();
    await reportErrors(storage, "a", { [jtis[0] ?? ""]: "invalid_key" }, at);
    await storage.transaction((transaction) => discardPending(transaction, "a"));
    expect([await statesIn(storage, "a"), await statesIn(storage, "b"), (await listDeadLetters(storage, 10)).length]).toEqual([[], ["other"], 1]);
    expect((await listQueues(storage)).map(({ waiting }) => waiting)).toEqual([0, 1, 1]);
    await storage.transaction((transaction) => enqueue(transaction, at, [{ clientId: party, streamId: "a", message: verification("after") }]));
    await clearDiscarded(storage);
    await clearDiscarded(storage);
    expect([await statesIn(storage, "a"), await storage.read.outboxEntry.count(), (await listDeadLetters(storage, 10)).length]).toEqual([["after"], 4, 1]);
  });

  test("discarded: however much it is, it is cleared away in pieces", async () => {
    const { storage } = await filled();
    await storage.transaction((transaction) => enqueue(transaction, at, Array.from({ length: 2500 }, (_, index) => ({ clientId: party, streamId: "a", message: verification(String(index)) }))));
    await storage.transaction((transaction) => discardPending(transaction, "a"));
    let pieces = 0;
    await clearDiscarded({ ...storage, transaction: (work) => ((pieces += 1), storage.transaction(work)) });
    expect([pieces, await storage.read.outboxEntry.count()]).toEqual([3, 2]);
  });

  test("goes with its stream, and with its relying party", async () => {
    const { storage } = await filled();
    await storage.transaction(async ({ data }) => void (await data.signalStream.deleteMany({ where: { id: "a" } })));
    expect(await storage.read.outboxEntry.count()).toBe(2);
    await storage.transaction(async ({ data }) => void (await data.relyingParty.deleteMany()));
    expect(await storage.read.outboxEntry.count()).toBe(0);
  });
});

describe("for the operator", () => {
  test("what waits where, since when, and what is dead", async () => {
    const { storage, jtis } = await filled();
    await reportErrors(storage, "a", { [jtis[4] ?? ""]: "invalid_key" }, at);
    const common = { clientId: party, status: "enabled", oldestAt: at, attempts: 0, lastError: null };
    expect(await listQueues(storage)).toEqual([
      { ...common, streamId: "a", delivery: "poll", waiting: 4, deadLetters: 1 },
      { ...common, streamId: "b", delivery: "poll", waiting: 1, deadLetters: 0 },
      { ...common, streamId: null, delivery: "logout", waiting: 1, deadLetters: 0 },
    ]);
    expect((await listDeadLetters(storage, 10)).map(kindOf)).toEqual(["verification"]);
  });

  const choices: readonly { readonly name: string; readonly choice: (jtis: readonly string[]) => { jti?: string; clientId?: string }; readonly back: readonly string[] }[] = [
    { name: "all", choice: () => ({}), back: ["0", "1", "2", "3", "4"] },
    { name: "those of a relying party", choice: () => ({ clientId: party }), back: ["0", "1", "2", "3", "4"] },
    { name: "those of another", choice: () => ({ clientId: "another" }), back: ["2", "3", "4"] },
    { name: "one", choice: ([, jti = ""]) => ({ jti }), back: ["1", "2", "3", "4"] },
    { name: "one that is not dead", choice: ([, , jti = ""]) => ({ jti }), back: ["2", "3", "4"] },
  ];
  test.each(choices)("dead letters are tried again in their old place: $name", async ({ choice, back }) => {
    const { storage, jtis } = await filled();
    await reportErrors(storage, "a", Object.fromEntries(pick(jtis, 0, 1).map((jti) => [jti, "invalid_key"])), at);
    const count = await retryDeadLetters(storage, choice(jtis), "operator", at + longestWait + 5);
    expect([count, await statesIn(storage, "a")]).toEqual([back.length - 3, back]);
    expect(await storage.read.receipt.count({ where: { kind: "signals_retried" } })).toBe(count > 0 ? 1 : 0);
    expect((await takePending(storage, "a", 10)).map(({ jti }) => jti)).toEqual(jtis.slice(5 - back.length));
    expect((await takePending(storage, "a", 10)).map((entry) => entry.at)).toEqual(back.map(() => at));
    await sweepOutbox(storage, at + longestWait + 6);
    expect((await takePending(storage, "a", 10)).length).toBe(count);
  });

  test("many dead letters go back in pieces between which others write, each once, in their old places", async () => {
    const storage = await freshStorage();
    await addParty(storage, party);
    await addStream(storage, { id: "a" });
    const jtis = await storage.transaction((transaction) => enqueue(transaction, at, Array.from({ length: 2300 }, (_, index) => ({ clientId: party, streamId: "a", message: verification(String(index)) }))));
    await storage.transaction(({ data }) => data.outboxEntry.updateMany({ data: { diedAt: new Date(at * 1000) } }));
    const dead = (): Promise<number> => storage.read.outboxEntry.count({ where: { diedAt: { not: null } } });
    let retried = 0;
    const { sizes, others } = await inPieces(storage, dead, async (watched) => (retried = await retryDeadLetters(watched, {}, "operator", at + 60)));
    expect([retried, sizes]).toEqual([2300, [1000, 1000, 300]]);
    expect(others.some((left) => left > 0 && left < 2300)).toBe(true);
    expect((await takePending(storage, "a", 3000)).map(({ jti }) => jti)).toEqual(jtis);
    const receipts = await storage.read.receipt.findMany({ where: { kind: "signals_retried" } });
    expect(receipts.reduce((sum, { detail }) => sum + (JSON.parse(detail) as { count: number }).count, 0)).toBe(2300);
    await sweepOutbox(storage, at + 60 + longestWait + 1);
    expect(await dead()).toBe(2300);
  });

  const kept: readonly { readonly name: string; readonly now: number; readonly prepare: (storage: Storage) => Promise<unknown>; readonly back: number }[] = [
    { name: "a logout of today goes back", now: at + 60, prepare: async () => undefined, back: 6 },
    { name: "one of yesterday stays, lest it end a later session", now: at + longestLogoutWait + 1, prepare: async () => undefined, back: 5 },
    { name: "those of a disabled stream stay", now: at + 60, prepare: (storage) => storage.transaction(({ data }) => data.signalStream.update({ where: { id: "a" }, data: { status: "disabled" } })), back: 1 },
    { name: "a mark from before does not discard what is put back", now: at + 60, prepare: (storage) => storage.transaction(({ data }) => data.signalStream.update({ where: { id: "a" }, data: { discardedThrough: 4 } })), back: 6 },
  ];
  test.each(kept)("dead letters of all kinds: $name", async ({ now, prepare, back }) => {
    const { storage } = await filled();
    await storage.transaction(({ data }) => data.outboxEntry.updateMany({ where: { OR: [{ streamId: "a" }, { streamId: null }] }, data: { diedAt: new Date(at * 1000) } }));
    await prepare(storage);
    expect(await retryDeadLetters(storage, {}, "operator", now)).toBe(back);
    const waiting = (await listQueues(storage)).reduce((sum, queue) => sum + queue.waiting, 0);
    expect(waiting).toBe(back + 1);
  });

  const ages: readonly { readonly name: string; readonly now: number; readonly waiting: number; readonly dead: number }[] = [
    { name: "after half a day what waits still waits", now: at + longestLogoutWait, waiting: 6, dead: 1 },
    { name: "then logouts are dead", now: at + longestLogoutWait + 1, waiting: 5, dead: 2 },
    { name: "after a week what waits in streams still waits", now: at + longestWait, waiting: 5, dead: 2 },
    { name: "then it is dead", now: at + longestWait + 1, waiting: 0, dead: 7 },
    { name: "a dead letter is forgotten after a month, not one that died just now", now: at + deadLetterLife + 1, waiting: 0, dead: 6 },
  ];
  test.each(ages)("$name", async ({ now, waiting, dead }) => {
    const { storage, jtis } = await filled();
    await reportErrors(storage, "a", { [jtis[0] ?? ""]: "invalid_key" }, at);
    await sweepOutbox(storage, now);
    expect([await storage.read.outboxEntry.count({ where: { diedAt: null } }), (await listDeadLetters(storage, 10)).length]).toEqual([waiting, dead]);
  });
});

test("the end of one session is told once, though several requests end it at the same time", async () => {
  const storage = await freshStorage();
  await addParty(storage);
  const told = async (...sids: (string | null)[]): Promise<number> => {
    await Promise.all(sids.map((sid) => tellSignedOut(storage, { clientId: party, subject, sid }, at)));
    return storage.read.outboxEntry.count();
  };
  expect([await told("one", "one", "one"), await told("one"), await told("other"), await told(null, null)]).toEqual([1, 1, 2, 4]);
});
