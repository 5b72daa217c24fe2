import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Refusal } from "../../src/errors.ts";
import { createLogger } from "../../src/log.ts";
import { edgeLinesPerSecond } from "../../src/web/line-limit.ts";
import { createRequestLines, type RequestFacts, summaryInterval, type WriteRequestLine } from "../../src/web/request-lines.ts";

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly left_out?: Readonly<Record<string, number>>;
}

function linesOf({ level = "debug", logRequests = true } = {}): { readonly write: WriteRequestLine; readonly lines: Line[] } {
  const lines: Line[] = [];
  const log = createLogger(level, { write: (line) => void lines.push(JSON.parse(line) as Line) });
  return { write: createRequestLines(log, logRequests), lines };
}

const facts: RequestFacts = { request: "0123456789abcdefABCDEF", method: "GET", route: "/account", status: 200, ms: 3 };
const [debug, info, warn] = [20, 30, 40];
const limited = new Refusal("rate_limited", "limit requests", 30);
const fault = new Refusal("internal_error", "TypeError");

describe("the line of a request", () => {
  const rows: readonly (readonly [name: string, facts: Partial<RequestFacts>, refusal: Refusal | null, logRequests: boolean, expected: readonly object[]])[] = [
    ["one that was answered", {}, null, true, [{ ...facts, level: info, msg: "request" }]],
    ["one that was answered, where the operator wants no such lines", {}, null, false, []],
    ["one that was refused: one line, with code and reason", { status: 429 }, limited, true, [{ ...facts, status: 429, level: info, refusal: "rate_limited", detail: "limit requests", msg: "refused" }]],
    ["one that was refused, in any case", { status: 429 }, limited, false, [{ ...facts, status: 429, level: info, refusal: "rate_limited", detail: "limit requests", msg: "refused" }]],
    ["a probe", { route: "/healthz" }, null, true, [{ ...facts, route: "/healthz", level: debug, msg: "request" }]],
    ["the other probe", { route: "/readyz" }, null, true, [{ ...facts, route: "/readyz", level: debug, msg: "request" }]],
    ["a probe that says no", { route: "/readyz", status: 503 }, null, true, [{ ...facts, route: "/readyz", status: 503, level: info, msg: "request" }]],
    ["a probe that nobody waited for", { route: "/healthz", status: 499 }, null, true, [{ ...facts, route: "/healthz", status: 499, level: info, msg: "request" }]],
  ];
  test.each(rows)("%s", (_name, changes, refusal, logRequests, expected) => {
    const { write, lines } = linesOf({ logRequests });
    write({ ...facts, ...changes }, refusal);
    expect(lines).toEqual(expected.map((line) => ({ time: expect.any(String) as string, ...line })));
  });

  test("at the level that is the default a probe leaves none", () => {
    const { write, lines } = linesOf({ level: "info" });
    write({ ...facts, route: "/healthz" }, null);
    expect(lines).toEqual([]);
  });
});

describe("a thousand in a second", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  const flood = (write: WriteRequestLine, status: number, refusal: Refusal | null, route = "unmatched"): void => {
    for (let index = 0; index < 1000; index += 1) {
      write({ ...facts, route, status }, refusal);
      if (index % 100 === 99) vi.advanceTimersByTime(99);
    }
  };
  const summaries = (lines: readonly Line[]): Line[] => lines.filter(({ left_out }) => left_out !== undefined);

  test("refused by a limit: so many lines, and one with the right number of what was left out", () => {
    const { write, lines } = linesOf();
    flood(write, 429, limited);
    expect(lines.length).toBe(edgeLinesPerSecond);
    vi.advanceTimersByTime(summaryInterval);
    expect(lines.length).toBe(edgeLinesPerSecond + 1);
    expect(lines.at(-1)).toMatchObject({ level: warn, msg: "requests were left out of the log", left_out: { rate_limited: 1000 - edgeLinesPerSecond } });
    vi.advanceTimersByTime(10 * summaryInterval);
    expect(lines.length, "nothing more was left out").toBe(edgeLinesPerSecond + 1);
  });

  test("each summary says what was left out since the one before", () => {
    const { write, lines } = linesOf();
    flood(write, 429, limited);
    vi.advanceTimersByTime(summaryInterval);
    flood(write, 404, new Refusal("not_found", "no route"));
    vi.advanceTimersByTime(summaryInterval);
    expect(summaries(lines).map(({ left_out }) => left_out)).toEqual([{ rate_limited: 1000 - edgeLinesPerSecond }, { not_found: 1000 - edgeLinesPerSecond }]);
  });

  test("probes that say no, which no limit counts: as many, and their number", () => {
    const { write, lines } = linesOf();
    flood(write, 503, null, "/readyz");
    vi.advanceTimersByTime(summaryInterval);
    expect([lines.length, lines.at(-1)?.left_out]).toEqual([edgeLinesPerSecond + 1, { "/readyz": 1000 - edgeLinesPerSecond }]);
  });

  const always: readonly (readonly [string, number, Refusal | null])[] = [
    ["answered", 200, null],
    ["faults", 500, fault],
    ["outages", 503, new Refusal("service_unavailable", "the database does not answer")],
  ];
  test.each(always)("%s: each has its line", (_name, status, refusal) => {
    const { write, lines } = linesOf();
    flood(write, status, refusal);
    vi.advanceTimersByTime(summaryInterval);
    expect([lines.length, summaries(lines).length]).toEqual([1000, 0]);
  });
});

describe("a process that ends before the summary is due says it at its end", () => {
  const source = (file: string): string => JSON.stringify(path.join(import.meta.dirname, "../../src", file));
  const rows: readonly (readonly [name: string, ending: string, status: number])[] = [
    ["by itself", "", 0],
    ["as a bridge that was drained", "process.exit();", 0],
    ["by a fault", `setImmediate(() => { throw new Error("fault"); });`, 1],
  ];
  test.each(rows)("%s", (_name, ending, expected) => {
    const program = `
      import { createLogger } from ${source("log.ts")};
      import { Refusal } from ${source("errors.ts")};
      import { createRequestLines } from ${source("web/request-lines.ts")};
      const write = createRequestLines(createLogger("info"), true);
      for (let index = 0; index < 1000; index += 1) write(${JSON.stringify({ ...facts, status: 429 })}, new Refusal("rate_limited", "limit requests", 30));
      ${ending}`;
    const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8", timeout: 20_000 });
    const lines = stdout.trim().split("\n").map((line) => JSON.parse(line) as Line);
    const refused = lines.filter(({ msg }) => msg === "refused").length;
    expect(status).toBe(expected);
    // However slow the machine is: the loop may take more than a second.
    expect(refused).toBeLessThanOrEqual(2 * edgeLinesPerSecond);
    expect(lines.slice(refused).map(({ left_out }) => left_out)).toEqual([{ rate_limited: 1000 - refused }]);
  });
});
