import { expect, test } from "vitest";
import type { ConfigurationFile } from "../../src/config.ts";
import { afterTest } from "../storage/temporary.ts";
import { startPostgresql } from "../support/postgresql.ts";
import { type Attack, type AttackAnswer, attackerOf, expectHarmless, flood } from "./attack-stage.ts";
import { type NodePlace, nodePlace, startNode } from "./node-process.ts";

/** Somebody who asks two processes on one database in turn, at their addresses or at one: the limits that docs/limits.md calls shared are, within its bound. */

const limits: ConfigurationFile["limits"] = { requests_per_minute: 200, sensitive_per_minute: 40, total_per_second: 100_000 };
const nodes = 2;
/** Of a limit no less than this passes, and no more: a tenth may lie unused at each other process, twice a tenth be let through besides. */
const bound = (limit: number): readonly [least: number, most: number] => [limit - ((nodes - 1) * limit) / 10, limit + (2 * (nodes - 1) * limit) / 10];

const page: Attack = { path: "/.well-known/openid-configuration" };
const sensitive: Attack = { method: "POST", path: "/enrolment/return", headers: { "content-type": "application/json", accept: "application/json" }, body: "{}" };

type Start = (place: NodePlace) => Promise<readonly [string, string]>;
const asNodes: Start = async (place) => [(await startNode(place)).origin, (await startNode(place)).origin];
/** The supervisor gives connections to its workers in turn. */
const asWorkers: Start = async (place) => {
  const { origin } = await startNode(place, "--workers", String(nodes));
  return [origin, origin];
};

async function expectShared(start: Start, changes: Partial<ConfigurationFile> = {}): Promise<void> {
  const [one, other] = await start(nodePlace({ limits, ...changes }));
  const asks = [attackerOf(one), attackerOf(other)] as const;
  /** In turn, many at once; those that a limit refused. */
  const refused = async (attack: Attack, count: number): Promise<{ passed: number; refused: readonly AttackAnswer[] }> => {
    const answers = await flood(Array.from({ length: count }, (_, index) => () => (asks[index % nodes] ?? asks[0])(attack)), 16);
    expectHarmless(answers);
    const over = answers.filter(({ status }) => status === 429);
    return { passed: answers.length - over.length, refused: over };
  };
  const begun = performance.now();
  const first = await refused(sensitive, 100);
  const [least, most] = bound(40);
  expect(first.passed, "what starts or proves something").toBeGreaterThanOrEqual(least);
  expect(first.passed, "what starts or proves something").toBeLessThanOrEqual(most);
  // What was refused counted as well, as a request.
  const second = await refused(page, 300);
  const [fewest, highest] = bound(200);
  expect(second.passed + 100, "requests").toBeGreaterThanOrEqual(fewest);
  expect(second.passed + 100, "requests").toBeLessThanOrEqual(highest);
  expect((await refused(page, 20)).passed, "once it is over").toBe(0);
  // All of it in one window, or the bound says nothing.
  expect(performance.now() - begun).toBeLessThan(60_000);
}

test("SQLite", { timeout: 90_000 }, () => expectShared(asNodes));

test("SQLite, two workers of one supervisor", { timeout: 90_000 }, () => expectShared(asWorkers));

test("PostgreSQL", { timeout: 90_000 }, async ({ skip }) => {
  const server = await startPostgresql().catch((error: Error) => skip(error.message));
  afterTest(() => server.stop());
  await expectShared(asNodes, { database: { url: await server.createDatabase(), data_directory: "data" } });
});
