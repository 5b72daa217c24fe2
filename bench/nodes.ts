import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { freePort } from "../src/sandbox/sandbox-configuration.ts";
import { type PostgresqlServer, startPostgresql } from "../test/support/postgresql.ts";
import { agent } from "./http.ts";
import { load } from "./load.ts";
import { compare, type Measurement } from "./measurement.ts";
import { preparePlace } from "./place.ts";
import { startServerOnCore } from "./server-process.ts";
import { enrol, parallel, passkeySignIn, redirectUri } from "./signin.ts";

const seconds = Number(process.env["BENCH_SECONDS"] ?? 6);
const goal = 1.5;

/** Complete sign-ins per second of two nodes that share a PostgreSQL database, each on a core of its own, beside one of them. Database and load take their part of the same cores. */
export async function benchNodes(): Promise<Measurement[]> {
  if (spawnSync("taskset", ["-c", "0,1", "true"]).status !== 0) return skipped("needs taskset (Linux) and two cores");
  let database: PostgresqlServer;
  try {
    // As in production, where what was acknowledged is on disk.
    database = await startPostgresql({ fsync: "on", full_page_writes: "on" });
  } catch (error) {
    return skipped(`no PostgreSQL server starts here (${error instanceof Error ? error.message : "unknown"})`);
  }
  try {
    return await measure(await database.createDatabase());
  } finally {
    await database.stop();
  }
}

function skipped(why: string): Measurement[] {
  process.stderr.write(`nodes: ${why}, so nothing was measured\n`);
  return [];
}

async function measure(database: string): Promise<Measurement[]> {
  const place = await preparePlace(redirectUri, database);
  const first = await startServerOnCore(0, "servers/bridge.ts", place.directory);
  const authenticator = await enrol(place);
  const one = await load(() => passkeySignIn(place, authenticator), parallel, seconds);

  const port = await freePort();
  const second = await startServerOnCore(1, "servers/bridge.ts", place.directory, String(port));
  const two = await overBoth([Number(new URL(place.issuer).port), port], () => load(() => passkeySignIn(place, authenticator), parallel, seconds));
  await Promise.all([first.stop(), second.stop()]);
  await place.close();
  const baseline = "one node, pinned to one core";
  return [
    compare("sign-ins of two nodes on PostgreSQL", two.perSecond, "1/s", baseline, one.perSecond),
    compare("two nodes to one", two.perSecond / one.perSecond, "", "goal", goal),
    compare("sign-in p99 of two nodes", two.p99, "ms", baseline, one.p99),
  ];
}

/** Connections go to these ports in turn meanwhile, as from a balancer in front of the nodes that costs nothing. */
async function overBoth<Result>(ports: readonly number[], work: () => Promise<Result>): Promise<Result> {
  const { createConnection } = agent;
  agent.destroy();
  let turn = 0;
  agent.createConnection = () => connect(ports[turn++ % ports.length] ?? 0, "localhost");
  try {
    return await work();
  } finally {
    agent.createConnection = createConnection;
    agent.destroy();
  }
}
