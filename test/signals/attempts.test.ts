import { describe, expect, test } from "vitest";
import { afterFailure, isDue, longestLogoutWait, longestWait, mostRefusals } from "../../src/signals/attempts.ts";

const at = 1_800_000_000;
const waits = { at, queuedAt: at, streamId: "stream" };
const outage = { refused: false, code: "unreachable" };
const refusal = { refused: true, code: "invalid_audience" };

describe("when an attempt failed", () => {
  const pauses: readonly { readonly attempts: number; readonly random: number; readonly pause: number }[] = [
    { attempts: 0, random: 0, pause: 1 },
    { attempts: 0, random: 1, pause: 1 },
    { attempts: 1, random: 0, pause: 1 },
    { attempts: 1, random: 1, pause: 2 },
    { attempts: 4, random: 0, pause: 8 },
    { attempts: 4, random: 1, pause: 16 },
    { attempts: 9, random: 1, pause: 300 },
    { attempts: 9, random: 0, pause: 150 },
    { attempts: 5000, random: 1, pause: 300 },
  ];
  test.each(pauses)("after $attempts earlier ones, drawn $random: again in $pause s", ({ attempts, random, pause }) => {
    expect(afterFailure({ attempts, ...waits }, outage, at, random)).toEqual({ attempts: attempts + 1, nextAttemptAt: at + pause, lastError: "unreachable", diedAt: null });
  });

  const ends: readonly { readonly name: string; readonly attempts: number; readonly age: number; readonly failure: typeof outage; readonly entry?: object; readonly dies: boolean }[] = [
    { name: "an outage of almost a week is waited out", attempts: 3000, age: longestWait - 1, failure: outage, dies: false },
    { name: "an outage of a week is not", attempts: 3000, age: longestWait, failure: outage, dies: true },
    { name: "what was put back has its week again", attempts: 0, age: longestWait, failure: outage, entry: { queuedAt: at + 60 }, dies: false },
    { name: "a logout is waited out for as long as a session lasts", attempts: 90, age: longestLogoutWait - 1, failure: outage, entry: { streamId: null }, dies: false },
    { name: "no longer, and not when it was put back either", attempts: 90, age: longestLogoutWait, failure: outage, entry: { streamId: null, queuedAt: at + 60 }, dies: true },
    { name: "a token that the receiver refuses is tried again", attempts: mostRefusals - 2, age: 60, failure: refusal, dies: false },
    { name: "until it was refused too often", attempts: mostRefusals - 1, age: 60, failure: refusal, dies: true },
    { name: "an outage after refusals is no refusal", attempts: mostRefusals, age: 60, failure: outage, dies: false },
  ];
  test.each(ends)("$name", ({ attempts, age, failure, entry, dies }) => {
    const now = at + age;
    expect(afterFailure({ attempts, ...waits, ...entry }, failure, now, 0.5)).toMatchObject({ attempts: attempts + 1, lastError: failure.code, diedAt: dies ? now : null });
  });
});

const times: readonly (readonly [string, number, boolean])[] = [
  ["it is time", at, true],
  ["a pause is under way", at + 300, false],
  ["it is further ahead than any pause: a clock was ahead", at + 301, true],
];
test.each(times)("due: %s", (_name, nextAttemptAt, due) => {
  expect(isDue(nextAttemptAt, at)).toBe(due);
});
