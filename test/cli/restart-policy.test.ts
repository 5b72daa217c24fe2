import { describe, expect, test } from "vitest";
import { failuresAfter, type Restart, restartAfter } from "../../src/cli/restart-policy.ts";
import type { WorkerEnd } from "../../src/cli/worker-process.ts";

const ended = (answeredSeconds: number): WorkerEnd => ({ by: 1, wasMade: true, answeredSeconds });
const notMade: WorkerEnd = { by: "EAGAIN", wasMade: false, answeredSeconds: 0 };

describe("how many starts in a row failed", () => {
  const rows: readonly (readonly [name: string, failures: number, end: WorkerEnd, expected: number])[] = [
    ["the first start fails", 0, ended(0), 1],
    ["one more fails", 3, ended(9.9), 4],
    ["it ran for a while", 3, ended(10), 0],
    ["it ran for a day", 0, ended(86_400), 0],
    ["there was no room for it", 3, notMade, 3],
  ];
  test.each(rows)("%s", (_name, failures, end, expected) => expect(failuresAfter(failures, end)).toBe(expected));
});

describe("a worker that ended", () => {
  const again = (afterSeconds: number): Restart => ({ kind: "again", afterSeconds });
  const rows: readonly (readonly [name: string, end: WorkerEnd, failures: number, expected: Restart])[] = [
    ["ran: it is started at once", ended(11), 0, again(0)],
    ["failed once", ended(0), 1, again(0.5)],
    ["failed twice: the pause doubles", ended(0), 2, again(1)],
    ["failed five times", ended(0), 5, again(8)],
    ["failed six times: no accident", ended(0), 6, { kind: "give up", because: "failures" }],
    ["there was no room for it, however often", notMade, 6, again(2)],
    ["refused its configuration or its token's PIN", { by: 3, wasMade: true, answeredSeconds: 0 }, 1, { kind: "give up", because: "refused" }],
  ];
  test.each(rows)("%s", (_name, end, failures, expected) => expect(restartAfter(end, failures)).toEqual(expected));
});
