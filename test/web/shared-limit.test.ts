import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/errors.ts";
import type { RateCounters } from "../../src/storage/index.ts";
import { SharedLimit } from "../../src/web/shared-limit.ts";
import { temporaryStorage } from "../storage/temporary.ts";

/** Some processes on one database, and a clock they share. */
function nodes(count: number, limit: number, unshared: number): { nodes: SharedLimit[]; clock: { now: number }; statements: () => number } {
  const clock = { now: 1000 };
  const { rateCounters } = temporaryStorage();
  let statements = 0;
  const counted: RateCounters = { ...rateCounters, take: (...asked) => (statements += 1, rateCounters.take(...asked)) };
  const settings = { name: "test", limit, window: 60, unshared };
  return { nodes: Array.from({ length: count }, () => new SharedLimit(counted, () => clock.now, settings)), clock, statements: () => statements };
}

const passes = async (node: SharedLimit, key = "a"): Promise<boolean> => {
  try {
    await node.consume(key);
    return true;
  } catch (refusal) {
    if (refusal instanceof Refusal && refusal.code === "rate_limited") return false;
    throw refusal;
  }
};
/** How many of so many requests pass, sent to the nodes in turn, many at once. */
async function passed(list: readonly SharedLimit[], requests: number, key = "a"): Promise<number> {
  const ends = await Promise.all(Array.from({ length: requests }, (_, index) => passes(list[index % list.length] ?? list[0] as SharedLimit, key)));
  return ends.filter(Boolean).length;
}

describe("a limit of processes that share a database", () => {
  const rows: [string, number, number, number, number, number][] = [
    ["one process, a tenth unshared", 1, 600, 60, 600, 600],
    ["one process, a limit that is no multiple", 1, 17, 3, 17, 17],
    ["one process, the smallest limit", 1, 1, 0, 1, 1],
    ["two processes", 2, 600, 60, 600 - 60, 600 + 120],
    ["eight processes", 8, 600, 60, 600 - 420, 600 + 840],
    ["eight processes, each point in the database", 8, 10, 0, 10, 10],
  ];
  test.each(rows)("%s", async (_name, count, limit, unshared, least, most) => {
    const { nodes: list } = nodes(count, limit, unshared);
    const through = await passed(list, limit * 4);
    expect(through).toBeGreaterThanOrEqual(least);
    expect(through).toBeLessThanOrEqual(most);
  });

  test("keys are counted apart, and a window begins anew", async () => {
    const { nodes: [node], clock } = nodes(1, 5, 1);
    if (node === undefined) throw new Error("no node");
    expect([await passed([node], 9), await passed([node], 9, "b")]).toEqual([5, 5]);
    clock.now += 59;
    expect(await passed([node], 9)).toBe(0);
    clock.now += 1;
    expect(await passed([node], 9)).toBe(5);
  });

  test("who stays below a tenth costs no statement, who is over the limit no more than it took to be", async () => {
    const { nodes: list, statements } = nodes(1, 600, 60);
    expect(await passed(list, 60)).toBe(60);
    expect(statements()).toBe(0);
    for (let request = 0; request < 2000; request += 1) await passes(list[0] as SharedLimit);
    expect(statements()).toBeLessThan(20);
  });

  test.each([0, 2])("what is given back may be used again (%i unshared)", async (unshared) => {
    const { nodes: list } = nodes(1, 4, unshared);
    const node = list[0] as SharedLimit;
    for (let request = 0; request < 20; request += 1) {
      expect(await passes(node)).toBe(true);
      await node.giveBack("a");
    }
    expect(await passed(list, 9)).toBe(4);
  });

  test("a clock that was ahead by an hour leaves no window of an hour, in the same process or another", async () => {
    const { nodes: [one, other], clock } = nodes(2, 5, 1);
    if (one === undefined || other === undefined) throw new Error("no node");
    clock.now += 3600;
    expect(await passed([one], 9)).toBe(5);
    clock.now -= 3600;
    expect([await passed([one], 9), await passes(other)]).toEqual([5, true]);
    clock.now += 60;
    expect(await passed([one, other], 5)).toBe(5);
  });

  test("who holds very many networks shuts nobody else out, and gains what passes unasked alone", async () => {
    const { nodes: [node] } = nodes(1, 20, 2);
    if (node === undefined) throw new Error("no node");
    expect(await passed([node], 30)).toBe(20);
    for (let index = 0; index < 200_001; index += 1) await node.consume(`network ${index}`);
    expect(await passed([node], 30)).toBe(2);
  });

  test("a refusal says when to come again", async () => {
    const { nodes: list, clock } = nodes(2, 2, 0);
    await passed(list, 2);
    clock.now += 20;
    for (const node of list) await expect(node.consume("a")).rejects.toMatchObject({ code: "rate_limited", retryAfter: 40 });
  });
});
