import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { oneAfterAnother } from "../../src/cli/supervisor.ts";

test("asked for again and again while it runs, it is run once more, and never twice at a time", async () => {
  let [running, most, runs] = [0, 0, 0];
  const ask = oneAfterAnother(async () => {
    running += 1;
    most = Math.max(most, running);
    await setTimeout(5);
    running -= 1;
    runs += 1;
  });
  for (let time = 0; time < 5; time += 1) ask();
  await setTimeout(50);
  expect([runs, most]).toEqual([2, 1]);
  ask();
  await setTimeout(50);
  expect([runs, most]).toEqual([3, 1]);
});
