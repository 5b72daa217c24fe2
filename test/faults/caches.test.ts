import path from "node:path";
import { expect, test } from "vitest";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfiguration } from "../../src/config.ts";
import { orThrow } from "../../src/errors.ts";
import { asIdentifier, type ClientId } from "../../src/identifiers.ts";
import { rotateKeys } from "../../src/provider/keys.ts";
import { addRelyingParty, metadataOf, removeRelyingParty, rotateSecret } from "../../src/relying-parties/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { until } from "../signals/delivery-rig.ts";
import { afterTest } from "../storage/temporary.ts";
import { nodePlace, startNode } from "./node-process.ts";

/** What one process changes, the others obey within the seconds that docs/operations.md states ("What processes remember"). */

const clientId = asIdentifier<ClientId>("shop");
const now = systemClock;

/** Another process than those that answer: as an administration command is. */
async function scene(): Promise<{ readonly storage: Storage; readonly origins: readonly string[] }> {
  const where = nodePlace({ log: "silent" });
  const origins = [(await startNode(where)).origin, (await startNode(where)).origin];
  const storage = await openStorage(loadConfiguration(path.join(where.directory, "bridge.yaml")));
  afterTest(() => storage.close());
  return { storage, origins };
}

const addShop = (storage: Storage): Promise<{ secret: string | null }> => addRelyingParty(storage, orThrow(metadataOf({ clientId, name: "Shop", redirectUris: ["https://shop.example/callback"], authentication: "client_secret_basic" })), now());

/** What each node answers to this client: 200 as long as it knows it by this secret. */
const known = (origins: readonly string[], secret: string | null): Promise<number[]> =>
  Promise.all(origins.map(async (origin) => (await fetch(`${origin}/introspect`, { method: "POST", headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret ?? ""}`).toString("base64")}` }, body: new URLSearchParams({ token: "unknown" }) })).status));

/** Seconds until all nodes answer so. */
async function secondsUntil(what: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  await until(what, 60_000);
  return (performance.now() - begun) / 1000;
}
const all = (status: number) => (statuses: readonly number[]): boolean => statuses.every((each) => each === status);

/** Seconds that a loaded machine may take for the question itself. */
const allowance = 2;

test("a relying party that is added, whose secret is rotated, and that is removed: five seconds", async () => {
  const { storage, origins } = await scene();
  expect(await known(origins, "none")).toEqual([401, 401]);
  const { secret } = await addShop(storage);
  expect(await secondsUntil(async () => all(200)(await known(origins, secret)))).toBeLessThan(5 + allowance);
  const { secret: later } = await rotateSecret(storage, clientId, 0, now());
  expect(await secondsUntil(async () => all(401)(await known(origins, secret)))).toBeLessThan(5 + allowance);
  expect(await known(origins, later)).toEqual([200, 200]);
  await removeRelyingParty(storage, clientId, now());
  expect(await secondsUntil(async () => all(401)(await known(origins, later)))).toBeLessThan(5 + allowance);
});

test("a signing key that is rotated is published by all: fifteen seconds", async () => {
  const { storage, origins } = await scene();
  const { id } = await rotateKeys(storage, "ES256", now());
  const publish = async (): Promise<boolean> => (await Promise.all(origins.map(async (origin) => (await (await fetch(`${origin}/jwks`)).text()).includes(id)))).every(Boolean);
  expect(await publish()).toBe(false);
  expect(await secondsUntil(publish)).toBeLessThan(15 + allowance);
});
