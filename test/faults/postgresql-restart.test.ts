import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { afterTest } from "../storage/temporary.ts";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";
import { skipped } from "../support/skipped.ts";
import { expectNothingLost, until } from "./aftermath.ts";
import { journeysOfEach, liveIn } from "./journeys.ts";
import { seeded } from "./seeded.ts";
import { buildTown, type Town } from "./town.ts";

/** PostgreSQL goes away under people's journeys, again and again: they are told to try again, and nothing else is wrong. */

const journeys = Number(process.env["RESTART_JOURNEYS"] ?? 100);
const seed = Number(process.env["RESTART_SEED"] ?? Date.now() % 1_000_000);
const ways = ["cut", "cut", "fast", "cut", "immediate"] as const;

async function takeAway(server: PostgresqlServer, way: (typeof ways)[number], downMs: number): Promise<void> {
  if (way === "cut") return void (await server.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name='jpki-bridge'"));
  await server.halt(way);
  await wait(downMs);
  await server.resume();
}

/** In each way at least once, and on until it is over; then it is there. How often. */
async function takeAwayAgain(server: PostgresqlServer, random: () => number, over: AbortSignal): Promise<number> {
  for (let times = 0; ; times += 1) {
    await wait(200 + random() * 800, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted && times >= ways.length) return times;
    await takeAway(server, ways[times % ways.length] ?? "cut", random() * 1000);
  }
}

/** Both leases of what is done for all are held by somebody. */
async function isLed(town: Town): Promise<boolean> {
  const storage = await town.storage();
  const leases = await Promise.all(["signals", "upkeep"].map((name) => storage.artifacts.find("Lease", name)));
  return leases.every((lease) => lease !== null && lease.expiresAt > town.now());
}

test("stopped, crashed and cut off while people go on their journeys", { timeout: 120_000 + journeys * 1000 }, async (context) => {
  const server = await startPostgresql().catch(skipped(context));
  afterTest(() => server.stop());
  const town = await buildTown({ people: journeys / journeysOfEach, database: await server.createDatabase() });
  const nodes = [town.first, await town.start()];
  town.front.turnTo(nodes.map(({ origin }) => origin));
  const over = new AbortController();
  const taking = takeAwayAgain(server, seeded(seed), over.signal);
  const begun = performance.now();
  const lived = await liveIn(town).finally(() => over.abort());
  const seconds = (performance.now() - begun) / 1000;
  const times = await taking;
  process.stderr.write(`PostgreSQL gone, seed ${seed}: ${lived.done} journeys in ${seconds.toFixed(0)} s, ${times} times, ${town.front.statuses.get(503) ?? 0} answers to try again, ${lived.repeated.length} journeys begun again\n`);
  expect({ faults: town.front.faults, lost: town.front.lost }).toEqual({ faults: [], lost: [] });
  await expectNothingLost(town, lived, journeysOfEach);
  await until(() => isLed(town), 40_000);
  expect(nodes.map(({ child }) => child.exitCode)).toEqual([null, null]);
});
