import { setTimeout as wait } from "node:timers/promises";
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from "jose";
import * as client from "openid-client";
import { expect, test } from "vitest";
import { addRelyingParty } from "../../src/relying-parties/index.ts";
import { runCli } from "../cli/run-cli.ts";
import { afterTest } from "../storage/temporary.ts";
import { startPostgresql } from "../support/postgresql.ts";
import { relyingPartyAt } from "../support/relying-party.ts";
import { startLoad } from "./retirement-load.ts";
import { buildTown, type Town, type TownNode } from "./town.ts";

/** A signing key that somebody else may have is retired while people sign in: what fails is what must, and no more. */

const loans = { identifier: "https://loans.example/api", name: "Loans", scopes: ["loans:count"] };

const keysOf = async (origin: string): Promise<JSONWebKeySet> => (await fetch(`${origin}/jwks`)).json() as Promise<JSONWebKeySet>;

/** When each node stopped publishing a key, the first first. */
async function obeyed(nodes: readonly TownNode[], kid: string): Promise<readonly number[]> {
  const times = await Promise.all(nodes.map(async ({ origin }) => {
    while ((await keysOf(origin)).keys.some((key) => key.kid === kid)) await wait(50);
    return performance.now();
  }));
  return times.sort((one, other) => one - other);
}

async function retireUnderLoad(town: Town, nodes: readonly TownNode[]): Promise<void> {
  const storage = await town.storage();
  const party = await relyingPartyAt(town.issuer, (metadata) => addRelyingParty(storage, metadata, town.now()), { pushed: false, authentication: "client_secret_basic", registration: { clientCredentials: { [loans.identifier]: loans.scopes } } });
  const load = await startLoad(town, party, loans.identifier);
  const { idToken, accessToken } = load.first;
  const kept = createLocalJWKSet(await keysOf(town.issuer));
  const retired = String(decodeProtectedHeader(idToken).kid);
  await wait(1500);
  expect(load.failures).toEqual([]);

  const begun = performance.now();
  const { code, stdout, stderr } = await runCli(["keys", "retire", retired, "--now", "--reason", "laptop stolen", "--json"], town.directory);
  expect([code, stderr]).toEqual([0, ""]);
  const times = await obeyed(nodes, retired);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const doneBefore = new Map(load.done);
  await expect.poll(() => [...load.done].filter(([what, count]) => count - (doneBefore.get(what) ?? 0) < 4).map(([what]) => what), { timeout: 30_000 }).toEqual([]);
  await load.stop();

  // While one node obeys and another does not yet, what one signs the other does not know.
  const between = load.failures.filter(({ at }) => at > first - 1000 && at < last + 200);
  expect(load.failures.filter((failure) => !between.includes(failure))).toEqual([]);
  expect(between.filter(({ what, why }) => !(why.startsWith("ERR_JWKS_NO_MATCHING_KEY") || (what.startsWith("introspection of a grant") && why.includes("inactive"))))).toEqual([]);
  // Of one node that is what it signed right before it obeyed, and was asked about right after.
  if (nodes.length === 1) expect(between.filter(({ why }) => !why.endsWith(`inactive, by ${retired}`))).toEqual([]);

  const now = await client.clientCredentialsGrant(party.config, { resource: loans.identifier, scope: "loans:count" });
  expect(decodeProtectedHeader(now.access_token).kid).toBe((JSON.parse(stdout) as { signs_now: string }).signs_now);
  // By design: no hint that it signed, and no token in a party's own name, counts here any more.
  expect(new Set(load.hints.filter(({ at }) => at < begun).map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(load.hints.filter(({ at }) => at > last).map(({ status }) => status))).toEqual(new Set([400]));
  expect((await client.tokenIntrospection(party.config, accessToken)).active).toBe(false);
  // By design, too: who keeps the key set takes what it signed, and not what the new one signs, until it is fetched anew.
  expect((await jwtVerify(idToken, kept)).protectedHeader.kid).toBe(retired);
  await expect(jwtVerify(now.access_token, kept)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
  expect((await storage.read.receipt.findMany({ where: { kind: "provider_key_retired" } })).length).toBe(1);
  expect([town.front.faults, town.front.lost]).toEqual([[], []]);
  process.stderr.write(`retirement under load, ${nodes.length} node(s), obeyed after ${times.map((at) => Math.round(at - begun)).join(" and ")} ms: ${JSON.stringify(Object.fromEntries(load.done))}, between nodes ${between.length} failed\n`);
}

test("one node on SQLite", { timeout: 120_000 }, async () => {
  const town = await buildTown({ people: 1, resources: [loans] });
  await retireUnderLoad(town, [town.first]);
});

test("two nodes on PostgreSQL", { timeout: 120_000 }, async ({ skip }) => {
  const server = await startPostgresql().catch((error: Error) => skip(error.message));
  afterTest(() => server.stop());
  const town = await buildTown({ people: 1, database: await server.createDatabase(), resources: [loans] });
  const nodes = [town.first, await town.start()];
  town.front.turnTo(nodes.map(({ origin }) => origin));
  await retireUnderLoad(town, nodes);
});
