import { expect, test } from "vitest";
import { createPolling } from "../../src/provider/polling.ts";

const rows: readonly (readonly [string, readonly number[], readonly boolean[]])[] = [
  ["asked once", [0], [false]],
  ["at the interval", [0, 5, 10], [false, false, false]],
  ["a second early", [0, 4], [false, false]],
  ["too soon", [0, 3], [false, true]],
  ["in haste, which gains nothing", [0, 3, 6, 9], [false, true, true, true]],
  ["after a rest", [0, 1, 20], [false, true, false]],
];
test.each(rows)("%s", (_name, times, expected) => {
  let now = 0;
  const tooSoon = createPolling(() => now);
  expect(times.map((time) => { now = time; return tooSoon("code"); })).toEqual(expected);
});

test("each code has its own interval", () => {
  const tooSoon = createPolling(() => 0);
  expect([tooSoon("a"), tooSoon("b"), tooSoon("a"), tooSoon("b")]).toEqual([false, false, true, true]);
});
