import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "../revocation/servers.ts";
import { newPerson } from "../support/journey.ts";
import { enrolledAt, goThrough, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** Somebody's phone is gone while what the bridge asks does not answer. */

let world: World;
let issuer: TestServer;
beforeAll(async () => {
  issuer = await startServer((_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end('{"previous":null}'));
  world = await startWorld((file) => ({ ...file, continuity: { url: issuer.url } }));
});
afterAll(() => world.close());

test("whoever is known is put on hold whatever does not answer, and nothing else is done without it", async () => {
  const { person } = await enrolledAt(world, await registerRelyingParty(world), "good-phone");
  issuer.behave((_request, response) => void response.writeHead(503).end());
  await goThrough(world, withNewPhone(person), "hold", { device: "same" });
  await goThrough(world, withNewPhone(person), "release", { device: "same" });
  await expect(goThrough(world, newPerson("good-card"), "hold", { device: "same" })).rejects.toMatchObject({ code: "person_unknown" });

  await world.jlis.faults.set({ ocspDown: true, staleCrl: true });
  world.advance(40 * 86_400);
  const page = await goThrough(world, withNewPhone(person), "hold", { device: "same" });
  expect(page.url).toBe(`${world.issuer}/recovery/done/hold`);
  expect(await world.bridge.storage.read.person.findMany({ select: { state: true } })).toEqual([{ state: "held" }]);
  for (const purpose of ["release", "recover"]) await expect(goThrough(world, withNewPhone(person), purpose, { device: "same" })).rejects.toMatchObject({ code: "status_unavailable" });
  await expect(goThrough(world, newPerson("good-card"), "hold", { device: "same" })).rejects.toMatchObject({ code: "status_unavailable" });
});
