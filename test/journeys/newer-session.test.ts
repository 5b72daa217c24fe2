import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { csrfOf } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { before } from "./meanwhile.ts";

/** Two tabs: one comes back from a sign-in, which gives its session another id; the other has asked something with the id of before. */

let world: World;
let party: TestRelyingParty;
let person: Person;
beforeAll(async () => {
  world = await startWorld();
  party = await registerRelyingParty(world, { pushed: false, authentication: "client_secret_basic" });
  person = newPerson();
  await enrolAndSignIn(world, person, party);
});
afterAll(() => world.close());
beforeEach(async () => {
  person = { ...newPerson(), authenticator: person.authenticator };
  await signInAgain(world, person, party);
});

const sessionOf = ({ browser }: Person): string | undefined => browser.cookiesOf(world.issuer).get("jpki_session");
const cookiesOf = ({ browser }: Person): string => [...browser.cookiesOf(world.issuer)].map(([name, value]) => `${name}=${value}`).join("; ");
const setsSession = (answer: { readonly headers: Headers }): boolean => answer.headers.getSetCookie().some((line) => line.startsWith("jpki_session"));
const silently = async (options: Record<string, string> = { prompt: "none" }): Promise<string> => (await party.begin(options)).url;
/** As another tab asks, with the cookies of this moment; what it is answered reaches the browser later, if ever. */
const inAnotherTab = (url: string, cookie: string): Promise<Response> => fetch(url, { redirect: "manual", headers: { cookie, accept: "text/html" } });
const hasCode = (answer: { readonly headers: Headers }): boolean => String(answer.headers.get("location")).includes("code=");

/** Agrees at another relying party. Gives the address by which the session takes another id. */
async function consented(): Promise<string> {
  const another = await registerRelyingParty(world, { pushed: false, authentication: "client_secret_basic" });
  const page = await person.browser.open((await another.begin()).url);
  const agreed = await person.browser.request(`${page.url}/consent`, { method: "POST", body: new URLSearchParams({ csrf: csrfOf(page) }), headers: { accept: "text/html", origin: world.issuer, "sec-fetch-site": "same-origin" } });
  return new URL(String(agreed.headers.get("location")), world.issuer).href;
}

async function comesBack(address: string): Promise<void> {
  const old = sessionOf(person);
  const resumed = await person.browser.request(address, { headers: { accept: "text/html" } });
  expect([hasCode(resumed), sessionOf(person) === old]).toEqual([true, false]);
}

describe("a request with the id of before", () => {
  test("that is answered afterwards sends no cookie of it", async () => {
    const address = await consented();
    const cookie = cookiesOf(person);
    const done = before(world, "Session", "putUnlessConsumed", () => comesBack(address));
    const late = await inAnotherTab(await silently(), cookie);
    expect([done(), late.status, setsSession(late)]).toEqual([true, 303, false]);
    expect(hasCode(await person.browser.open(await silently()))).toBe(true);
  });

  test("that comes afterwards is sent to ask again with the id of now, once", async () => {
    const address = await consented();
    const cookie = cookiesOf(person);
    await comesBack(address);
    const pushing = await registerRelyingParty(world);
    const pushed = (await pushing.begin({ prompt: "none" })).url;
    expect(new URL(pushed).searchParams.has("redirect_uri")).toBe(false);
    for (const url of [await silently(), await silently({}), pushed, `${world.issuer}/sign-out?state=s`, `${world.issuer}/device`]) {
      const late = await inAnotherTab(url, cookie);
      const again = new URL(String(late.headers.get("location")), world.issuer);
      expect([late.status, setsSession(late), again.pathname, again.searchParams.get("state")]).toEqual([303, false, new URL(url).pathname, new URL(url).searchParams.get("state")]);
      expect(setsSession(await person.browser.request(again.href, { headers: { accept: "text/html" } }))).toBe(false);
      // The answer of the resumption was lost: then the old id is all there is.
      const still = await inAnotherTab(again.href, cookie);
      expect([String(still.headers.get("location")).includes("again="), setsSession(still)]).toEqual([false, !url.includes("/authorize")]);
    }
    expect(hasCode(await person.browser.open(await silently()))).toBe(true);
  });

  test("that comes back from a sign-in of its own goes on with the id of now", async () => {
    const address = await consented();
    const cookie = cookiesOf(person);
    const before = sessionOf(person) ?? "";
    await comesBack(await consented());
    const late = await inAnotherTab(address, cookie);
    const again = new URL(String(late.headers.get("location")), world.issuer).href;
    expect([late.status, again]).toEqual([303, `${address}?again=1`]);
    const signatureOf = ({ browser }: Person): string => browser.cookiesOf(world.issuer).get("jpki_session.sig") ?? "";
    const now = cookie.replace(before, sessionOf(person) ?? "").replace(/(?<=jpki_session\.sig=)[^;]*/, signatureOf(person));
    expect(hasCode(await inAnotherTab(again, now))).toBe(true);
  });

  test("that comes back from a sign-in of its own at the same time is told to begin again, and takes nothing from the other", async () => {
    const address = await consented();
    const cookie = cookiesOf(person);
    const meanwhile = await consented();
    const done = before(world, "Session", "end", () => comesBack(meanwhile));
    const late = await inAnotherTab(address, cookie);
    expect([done(), late.status, setsSession(late), late.headers.has("content-security-policy")]).toEqual([true, 400, false, true]);
    expect(await late.text()).toContain("<code>interaction_expired</code>");
    expect(hasCode(await person.browser.open(await silently()))).toBe(true);
  });

  test("is not what it signs in with: an id that was known before a sign-in is worth nothing after it", async () => {
    const address = await consented();
    const cookie = cookiesOf(person);
    await comesBack(address);
    const thief = await inAnotherTab(`${await silently()}&again=1`, cookie);
    expect([hasCode(thief), String(thief.headers.get("location")).includes("login_required")]).toEqual([false, true]);
  });
});

describe("the cookie of a session", () => {
  test("is sent as it begins and as its id changes, for as long as it may last, and at no other time", async () => {
    const fresh: Person = { ...newPerson(), authenticator: person.authenticator };
    const sent: string[] = [];
    const { browser } = fresh;
    const request = browser.request.bind(browser);
    browser.request = async (...parameters) => {
      const answer = await request(...parameters);
      sent.push(...answer.headers.getSetCookie().filter((line) => line.startsWith("jpki_session=")));
      return answer;
    };
    await signInAgain(world, fresh, party);
    expect(sent).toHaveLength(1);
    const expires = Date.parse(/expires=([^;]*)/.exec(sent[0] ?? "")?.[1] ?? "") / 1000;
    expect(Math.abs(expires - world.now() - 12 * 60 * 60)).toBeLessThan(30);
    for (let time = 0; time < 3; time += 1) expect(hasCode(await browser.open(await silently()))).toBe(true);
    expect(sent).toHaveLength(1);
  });

  test("counts for as long as the session is used, and no longer", async () => {
    world.advance(7 * 60 * 60);
    expect(hasCode(await person.browser.open(await silently()))).toBe(true);
    world.advance(4 * 60 * 60);
    expect(hasCode(await person.browser.open(await silently()))).toBe(true);
    world.advance(2 * 60 * 60);
    expect(hasCode(await person.browser.open(await silently()))).toBe(false);
  });
});
