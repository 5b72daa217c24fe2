import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { startUpkeep, type UpkeepParts } from "../../src/cli/upkeep.ts";
import { defaultPolicy } from "../../src/assurance/index.ts";
import type { ProviderPorts } from "../../src/provider/index.ts";
import { createLease, type Storage } from "../../src/storage/index.ts";
import { erasePerson } from "../../src/people/index.ts";
import { noMetadata } from "../../src/passkeys/index.ts";
import { bind, certificate, now } from "../people/people-fixture.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { createLogger } from "../../src/log.ts";

const day = 86_400;
const forEver = { status_answers: null, receipts_of_erased: null, ended_certificates: null };

/** A process that looks after this database, by its own clock. */
function process(storage: Storage, refreshKeys: () => Promise<void> = async () => undefined, retention: UpkeepParts["retention"] = forEver, clock: () => number = () => now + 30 * day): () => Promise<void> {
  const ports = { storage, clock, assurance: defaultPolicy, metadata: noMetadata, log: createLogger("silent") } as unknown as ProviderPorts;
  return startUpkeep({ ports, refreshKeys, rotateEvery: null, recheckSeconds: null, retention });
}
const notices = (storage: Storage): Promise<number> => storage.read.receipt.count({ where: { kind: "evidence_expired" } });

/** Lets every interval come up once and what it began run to its end. */
async function oneRound(storage: Storage, stops: readonly (() => Promise<void>)[], ended: () => Promise<boolean>): Promise<number> {
  await vi.advanceTimersByTimeAsync(15_000);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await ended()).toBe(true), { timeout: 5000 });
  await setTimeout(100);
  await Promise.all(stops.map((stop) => stop()));
  return notices(storage);
}

test("a job that fails leaves the others alone; what is due is told once by however many processes", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const storage = temporaryStorage();
    await bind(storage, certificate("1"));
    const both = [process(storage, () => Promise.reject(new Error("no keys"))), process(storage)];
    expect(await oneRound(storage, both, async () => (await notices(storage)) > 0)).toBe(1);
  } finally {
    vi.useRealTimers();
  }
});

test("what is done for all is left to the process that holds the lease", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const storage = temporaryStorage();
    await bind(storage, certificate("1"));
    expect(await createLease(storage.artifacts, "upkeep", 60).hold(now + 30 * day)).toBe(true);
    let rounds = 0;
    const follower = process(storage, async () => void (rounds += 1));
    expect(await oneRound(storage, [follower], async () => rounds > 0)).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("while the clock is ahead for a moment nothing is told or ended by it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const storage = temporaryStorage();
    await bind(storage, certificate("1"));
    let [clock, rounds] = [now, 0];
    const stop = process(storage, async () => void (rounds += 1), forEver, () => clock);
    clock = now + 30 * day;
    await vi.advanceTimersByTimeAsync(15_000);
    clock = now;
    await vi.advanceTimersByTimeAsync(15_000);
    // Keys are taken up all the same: that ends nothing.
    expect(rounds).toBe(2);
    expect(await oneRound(storage, [stop], async () => rounds > 2)).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test("what was kept for long enough is forgotten, as configured", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const storage = temporaryStorage();
    for (const serial of ["1", "2"]) {
      const { personId } = await bind(storage, certificate(serial));
      await erasePerson(storage, { personId, at: serial === "1" ? now : now + 10 * day, by: "person", policy: defaultPolicy });
    }
    const stop = process(storage, async () => undefined, { status_answers: null, receipts_of_erased: 25 * day, ended_certificates: null });
    await oneRound(storage, [stop], async () => (await storage.read.person.count()) < 2);
    expect(await storage.read.person.findMany({ select: { erasedAt: true } })).toEqual([{ erasedAt: new Date((now + 10 * day) * 1000) }]);
  } finally {
    vi.useRealTimers();
  }
});

test("keys are taken up however long what is done for all takes: one that was retired for somebody has it", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const storage = temporaryStorage();
    const hung = Promise.withResolvers<never[]>();
    const evidence = new Proxy(storage.read.evidence, { get: (target, name) => (name === "findMany" ? () => hung.promise : Reflect.get(target, name)) });
    const read = new Proxy(storage.read, { get: (target, name) => (name === "evidence" ? evidence : Reflect.get(target, name)) });
    let taken = 0;
    const stop = process({ ...storage, read }, async () => void (taken += 1));
    for (let round = 1; round <= 4; round += 1) {
      await vi.advanceTimersByTimeAsync(15_000);
      await setTimeout(20);
      expect(taken).toBe(round);
    }
    hung.resolve([]);
    await stop();
  } finally {
    vi.useRealTimers();
  }
});

test("stopped, it ends with what it is at: not with everything that is due", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    const storage = temporaryStorage();
    for (let serial = 1; serial <= 12; serial += 1) await bind(storage, certificate(String(serial)));
    let ended: Promise<void> | null = null;
    const stop = process({ ...storage, transaction: (work) => {
      ended ??= stop();
      return storage.transaction(work);
    } });
    await vi.advanceTimersByTimeAsync(15_000);
    await vi.waitFor(() => expect(ended).not.toBeNull());
    await ended;
    expect(await notices(storage)).toBe(5);
  } finally {
    vi.useRealTimers();
  }
});
