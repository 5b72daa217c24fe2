import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { type ConfigurationFile, loadConfiguration } from "../../src/config.ts";
import { afterTest } from "../storage/temporary.ts";
import { startPostgresql } from "../support/postgresql.ts";
import { bodies, form } from "./attack-bodies.ts";
import { type Attack, type AttackAnswer, attackerOf, connection, expectHarmless, flood, otherWork, watched } from "./attack-stage.ts";
import { type NodePlace, type NodeProcess, nodePlace, startNode } from "./node-process.ts";
import { linux, workersOf } from "./worker-processes.ts";

/** The attackers of attack-load against workers, as a city runs them: health is asked for over new connections, which come to each in turn. */

const perAddress = 60;
const mostOpen = 300;
const enrolments = 800;
/** Bodies of each kind. */
const ofEach = 7;
/** MiB that a worker has at most: what strangers send is read and thrown away, not kept. */
const mostMemory = 500;

interface Supervised {
  readonly place: NodePlace;
  readonly node: NodeProcess;
  readonly workers: readonly number[];
  ask(attack: Attack): Promise<AttackAnswer>;
}

async function supervised(changes: Partial<ConfigurationFile> = {}): Promise<Supervised> {
  const limits = { requests_per_minute: 1_000_000, sensitive_per_minute: 1_000_000, total_per_second: 100_000, begun_per_network: 1_000_000, begun: 1_000_000, connections_per_address: perAddress };
  const place = nodePlace({ limits, enrolment: { app_link: "https://app.example.jp/enrol", maximum_open: mostOpen, maximum_open_per_network: mostOpen }, ...changes });
  const node = await startNode(place, "--workers", "2");
  return { place, node, workers: workersOf(node), ask: attackerOf(node.origin) };
}

const megabytesOf = (id: number): number => Number(/^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]) / 1024;

/** None of them died, which its supervisor would have made good, and none grew. */
function expectWell({ node, workers }: Supervised): void {
  expect(workersOf(node).toSorted()).toEqual(workers.toSorted());
  for (const id of workers) expect(megabytesOf(id), "MiB of a worker").toBeLessThan(mostMemory);
}

describe.skipIf(!linux)("two workers (where there is /proc)", () => {
  test("bodies that are made to be expensive, beside heads that never end: each is refused, nobody else waits, and both go on", { timeout: 120_000, retry: otherWork }, async () => {
    const bridge = await supervised();
    const { node, workers, ask } = bridge;
    const answers = await watched(node, async () => {
      const held = Array.from({ length: perAddress * 4 }, () => connection(node.origin));
      for (const { socket } of held) socket.write("GET / HTTP/1.1\r\nhost: a\r\n");
      // Each worker keeps so many of one address.
      await expect.poll(() => held.filter(({ socket }) => !socket.destroyed).length, { timeout: 5000 }).toBeLessThanOrEqual(perAddress * workers.length);
      for (const { socket } of held.slice(0, -perAddress / 2)) socket.destroy();
      return flood(bodies.flatMap(([, attacks]) => attacks.slice(0, ofEach)).map((attack) => () => ask(attack)));
    }, workers);
    expectHarmless(answers);
    expect(answers.filter(({ status }) => status >= 200 && status < 300)).toEqual([]);
    expectWell(bridge);
  });

  test(`${enrolments} enrolments that are left alone, on SQLite: of both together so many are open as may be`, { timeout: 120_000, retry: otherWork }, async () => leaveAlone(await supervised()));

  test("the same on PostgreSQL", { timeout: 120_000, retry: otherWork }, async ({ skip }) => {
    const server = await startPostgresql().catch((error: Error) => skip(error.message));
    afterTest(() => server.stop());
    await leaveAlone(await supervised({ database: { url: await server.createDatabase(), data_directory: "data" } }));
  });
});

/** Begins enrolments that nobody goes on with. */
async function leaveAlone(bridge: Supervised): Promise<void> {
  const { place, node, workers, ask } = bridge;
  const page = await ask({ path: "/account/enrolment", headers: { accept: "text/html" } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? "";
  const cookie = page.cookies.map((line) => line.split(";")[0]).join("; ");
  const enrol: Attack = { method: "POST", path: "/account/enrolment", headers: { ...form, accept: "text/html", cookie, origin: "https://login.example.jp", "sec-fetch-site": "same-origin" }, body: new URLSearchParams({ csrf, device: "other" }).toString() };
  const answers = await watched(node, () => flood(Array.from({ length: enrolments }, () => () => ask(enrol)), 16), workers);
  expectHarmless(answers);
  expect([303, 503].map((status) => answers.filter((answer) => answer.status === status).length)).toEqual([mostOpen, enrolments - mostOpen]);
  const storage = await openStorage(loadConfiguration(path.join(place.directory, "bridge.yaml")));
  afterTest(() => storage.close());
  expect(await storage.artifacts.count("EnrolmentTransaction", systemClock())).toBe(mostOpen);
  expectWell(bridge);
}
