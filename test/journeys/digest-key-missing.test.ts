import { afterAll, beforeAll, expect, test } from "vitest";
import { enrolledAt, goThrough, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** Another process finds people by a digest key that this bridge does not have. */

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const readiness = async (): Promise<unknown> => {
  const response = await fetch(`${world.issuer}/readyz`);
  return { status: response.status, ...((await response.json()) as { checks: object }).checks };
};

test("it says so at /readyz, and takes nobody for a stranger until it has it: 503, and may be tried again", async () => {
  const { person } = await enrolledAt(world, await registerRelyingParty(world), "good-phone");
  expect(await readiness()).toMatchObject({ status: 200, digest_keys: true });

  const { artifacts, digests, read } = world.bridge.storage;
  const foreign = "2 of-another";
  await artifacts.insert("DigestKey", foreign, {}, { expiresAt: 4_000_000_000, clientId: foreign });
  expect(await digests.noteKeys()).toBe(false);
  expect(await readiness()).toMatchObject({ status: 503, digest_keys: false, database: true });
  for (const purpose of ["hold", "recover"]) await expect(goThrough(world, withNewPhone(person), purpose, { device: "same" })).rejects.toMatchObject({ code: "service_unavailable" });
  expect([await read.person.count(), await read.evidence.count()]).toEqual([1, 1]);

  await artifacts.remove("DigestKey", foreign);
  expect(await digests.noteKeys()).toBe(true);
  expect(await readiness()).toMatchObject({ status: 200, digest_keys: true });
  const page = await goThrough(world, withNewPhone(person), "hold", { device: "same" });
  expect(page.url).toBe(`${world.issuer}/recovery/done/hold`);
});
