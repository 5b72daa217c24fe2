import { afterAll, beforeAll, expect, test } from "vitest";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, plain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

test("the account page says how sure we are, why, and why not surer", async () => {
  const person = newPerson();
  await enrolAndSignIn(world, person, await registerRelyingParty(world));
  const later = { ...person, browser: new HttpBrowser() };
  await signInWithPasskey(world, later, await later.browser.open(`${world.issuer}/account`));
  const page = await later.browser.open(`${world.issuer}/account?lang=en`);
  const section = plain(/<section aria-labelledby="levels">[\s\S]*?(<ul[\s\S]*?)<\/section>/.exec(page.text)?.[1] ?? "");
  expect(section).toContain("Who you are");
  expect(section).toContain("The certificate was found valid not long ago.");
  expect(section).toContain("A passkey was used with a fingerprint, a face or a PIN.");
  expect(section).toContain("Why not higher The passkey is of a kind that can be copied to other devices.");
});
