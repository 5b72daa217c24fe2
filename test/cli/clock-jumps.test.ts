import { expect, test } from "vitest";
import { createClockWatch } from "../../src/cli/clock-jumps.ts";

const day = 86_400;
const rows: { readonly name: string; readonly rounds: readonly { readonly clock: number; readonly elapsed: number; readonly steady: boolean }[] }[] = [
  { name: "as time goes by", rounds: [{ clock: 15, elapsed: 15, steady: true }, { clock: 30, elapsed: 30, steady: true }] },
  { name: "after a long sleep of the process", rounds: [{ clock: day, elapsed: day, steady: true }] },
  { name: "set by a minute", rounds: [{ clock: 75, elapsed: 15, steady: true }] },
  { name: "days ahead for one round, then right again", rounds: [{ clock: 15 * day, elapsed: 15, steady: false }, { clock: 30, elapsed: 30, steady: false }, { clock: 45, elapsed: 45, steady: true }] },
  { name: "set back for good", rounds: [{ clock: -day, elapsed: 15, steady: false }, { clock: -day + 15, elapsed: 30, steady: true }] },
];

test.each(rows)("a clock $name", ({ rounds }) => {
  let [clock, elapsed] = [0, 0];
  const isSteady = createClockWatch(() => clock, () => elapsed);
  for (const round of rounds) {
    [clock, elapsed] = [round.clock, round.elapsed];
    expect(isSteady()).toBe(round.steady);
  }
});
