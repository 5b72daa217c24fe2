import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { afterTest } from "../storage/temporary.ts";
import { startPostgresql } from "../support/postgresql.ts";
import { skipped } from "../support/skipped.ts";
import { expectNothingLost } from "./aftermath.ts";
import { journeysOfEach, liveIn } from "./journeys.ts";
import { seeded } from "./seeded.ts";
import { buildTown, type Town } from "./town.ts";

/** Two nodes that share a database are killed at any moment while people go on their journeys, and start again each time. */

const journeys = Number(process.env["KILL_JOURNEYS"] ?? 200);
const seed = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000);
const timeout = 120_000 + journeys * 1000;

async function liveAndDie(name: string, database?: string): Promise<void> {
  const town = await buildTown({ people: journeys / journeysOfEach, ...(database !== undefined && { database }) });
  const nodes = [town.first, await town.start()];
  const origins = nodes.map(({ origin }) => origin);
  town.front.turnTo(origins);
  const over = new AbortController();
  const killing = nodes.map((node, index) => killAgain(town, node, seeded(seed + index), (origin) => {
    origins[index] = origin;
    town.front.turnTo([...origins]);
  }, over.signal));
  const begun = performance.now();
  const lived = await liveIn(town).finally(() => over.abort());
  const seconds = (performance.now() - begun) / 1000;
  const kills = (await Promise.all(killing)).reduce((sum, each) => sum + each, 0);
  process.stderr.write(`kill -9, ${name}, seed ${seed}: ${lived.done} journeys in ${seconds.toFixed(0)} s, ${kills} kills, ${town.front.lost.length} requests without an answer, ${lived.repeated.length} journeys begun again\n`);
  expect(town.front.faults).toEqual([]);
  await expectNothingLost(town, lived, journeysOfEach);
  expect(kills).toBeGreaterThan(1);
  expect(town.front.lost.length).toBeGreaterThan(0);
}

/**
 * Kills a node at some moment, and starts another in its place, until it is over; then one is up. On any machine it
 * lives a little longer than it takes to start. How often.
 */
async function killAgain(town: Town, first: Town["first"], random: () => number, isUp: (origin: string) => void, over: AbortSignal): Promise<number> {
  let node = first;
  for (let [kills, startMs] = [0, 1000]; ; kills += 1) {
    await wait(random() * 3 * startMs, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return kills;
    node.child.kill("SIGKILL");
    expect(await node.ended).toBe("SIGKILL");
    const begun = performance.now();
    node = await town.start();
    startMs = performance.now() - begun;
    isUp(node.origin);
  }
}

test("SQLite", { timeout }, () => liveAndDie("SQLite"));

test("PostgreSQL", { timeout }, async (context) => {
  const server = await startPostgresql().catch(skipped(context));
  afterTest(() => server.stop());
  await liveAndDie("PostgreSQL", await server.createDatabase());
});
