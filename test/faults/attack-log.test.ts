import { expect, test } from "vitest";
import { edgeLinesPerSecond } from "../../src/web/line-limit.ts";
import { summaryInterval } from "../../src/web/request-lines.ts";
import { attackerOf, flood } from "./attack-stage.ts";
import { nodePlace, startNode } from "./node-process.ts";

/** Strangers who would fill a disk with lines of the log, at a bridge that is a process of its own. */

interface Line {
  readonly msg: string;
  readonly refusal?: string;
  readonly left_out?: Readonly<Record<string, number>>;
}

const asked = 1000;
const limits = { sensitive_per_minute: 1_000_000, total_per_second: 100_000 };
const rows: readonly (readonly [name: string, perMinute: number, workers: number, expected: Readonly<Record<string, number>>])[] = [
  ["what no route takes", 1_000_000, 1, { not_found: asked }],
  ["what no route takes, by two workers", 1_000_000, 2, { not_found: asked }],
  ["more than one address may", 100, 1, { not_found: 100, rate_limited: asked - 100 }],
];

test.each(rows)("a thousand requests for %s, and the end of the process: few lines, and each request in a line or a number", { timeout: 60_000 }, async (_name, requests_per_minute, workers, expected) => {
  const node = await startNode(nodePlace({ limits: { ...limits, requests_per_minute } }), ...(workers > 1 ? ["--workers", String(workers)] : []));
  const ask = attackerOf(node.origin);
  const began = performance.now();
  await flood(Array.from({ length: asked }, () => () => ask({ path: "/nothing" })), 16);
  const seconds = (performance.now() - began) / 1000;
  node.child.kill("SIGTERM");
  expect(await node.ended).toBe(0);

  const lines = node.said().split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);
  const counted: Record<string, number> = {};
  const count = (code: string, number: number): void => void (counted[code] = (counted[code] ?? 0) + number);
  for (const { refusal } of lines) if (refusal !== undefined) count(refusal, 1);
  for (const { left_out = {} } of lines) for (const [code, number] of Object.entries(left_out)) count(code, number);
  expect(counted).toEqual(expected);
  expect(lines.filter(({ refusal }) => refusal !== undefined).length).toBeLessThanOrEqual(workers * edgeLinesPerSecond * Math.ceil(seconds + 1));
  const summaries = lines.filter(({ left_out }) => left_out !== undefined).length;
  expect(summaries).toBeGreaterThan(0);
  expect(summaries).toBeLessThanOrEqual(workers * (1 + Math.floor((seconds * 1000) / summaryInterval)));
  expect(lines.filter(({ msg }) => msg === "request"), "what was refused has no second line").toEqual([]);
});
