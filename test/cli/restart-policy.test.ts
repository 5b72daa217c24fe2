import { describe, expect, test } from "vitest";
import { failuresAfter, type Restart, restartAfter } from "../../src/cli/restart-policy.ts";

describe("how many starts in a row failed", () => {
  const rows: readonly (readonly [name: string, failures: number, livedSeconds: number, expected: number])[] = [
    ["the first start fails", 0, 0.2, 1],
    ["one more fails", 3, 9.9, 4],
    ["it ran for a while", 3, 10, 0],
    ["it ran for a day", 0, 86_400, 0],
  ];
  test.each(rows)("%s", (_name, failures, livedSeconds, expected) => expect(failuresAfter(failures, livedSeconds)).toBe(expected));
});

describe("a worker that ended", () => {
  const again = (afterSeconds: number): Restart => ({ kind: "again", afterSeconds });
  const rows: readonly (readonly [name: string, failures: number, expected: Restart])[] = [
    ["ran: it is started at once", 0, again(0)],
    ["failed once", 1, again(0.5)],
    ["failed twice: the pause doubles", 2, again(1)],
    ["failed five times", 5, again(8)],
    ["failed six times: no accident", 6, { kind: "give up" }],
  ];
  test.each(rows)("%s", (_name, failures, expected) => expect(restartAfter(failures)).toEqual(expected));
});
