import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { giveStatusNotice, heedStatusNotices } from "../../src/cli/status-notice.ts";
import { now } from "../people/people-fixture.ts";
import { afterTest, temporaryStorage } from "../storage/temporary.ts";
import { desk } from "./run-cli.ts";

test("each notice reaches every process once; one from before its start does not", async () => {
  const storage = temporaryStorage();
  await giveStatusNotice(storage, now);
  const looks = [0, 0];
  const stops = looks.map((_, index) => heedStatusNotices(storage, () => now, async () => void (looks[index] = (looks[index] ?? 0) + 1)));
  for (const stop of stops) afterTest(() => void stop());
  await setTimeout(1200);
  expect(looks).toEqual([0, 0]);
  await giveStatusNotice(storage, now);
  await expect.poll(() => looks, { timeout: 3000 }).toEqual([1, 1]);
  await setTimeout(1200);
  expect(looks).toEqual([1, 1]);
  await Promise.all(stops.map((stop) => stop()));
  await giveStatusNotice(storage, now);
  await setTimeout(1200);
  expect(looks).toEqual([1, 1]);
});

test("status refresh says what it did", async () => {
  const { run, json } = desk();
  expect(await json("status", "refresh")).toEqual({ told: true });
  expect((await run("status", "refresh")).stdout).toBe("every running bridge looks for new CRLs within a second\n");
});
