import * as client from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultPolicy } from "../../src/assurance/index.ts";
import { asIdentifier, type PersonId } from "../../src/identifiers.ts";
import { holdPerson } from "../../src/people/index.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { type Person, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { enrolledAt, goThrough, openAccount, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

const fresh = (person: Person): Person => ({ ...person, browser: new HttpBrowser() });
const signInRefused = async (person: Person, code: string): Promise<void> => {
  const visitor = fresh(person);
  await expect(signInWithPasskey(world, visitor, await visitor.browser.open((await party.begin()).url))).rejects.toThrow(code);
};
// Tokens of a session end with it; these outlive it.
const offline = { scope: "openid offline_access", prompt: "consent" };
const held = async (persona: string, device: "same" | "other") => {
  const enrolled = await enrolledAt(world, party, persona, offline);
  world.advance(10);
  const page = await goThrough(world, withNewPhone(enrolled.person), "hold", { device });
  expect(page.url).toBe(`${world.issuer}/recovery/done/hold`);
  return enrolled;
};

describe("hold and release by a signature", () => {
  test.each([["same", "good-phone"], ["other", "good-card"]] as const)("from %s device: nobody signs in, grants wait, a release brings both back", async (device, persona) => {
    const { person, refreshToken, sub } = await held(persona, device);
    await signInRefused(person, "person_on_hold");
    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });

    world.advance(10);
    const page = await goThrough(world, withNewPhone(person), "release", { device });
    expect(page.text).toContain("The suspension has ended");
    expect((await client.refreshTokenGrant(party.config, refreshToken)).claims()).toMatchObject({ sub, ial: 3 });
    const { signIn, callback } = await signInAgain(world, fresh(person), party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ sub, ial: 3 });
  });

  test("the browser that opened it is signed in nowhere", async () => {
    const { person } = await enrolledAt(world, party, "next-generation");
    const visitor = withNewPhone(person);
    for (const purpose of ["hold", "release"]) {
      await goThrough(world, visitor, purpose, { device: "same" });
      expect((await visitor.browser.open(`${world.issuer}/account`)).text).not.toContain("/account/sign-out");
    }
  });

  test("asked for again it is no refusal; of nothing there is no release", async () => {
    const { person } = await held("good-phone", "same");
    const page = await goThrough(world, withNewPhone(person), "hold", { device: "same" });
    expect(page.url).toBe(`${world.issuer}/recovery/done/hold`);
    await goThrough(world, withNewPhone(person), "release", { device: "same" });
    await expect(goThrough(world, withNewPhone(person), "release", { device: "same" })).rejects.toMatchObject({ code: "operation_not_possible" });
  });

  test("a recovery on another phone lifts it, and ends the passkey of the one that is gone", async () => {
    const { person } = await held("good-card", "other");
    world.advance(10);
    const after = withNewPhone(person);
    await goThrough(world, after, "recover", { device: "same" });
    await openAccount(world, fresh(after));
    await signInRefused(person, "passkey_not_active");
  });

  test("what only the operator lifts is lifted by no signature, for release and recovery alike", async () => {
    const { person, sub } = await enrolledAt(world, party, "next-generation");
    const row = await world.bridge.storage.read.pairwiseSubject.findUnique({ where: { subject: sub } });
    const personId = asIdentifier<PersonId>(row?.personId ?? "");
    await holdPerson(world.bridge.storage, { personId, at: world.now(), by: "operator", operator: "desk", reason: "call", liftedBy: "operator", policy: defaultPolicy });
    for (const purpose of ["release", "recover"]) {
      await expect(goThrough(world, withNewPhone(person), purpose, { device: "same" })).rejects.toMatchObject({ code: "person_on_hold" });
    }
    await signInRefused(person, "person_on_hold");
  });
});
