import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectedPerson, registerDecoupled } from "../attacks/decoupled-setting.ts";
import { presentCertificate } from "../support/attributes.ts";
import { approve, askApproval, openApprovals, requestsOn, signInDevice, startDevice, type TokenAnswer } from "../support/decoupled.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { type Person, signInWithPasskey } from "../support/journey.ts";
import type { TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

/** Verified claims where no code is made: the request of one, and the array of several. */

let world: World;
let party: TestRelyingParty;
let person: Person;
let subject: string;
beforeAll(async () => {
  world = await startWorld();
  party = await registerDecoupled(world);
  ({ person, subject } = await connectedPerson(world, "good-phone", party));
  const { url } = await party.begin(asking({ verification: { trust_framework: null }, claims: { name: null, birthdate: null } }));
  const here = { ...person, browser: new HttpBrowser() };
  const page = await presentCertificate(world, here, await signInWithPasskey(world, here, await here.browser.open(url)));
  await here.browser.submit(page, `${new URL(page.url).pathname}/consent`, { verified_claim: "name" });
});
afterAll(() => world.close());

const asking = (verified_claims: unknown): { claims: string } => ({ claims: JSON.stringify({ id_token: { verified_claims } }) });
const one = { verification: { trust_framework: null }, claims: { name: null, birthdate: null } };
const unmet = { verification: { trust_framework: { value: "eidas" } }, claims: { name: null } };
const answer = { verification: { trust_framework: "jp_jpki" }, claims: { name: "見本　太郎" } };

const ways: readonly { readonly way: string; readonly ask: (parameters: { claims: string }) => Promise<TokenAnswer> }[] = [
  {
    way: "a device's code",
    ask: async (parameters) => {
      const { userCode, poll } = await startDevice(party, parameters);
      await signInDevice(world, { ...person, browser: new HttpBrowser() }, userCode);
      return poll();
    },
  },
  {
    way: "an approval (CIBA)",
    ask: async (parameters) => {
      const { poll } = await askApproval(party, { login_hint: subject, ...parameters });
      const here = { ...person, browser: new HttpBrowser() };
      const [address = ""] = requestsOn(await openApprovals(world, here));
      await approve(world, here, await here.browser.open(new URL(address, world.issuer).href));
      return poll();
    },
  },
];

describe.each(ways)("verified claims by $way: what was consented to, and no more", ({ ask }) => {
  test.each([
    { name: "one request", asked: one, told: answer },
    { name: "an array", asked: [unmet, one], told: [answer] },
    { name: "an array of which nothing can be met", asked: [unmet], told: undefined },
  ])("$name", async ({ asked, told }) => {
    const given = await ask(asking(asked));
    if ("error" in given) throw new Error(given.error);
    expect(given.claims["verified_claims"]).toEqual(told);
  });
});
