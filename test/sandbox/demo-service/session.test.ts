import { describe, expect, test } from "vitest";
import type { PendingSignIn } from "../../../src/sandbox/demo-service/sign-in.ts";
import { LogoutLog } from "../../../src/sandbox/demo-service/logout-log.ts";
import { ReplayGuard } from "../../../src/sandbox/demo-service/replay-guard.ts";
import { exclusively, type Session, SessionStore } from "../../../src/sandbox/demo-service/session.ts";
import { person, request } from "./samples.ts";

const start = 1_780_000_000;

function world(capacity?: number) {
  const time = { now: start };
  const store = new SessionStore(() => time.now, capacity);
  const signIn = (sid: string, subject = "subject"): Session => store.signIn(store.open("ja"), person({}, { sid, subject }));
  return { time, store, signIn };
}

const pending = (state: string, startedAt = start): PendingSignIn => ({ state, nonce: "n", codeVerifier: "v", startedAt, request });

describe("sessions", () => {
  test("signing in changes the identifier", () => {
    const { store } = world();
    const before = store.open("ja");
    const after = store.signIn(before, person());
    expect(after.id).not.toBe(before.id);
    expect(store.find(before.id)).toBeNull();
    expect(store.find(after.id)).toBe(after);
  });

  test.each([
    ["unknown", "x", 0, false],
    ["before anybody signed in: half an hour", "anonymous", 30 * 60 - 1, true],
    ["and no longer", "anonymous", 30 * 60, false],
    ["signed in: eight hours", "person", 8 * 3600 - 1, true],
    ["and no longer either", "person", 8 * 3600, false],
  ])("life: %s", (_name, which, later, found) => {
    const { time, store, signIn } = world();
    const ids: Readonly<Record<string, string>> = { anonymous: store.open("ja").id, person: signIn("s").id };
    time.now += later;
    expect(store.find(ids[which] ?? which) !== null).toBe(found);
  });

  test("when full, the oldest where nobody is signed in gives way", () => {
    const { store, signIn } = world(3);
    const first = signIn("s-1");
    const [second, third, fourth] = [store.open("ja"), store.open("ja"), store.open("ja")];
    expect([first, second, third, fourth].map(({ id }) => store.find(id) !== null)).toEqual([true, false, true, true]);
  });

  test("when everybody is signed in, the oldest of all", () => {
    const { signIn, store } = world(2);
    const signedIn = ["s-1", "s-2", "s-3"].map((sid) => signIn(sid));
    expect(signedIn.map(({ id }) => store.find(id) !== null)).toEqual([false, true, true]);
  });

  test.each([
    ["one session", { sid: "s-1" }, [true, false, false]],
    ["all of a subject", { subject: "a" }, [true, true, false]],
    ["nobody", { sid: "s-9" }, [false, false, false]],
  ])("logout of %s", (_name, notice, ended) => {
    const { store, signIn } = world();
    const people = [signIn("s-1", "a"), signIn("s-2", "a"), signIn("s-3", "b")];
    expect(store.endFor(notice)).toBe(ended.filter(Boolean).length);
    expect(people.map((session) => session.person === null)).toEqual(ended);
    expect(people.map((session) => session.ended?.by === "provider")).toEqual(ended);
    expect(store.endFor(notice)).toBe(0);
  });
});

describe("sign-ins under way", () => {
  test("count once", () => {
    const { store } = world();
    const session = store.open("ja");
    store.remember(session, pending("a"));
    expect(store.take(session, "a")?.state).toBe("a");
    expect(store.take(session, "a")).toBeNull();
  });

  test.each([
    ["in time", 15 * 60 - 1, true],
    ["too late", 15 * 60, false],
  ])("%s", (_name, later, found) => {
    const { time, store } = world();
    const session = store.open("ja");
    store.remember(session, pending("a"));
    time.now += later;
    expect(store.take(session, "a") !== null).toBe(found);
  });

  test("of six tabs the oldest is forgotten", () => {
    const { store } = world();
    const session = store.open("ja");
    const states = ["a", "b", "c", "d", "e", "f"];
    for (const state of states) store.remember(session, pending(state));
    expect(states.map((state) => store.take(session, state) !== null)).toEqual([false, true, true, true, true, true]);
  });

  test("another browser's is not found", () => {
    const { store } = world();
    store.remember(store.open("ja"), pending("a"));
    expect(store.take(store.open("ja"), "a")).toBeNull();
  });
});

describe("tasks of one session", () => {
  test("run one after the other, also after one has failed", async () => {
    const session = world().store.open("ja");
    const seen: string[] = [];
    const task = (name: string, fails = false) => async (): Promise<void> => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
    const results = await Promise.allSettled([exclusively(session, task("a", true)), exclusively(session, task("b")), exclusively(session, task("c"))]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(seen).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });
});

describe("the replay guard", () => {
  test.each([
    ["the first time", "b", 0, true],
    ["the second time", "a", 9, false],
    ["when it would be too old anyway", "a", 10, true],
  ])("%s", (_name, id, later, expected) => {
    const guard = new ReplayGuard();
    guard.firstUse("a", start + 10, start);
    expect(guard.firstUse(id, start + 20, start + later)).toBe(expected);
  });

  test("when full, it lets nothing in until something has expired", () => {
    const guard = new ReplayGuard(2);
    expect([guard.firstUse("a", start + 10, start), guard.firstUse("b", start + 20, start), guard.firstUse("c", start + 20, start)]).toEqual([true, true, false]);
    expect(guard.firstUse("c", start + 20, start + 10)).toBe(true);
  });
});

test("the log keeps the last twenty logouts, newest first", () => {
  const log = new LogoutLog();
  for (let at = 1; at <= 25; at += 1) log.add({ at, outcome: { accepted: true, endedSessions: 0 } });
  expect(log.entries).toHaveLength(20);
  expect([log.entries[0]?.at, log.entries.at(-1)?.at]).toEqual([25, 6]);
});
