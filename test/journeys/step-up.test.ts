import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, enrolOnPhone, linkOf, newPerson, numberIn, openEnrolment, type Person, plain, reachCallback, returnToBrowser, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";

const aal3 = { acr_values: "urn:jpki-bridge:ial3-aal3" };

let world: World;
let party: TestRelyingParty;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world);
});
afterAll(() => world.close());

/** Somebody who enrolled before and now sits at a fresh browser with a synced passkey. */
async function returningPerson(persona: string): Promise<Person> {
  const person = newPerson(persona);
  await enrolAndSignIn(world, person, party);
  return { ...person, browser: new HttpBrowser() };
}

async function signInUntilStepUp(person: Person): Promise<{ page: Answer; signIn: Awaited<ReturnType<TestRelyingParty["begin"]>> }> {
  const signIn = await party.begin(aal3);
  const page = await signInWithPasskey(world, person, await person.browser.open(signIn.url));
  expect(page.text).toContain("/step-up\"");
  return { page, signIn };
}

describe("step up from a synced passkey to a live JPKI signature", () => {
  test("on the same device it reaches aal 3", async () => {
    const person = await returningPerson("good-phone");
    const { page, signIn } = await signInUntilStepUp(person);
    const progress = await openEnrolment(person, page, "same", "step-up");
    const outcome = await enrolOnPhone(world, person, linkOf(progress), async () => "");
    if (outcome.next !== "return") throw new Error("expected a device-local return");
    const callback = await reachCallback(person, await returnToBrowser(person, outcome.return_url));
    const claims = (await party.finish(signIn, callback)).claims();
    expect(claims).toMatchObject({ ial: 3, aal: 3, acr: "urn:jpki-bridge:ial3-aal3", assurance: { evidence: { medium: "smartphone", status: "good" } } });
    expect(claims?.["amr"]).toEqual(expect.arrayContaining(["sc", "mfa"]));
  });

  test("on another device it adds freshness and stays below aal 3", async () => {
    const person = await returningPerson("good-card");
    const { page } = await signInUntilStepUp(person);
    const progress = await openEnrolment(person, page, "other", "step-up");
    const outcome = await enrolOnPhone(world, person, linkOf(progress), () => numberIn(person, progress));
    expect(outcome).toEqual({ next: "done" });
    const status = JSON.parse((await person.browser.request(`${progress.url}/status`)).text) as { location: string };
    const after = await person.browser.open(new URL(status.location, world.issuer).href);
    expect(after.status).toBe(200);
    expect(after.headers.get("location")).toBeNull();
    expect(plain(after.text)).not.toContain("Signed in");
  });
});

describe("asking", () => {
  const rows: { name: string; parameters: Record<string, string>; acr: string }[] = [
    { name: "nothing asked: our own words", parameters: {}, acr: "urn:jpki-bridge:ial3-aal2" },
    { name: "NIST", parameters: { acr_values: "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true" }, acr: "http://idmanagement.gov/ns/assurance/aal/2?phishing_resistant=true" },
    { name: "the first that can be met, in the order asked", parameters: { acr_values: "phr http://idmanagement.gov/ns/assurance/ial/3" }, acr: "phr" },
    { name: "the claims parameter", parameters: { claims: JSON.stringify({ id_token: { acr: { essential: true, value: "phr" } } }) }, acr: "phr" },
  ];
  test.each(rows)("$name", async ({ parameters, acr }) => {
    const person = await returningPerson("next-generation");
    const signIn = await party.begin(parameters);
    const callback = await reachCallback(person, await signInWithPasskey(world, person, await person.browser.open(signIn.url)));
    expect((await party.finish(signIn, callback)).claims()).toMatchObject({ acr, aal: 2 });
  });

  test("prompt=none with a level out of reach is refused at the relying party", async () => {
    const person = await returningPerson("good-phone");
    const first = await party.begin();
    await reachCallback(person, await signInWithPasskey(world, person, await person.browser.open(first.url)));
    const second = await party.begin({ ...aal3, prompt: "none" });
    const answer = await person.browser.open(second.url);
    expect(new URL(answer.headers.get("location") ?? "").searchParams.get("error")).toBe("unmet_authentication_requirements");
  });
});
