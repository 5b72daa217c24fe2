import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, csrfOf } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { before } from "./meanwhile.ts";

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

const sameOrigin = (): Record<string, string> => ({ accept: "text/html", origin: world.issuer, "sec-fetch-site": "same-origin" });

/** Requests with the cookies that a browser has now, as another of its tabs or a thief sends them. */
function copyOf({ browser }: Person): (url: string, init?: RequestInit) => Promise<Response> {
  const cookie = [...browser.cookiesOf(world.issuer)].map(([name, value]) => `${name}=${value}`).join("; ");
  return (url, init = {}) => fetch(new URL(url, world.issuer), { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
}
const hasCode = (answer: { readonly headers: Headers }): boolean => String(answer.headers.get("location")).includes("code=");
const silently = async (): Promise<string> => (await party.begin({ prompt: "none" })).url;

/** Signed in, with what signs out by the cookies of this moment. */
async function signedIn(): Promise<{ signOut(): Promise<void> }> {
  person = { ...newPerson(), authenticator: person.authenticator };
  await signInAgain(world, person, party);
  const page = await person.browser.open(`${world.issuer}/sign-out`);
  const xsrf = /name="xsrf" value="([^"]*)"/.exec(page.text)?.[1] ?? "";
  const send = copyOf(person);
  return {
    signOut: async () => {
      const { status } = await send("/sign-out/confirm", { method: "POST", body: new URLSearchParams({ xsrf, logout: "yes", csrf: csrfOf(page) }), headers: sameOrigin() });
      expect(status).toBe(303);
    },
  };
}

/** A page that asks a person who is signed in for consent, and the address it posts to. */
async function askedForConsent(): Promise<{ page: Answer; action: string }> {
  const another = await registerRelyingParty(world, { pushed: false, authentication: "client_secret_basic" });
  const page = await person.browser.open((await another.begin()).url);
  expect(page.text).toContain('/consent"');
  return { page, action: `${new URL(page.url).pathname}/consent` };
}
const agree = (send: ReturnType<typeof copyOf>, { page, action }: { page: Answer; action: string }): Promise<Response> =>
  send(action, { method: "POST", body: new URLSearchParams({ csrf: csrfOf(page) }), headers: sameOrigin() });

describe("what ended while a request used it is not there again when that request is over", () => {
  test("a session, signed out of while a relying party asks silently", async () => {
    const { signOut } = await signedIn();
    const send = copyOf(person);
    const done = before(world, "Session", "putUnlessConsumed", signOut);
    const under = await send(await silently());
    expect([done(), under.status]).toEqual([true, 303]);
    expect(hasCode(await send(await silently()))).toBe(false);
    expect(hasCode(await person.browser.open(await silently()))).toBe(false);
  });

  test("a session, signed out of while it takes another id", async () => {
    const { signOut } = await signedIn();
    const consent = await askedForConsent();
    const resume = String((await agree(copyOf(person), consent)).headers.get("location"));
    const done = before(world, "Session", "end", signOut);
    const resumed = await person.browser.request(new URL(resume, world.issuer).href, { headers: { accept: "text/html" } });
    expect([done(), resumed.status, hasCode(resumed)]).toEqual([true, 400, false]);
    expect(hasCode(await person.browser.open(await silently()))).toBe(false);
  });
  test("an interaction, resumed while its page is answered once more", async () => {
    await signedIn();
    const consent = await askedForConsent();
    const send = copyOf(person);
    const resume = String((await agree(send, consent)).headers.get("location"));
    const resumptions: boolean[] = [];
    const resumed = async (): Promise<void> => void resumptions.push(hasCode(await person.browser.request(new URL(resume, world.issuer).href, { headers: { accept: "text/html" } })));
    const resumeCookies = copyOf(person);
    const done = before(world, "Interaction", "putUnlessConsumed", resumed);
    const late = await agree(send, consent);
    expect([done(), late.status, await late.text()]).toEqual([true, 400, expect.stringContaining("interaction_expired")]);
    const again = await resumeCookies(resume);
    expect([...resumptions, again.status, hasCode(again)]).toEqual([true, 400, false]);
    expect(await world.bridge.storage.artifacts.find("Interaction", String(resume.split("/").at(-1)))).toMatchObject({ payload: null });
  });
});
