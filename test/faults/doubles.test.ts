import path from "node:path";
import { expect, test } from "vitest";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { type ConfigurationFile, loadConfiguration } from "../../src/config.ts";
import { firstBrokenReceipt } from "../../src/storage/index.ts";
import { afterTest } from "../storage/temporary.ts";
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

async function giveAllToTwoNodes(changes: Partial<ConfigurationFile>): Promise<Record<string, Outcomes>> {
  const where = nodePlace({ log: "silent", status: { responders: [{ url: "http://127.0.0.1:9" }], refresh: 86_400 }, ...changes });
  const nodes = [await startNode(where), await startNode(where)] as const;
  const storage = await openStorage(loadConfiguration(path.join(where.directory, "bridge.yaml")));
  afterTest(() => storage.close());
  const stage = await prepareStage(storage, "https://login.example.jp", systemClock());
  const outcomes: Record<string, Outcomes> = {};
  for (const [name, make] of Object.entries(onceOnly)) outcomes[name] = await useTwice(make, stage, [nodes[0].origin, nodes[1].origin], times);
  expect(await firstBrokenReceipt(storage.read)).toBeNull();
  return outcomes;
}

test("SQLite", { timeout: 300_000 }, async () => expect(await giveAllToTwoNodes({})).toEqual(expected));
