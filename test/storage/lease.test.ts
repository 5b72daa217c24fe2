import { describe, expect, test } from "vitest";
import { createLease, type Lease } from "../../src/storage/index.ts";
import { freshStorage } from "./temporary.ts";

const now = 1_800_000_000;
/** Several processes that share a database. */
const processes = async (count: number): Promise<Lease[]> => {
  const { artifacts } = await freshStorage();
  return Array.from({ length: count }, () => createLease(artifacts, "work", 30));
};
const holders = async (leases: readonly Lease[], at: number): Promise<number[]> => {
  const held = await Promise.all(leases.map((lease) => lease.hold(at)));
  return held.flatMap((each, index) => (each ? [index] : []));
};

describe("a lease", () => {
  test("of ten processes that ask at once one holds it, and goes on holding it", async () => {
    const leases = await processes(10);
    const [first, ...others] = await holders(leases, now);
    expect(others).toEqual([]);
    for (const at of [now + 10, now + 20, now + 40, now + 60]) expect(await holders(leases, at)).toEqual([first]);
  });

  test("passes on when its holder asks no more: one of those who ask at once has it", async () => {
    const leases = await processes(5);
    expect(await leases[0]?.hold(now)).toBe(true);
    const rest = leases.slice(1);
    expect(await holders(rest, now + 29)).toEqual([]);
    expect(await holders(rest, now + 31)).toHaveLength(1);
    expect(await leases[0]?.hold(now + 31)).toBe(false);
  });

  test("passes on at once when it is released; who does not hold it releases nothing", async () => {
    const [one, other] = await processes(2);
    await one?.hold(now);
    await other?.release(now);
    expect(await other?.hold(now + 1)).toBe(false);
    await one?.release(now + 1);
    expect(await other?.hold(now + 1)).toBe(true);
    expect(await one?.hold(now + 2)).toBe(false);
  });

  test("released too late, it stays with whoever has it now", async () => {
    const [one, other] = await processes(2);
    await one?.hold(now);
    await other?.hold(now + 31);
    await one?.release(now + 31);
    expect(await other?.hold(now + 47)).toBe(true);
  });

  test("a clock set back does not bring it back: another holds it", async () => {
    const [one, other] = await processes(2);
    await one?.hold(now);
    expect(await other?.hold(now + 60)).toBe(true);
    expect(await one?.hold(now + 16)).toBe(false);
  });

  test("one taken by a clock that was ahead holds nobody up, nor is it kept when that clock is right again", async () => {
    const day = 24 * 60 * 60;
    const [ahead, right] = await processes(2);
    expect(await ahead?.hold(now + day)).toBe(true);
    expect([await right?.hold(now), await ahead?.hold(now + 1)]).toEqual([true, false]);
  });
});
