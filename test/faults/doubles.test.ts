import path from "node:path";
import { expect, test } from "vitest";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { type ConfigurationFile, loadConfiguration } from "../../src/config.ts";
import { firstBrokenReceipt } from "../../src/storage/index.ts";
import { afterTest } from "../storage/temporary.ts";
import { startPostgresql } from "../support/postgresql.ts";
import { onceOnly, type Outcomes, prepareStage, useTwice } from "./double-uses.ts";
import { nodePlace, startNode } from "./node-process.ts";

/** What counts once, given to two nodes that share a database at the same time: exactly one success each time. */

const times = 1000;
/** With what one is told that the other was faster. */
const expected: Readonly<Record<string, Outcomes>> = {
  "a code": { "200 400": times },
  "a refresh token": { "200 400": times },
  "a passkey's challenge": { "200 400": times },
  "a claim of a transaction": { "200 409": times },
  "a statement to sign": { "200 409": times },
  "a device's proof": { "200 401": times },
};

async function giveToTwoNodes(names: readonly string[], changes: Partial<ConfigurationFile>): Promise<Record<string, Outcomes>> {
  const where = nodePlace({ log: "silent", status: { responders: [{ url: "http://127.0.0.1:9" }], refresh: 86_400 }, ...changes });
  const nodes = [await startNode(where), await startNode(where)] as const;
  const storage = await openStorage(loadConfiguration(path.join(where.directory, "bridge.yaml")));
  afterTest(() => storage.close());
  const stage = await prepareStage(storage, "https://login.example.jp", systemClock());
  const outcomes: Record<string, Outcomes> = {};
  for (const [name, make] of Object.entries(onceOnly).filter(([each]) => names.includes(each))) outcomes[name] = await useTwice(make, stage, [nodes[0].origin, nodes[1].origin], times);
  expect(await firstBrokenReceipt(storage.read)).toBeNull();
  return outcomes;
}

test("SQLite", { timeout: 300_000 }, async () => expect(await giveToTwoNodes(Object.keys(expected), {})).toEqual(expected));

test("PostgreSQL", { timeout: 300_000 }, async ({ skip }) => {
  const server = await startPostgresql().catch((error: Error) => skip(error.message));
  afterTest(() => server.stop());
  const url = await server.createDatabase();
  // The others go by the same statements.
  const { "a statement to sign": _statement, "a device's proof": _proof, ...chosen } = expected;
  expect(await giveToTwoNodes(Object.keys(chosen), { database: { url, data_directory: "data" } })).toEqual(chosen);
});
