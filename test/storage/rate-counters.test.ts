import { describe, expect, test } from "vitest";
import { freshStorage } from "./temporary.ts";

const window = { now: 1000, until: 1060, seconds: 60 };

describe("counters that processes share", () => {
  test("of a hundred at once exactly as many are let through as there are points", async () => {
    const { rateCounters } = await freshStorage();
    const taken = await Promise.all(Array.from({ length: 100 }, () => rateCounters.take("a", 1, 30, window)));
    expect(taken.filter(Boolean).length).toBe(30);
    expect(await rateCounters.find("a", window)).toEqual({ points: 30, expiresAt: 1060 });
    expect(await rateCounters.take("b", 1, 30, window)).toBe(true);
  });

  const rows: [string, number, number, boolean][] = [
    ["all there are", 10, 1000, true], ["one more than there are", 11, 1000, false], ["at the end of the window", 11, 1059, false], ["in the next window", 11, 1060, true],
    ["a clock that is behind as far as clocks may be", 11, 940, false], ["a clock that is set back further, so that the window would last longer than one does", 11, 939, true],
  ];
  test.each(rows)("%s", async (_name, points, now, isTaken) => {
    const { rateCounters } = await freshStorage();
    await rateCounters.take("a", 10, 20, window);
    expect(await rateCounters.take("a", points, 20, { now, until: now + 60, seconds: 60 })).toBe(isTaken);
  });

  test("more than the limit at once is never taken, not even first", async () => {
    const { rateCounters } = await freshStorage();
    expect(await rateCounters.take("a", 21, 20, window)).toBe(false);
    expect(await rateCounters.find("a", window)).toBeNull();
  });

  test("what was given back can be taken again, but never more than was taken", async () => {
    const { rateCounters } = await freshStorage();
    await rateCounters.take("a", 2, 2, window);
    await rateCounters.giveBack("a", 1, 1000);
    expect(await rateCounters.find("a", window)).toEqual({ points: 1, expiresAt: 1060 });
    await rateCounters.giveBack("a", 2, 1000);
    expect(await rateCounters.find("a", window)).toEqual({ points: 1, expiresAt: 1060 });
  });

  test("windows that are over are swept, others stay", async () => {
    const { rateCounters } = await freshStorage();
    for (const key of ["a", "b", "c"]) await rateCounters.take(key, 1, 2, window);
    await rateCounters.take("d", 1, 2, { now: 1000, until: 2000, seconds: 1000 });
    expect([await rateCounters.sweep(1060, 2), await rateCounters.sweep(1060, 2), await rateCounters.sweep(1060, 2)]).toEqual([2, 1, 0]);
    expect(await rateCounters.find("d", { now: 1060, seconds: 1000 })).not.toBeNull();
  });
});
