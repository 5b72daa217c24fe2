import { afterAll, beforeAll, expect, test } from "vitest";
import { asIdentifier, type ClientId, type PersonId } from "../../src/identifiers.ts";
import { withdrawConsent } from "../../src/people/index.ts";
import { enrolAndSignIn, newPerson, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { before } from "./meanwhile.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

test("a consent that is withdrawn while its person signs in leaves no grant, and is asked for again", async () => {
  const party = await registerRelyingParty(world, { pushed: false, authentication: "client_secret_basic", registration: { refreshTokens: true } });
  const first = newPerson();
  await enrolAndSignIn(world, first, party);
  const { storage } = world.bridge;
  const clientId = asIdentifier<ClientId>(party.clientId);
  const { personId = "" } = (await storage.read.consent.findFirst({ where: { clientId } })) ?? {};
  const person = { ...newPerson(), authenticator: first.authenticator };
  const page = await person.browser.open((await party.begin()).url);
  const withdrawn = before(world, "Grant", "put", () => withdrawConsent(storage, asIdentifier<PersonId>(personId), clientId, world.now()));
  const landed = await signInWithPasskey(world, person, page);
  expect([withdrawn(), landed.text]).toEqual([true, expect.stringContaining('/consent"')]);
  expect(await storage.artifacts.count("Grant", world.now())).toBe(0);
});
