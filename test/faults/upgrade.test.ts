import { EventEmitter, once } from "node:events";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../storage/temporary.ts";
import { unpackVersion } from "../support/previous-version.ts";
import { skipped } from "../support/skipped.ts";
import { expectNothingLost } from "./aftermath.ts";
import { journeysOfEach, liveIn } from "./journeys.ts";
import { buildTown } from "./town.ts";

/** The version before serves people on their journeys; this one is started beside it and takes over: nobody notices. */

const previous = "v0.2.0";
const people = 24;
/** Of all journeys, how many have ended when this version is started, and when all come to it. */
const [started, moved] = [0.25, 0.6].map((part) => Math.round(part * people * journeysOfEach)) as [number, number];

test(`from ${previous} to this version on SQLite`, { timeout: 300_000 }, async (context) => {
  const sources = await unpackVersion(previous, temporaryDirectory()).catch(skipped(context));
  const town = await buildTown({ people, sources });
  const old = town.first;
  const progress = new EventEmitter();
  const living = liveIn(town, { parallel: 6, onDone: (done) => void progress.emit(String(done)) });

  await Promise.race([once(progress, String(started)), living]);
  const heardByOld = town.heard.size;
  const node = await town.start();
  town.front.turnTo([old.origin, node.origin]);

  await Promise.race([once(progress, String(moved)), living]);
  town.front.turnTo([node.origin]);
  await town.front.left(old.origin);
  old.child.kill("SIGTERM");
  expect(await old.ended).toBe(0);

  const lived = await living;
  process.stderr.write(`upgrade from ${previous}: ${lived.done} journeys, ${[...town.front.statuses.values()].reduce((sum, count) => sum + count, 0)} requests, ${lived.repeated.length} journeys failed\n`);
  const { faults, lost } = town.front;
  expect({ faults, lost, repeated: lived.repeated }).toEqual({ faults: [], lost: [], repeated: [] });
  await expectNothingLost(town, lived, journeysOfEach);
  // By the stream that the version before made.
  expect(town.heard.size).toBeGreaterThan(heardByOld);
});
