import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as client from "openid-client";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, enrolOnPhone, linkOf, newPerson, numberIn, type Person, reachCallback, returnToBrowser, signInAgain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import type { Answer } from "../support/http-browser.ts";

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

/** Goes through one of the recovery pages; the page that the browser ends at. */
async function recoverBy(person: Person, purpose: string, device: "same" | "other", start = `${world.issuer}/recovery/${purpose}`): Promise<Answer> {
  const page = await person.browser.open(start);
  const progress = await person.browser.submit(page, new URL(start).pathname, { device });
  const outcome = await enrolOnPhone(world, person, linkOf(progress), () => numberIn(person, progress));
  if (outcome.next === "return") return returnToBrowser(person, outcome.return_url);
  const { location } = JSON.parse((await person.browser.request(`${progress.url}/status`)).text) as { location?: string };
  return location === undefined ? person.browser.open(progress.url) : person.browser.open(new URL(location, world.issuer).href);
}

async function enrolled(persona: string): Promise<{ person: Person; refreshToken: string; sub: string }> {
  const person = newPerson(persona);
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  const tokens = await party.finish(signIn, callback);
  return { person: { ...person, browser: new HttpBrowser() }, refreshToken: String(tokens.refresh_token), sub: String(tokens.claims()?.sub) };
}

const announced = async (): Promise<string[]> => (await world.bridge.storage.read.announcement.findMany({ orderBy: { sequence: "asc" } })).map(({ event }) => {
  const { event: { kind, reason } } = JSON.parse(event) as { event: { kind: string; reason: string } };
  return `${kind} ${reason}`;
});

describe("a new phone", () => {
  test.each(["same", "other"] as const)("recovery on %s device: the person is the same, what was before is over", async (device) => {
    const { person: before, refreshToken, sub } = await enrolled("good-phone");
    world.advance(10);
    const told = (await announced()).length;
    const after = { ...newPerson("good-phone"), browser: new HttpBrowser() };
    const page = await recoverBy(after, "recover", device);
    if (device === "same") expect(page.url).toBe(`${world.issuer}/recovery/done/recover`);
    expect((await announced()).slice(told)).toEqual(expect.arrayContaining(["recovery_activated recovered", "credential_changed recovered", "sessions_ended recovered"]));

    await expect(client.refreshTokenGrant(party.config, refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
    const page2 = await before.browser.open((await party.begin()).url);
    await expect(signInWithPasskey(world, before, page2)).rejects.toThrow("passkey_not_active");
    const { signIn, callback } = await signInAgain(world, { ...after, browser: new HttpBrowser() }, party);
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ sub, ial: 3, aal: 2 });
  });

  test("on the way to a service: the browser comes back signed in at AAL 3", async () => {
    const { sub } = await enrolled("good-card");
    world.advance(10);
    const after = newPerson("good-card");
    const signIn = await party.begin();
    const page = await after.browser.open(signIn.url);
    expect(page.text).toContain(`${new URL(page.url).pathname}/recover"`);
    const landed = await recoverBy(after, "recover", "same", `${page.url}/recover`);
    expect((await party.finish(signIn, await reachCallback(after, landed))).claims()).toMatchObject({ sub, ial: 3, aal: 3 });
  });
});
