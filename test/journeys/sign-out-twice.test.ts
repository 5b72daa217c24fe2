import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Answer, HttpBrowser } from "../support/http-browser.ts";
import { enrolAndSignIn, newPerson, type Person, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { before } from "./meanwhile.ts";

/** Whoever signs out twice (a double click, two tabs, two relying parties at once) is signed out, and told so each time. */

let world: World;
let parties: readonly [TestRelyingParty, TestRelyingParty];
let person: Person;
beforeAll(async () => {
  world = await startWorld();
  const options = { pushed: false, authentication: "client_secret_basic" } as const;
  parties = [await registerRelyingParty(world, options), await registerRelyingParty(world, options)];
  person = newPerson();
  await enrolAndSignIn(world, person, parties[0]);
});
afterAll(() => world.close());
beforeEach(async () => {
  person = { ...newPerson(), authenticator: person.authenticator };
  await signInAgain(world, person, parties[0]);
});

const ask = (party?: TestRelyingParty, browser: HttpBrowser = person.browser): Promise<Answer> => {
  const query = party === undefined ? "" : `?${new URLSearchParams({ client_id: party.clientId, post_logout_redirect_uri: party.redirectUri, state: "a&b=<\"" })}`;
  return browser.open(`${world.issuer}/sign-out${query}`, { headers: { accept: "text/html" } });
};
const field = (page: Answer, name: string): string => /value="([^"]*)"/.exec(new RegExp(`name="${name}"[^>]*`).exec(page.text)?.[0] ?? "")?.[1]?.replaceAll("&amp;", "&") ?? "";
const isQuestion = ({ text }: Answer): boolean => text.includes('name="request"');

/** Answers yes; a page that sends itself does so, as in a browser. */
async function confirm(page: Answer, { browser }: Person = person): Promise<Answer> {
  const request = isQuestion(page) ? { request: field(page, "request") } : {};
  const answer = await browser.submit(page, "/sign-out/confirm", { xsrf: field(page, "xsrf"), logout: "yes", ...request });
  return answer.text.includes("document.forms[0].submit()") ? confirm(answer) : answer;
}
const isSignedIn = async (): Promise<boolean> => String((await person.browser.open((await parties[0].begin({ prompt: "none" })).url)).headers.get("location")).includes("code=");
const endOf = ({ redirectUri }: TestRelyingParty): string => `${redirectUri}?${new URLSearchParams({ state: "a&b=<\"" }).toString().replaceAll("+", "%20")}`;
const whereTo = ({ headers, url, status }: Answer): string => (status === 200 ? new URL(url).pathname : String(headers.get("location")));
const sameAddress = (one: string, other: string): void => expect([new URL(one).origin + new URL(one).pathname, new URL(one).searchParams.get("state")]).toEqual([new URL(other).origin + new URL(other).pathname, new URL(other).searchParams.get("state")]);

describe("the second of two sign-outs ends where it was to end", () => {
  test("after the first", async () => {
    const [party] = parties;
    const page = await ask(party);
    for (const answer of [await confirm(page), await confirm(page)]) sameAddress(whereTo(answer), endOf(party));
    expect(await isSignedIn()).toBe(false);
  });

  test("after the first, whose answer the browser threw away", async () => {
    const [party] = parties;
    const page = await ask(party);
    const cookie = [...person.browser.cookiesOf(world.issuer)].map(([name, value]) => `${name}=${value}`).join("; ");
    const body = new URLSearchParams({ xsrf: field(page, "xsrf"), logout: "yes" });
    expect((await fetch(`${world.issuer}/sign-out/confirm`, { method: "POST", body, redirect: "manual", headers: { cookie } })).status).toBe(303);
    sameAddress(whereTo(await confirm(page)), endOf(party));
    expect(await isSignedIn()).toBe(false);
  });

  test("while the first ends the session", async () => {
    const [party] = parties;
    const page = await ask(party);
    const first: Answer[] = [];
    const done = before(world, "Session", "end", async () => void first.push(await confirm(page)));
    const second = await confirm(page);
    expect(done()).toBe(true);
    for (const answer of [...first, second]) sameAddress(whereTo(answer), endOf(party));
    expect(await isSignedIn()).toBe(false);
  });

  test("of another relying party, whose page was opened meanwhile: asked once more", async () => {
    const pages = [await ask(parties[0]), await ask(parties[1])] as const;
    const again = await confirm(pages[0]);
    expect([isQuestion(again), await isSignedIn()]).toEqual([true, true]);
    sameAddress(whereTo(await confirm(again)), endOf(parties[0]));
    sameAddress(whereTo(await confirm(pages[1])), endOf(parties[1]));
    expect(await isSignedIn()).toBe(false);
  });

  test("of nobody: the page that says so", async () => {
    const page = await ask();
    for (const answer of [await confirm(page), await confirm(page)]) expect([whereTo(answer), answer.status]).toEqual(["/sign-out/success", 200]);
  });
});

describe("what is asked again can do no more than a link", () => {
  const foreign = { method: "POST", headers: { accept: "text/html", origin: "https://phishing.example", "sec-fetch-site": "cross-site" } };
  const rows: readonly (readonly [string, () => Record<string, string>, number, boolean])[] = [
    ["a forged secret is asked about", () => ({ xsrf: "forged", logout: "yes", request: "" }), 200, true],
    ["none is asked about", () => ({ logout: "yes", request: `client_id=${parties[0].clientId}` }), 200, true],
    ["an address that is not registered is refused", () => ({ xsrf: "forged", logout: "yes", request: new URLSearchParams({ client_id: parties[0].clientId, post_logout_redirect_uri: "https://phishing.example/" }).toString() }), 400, false],
    ["an address of nobody's is left out", () => ({ xsrf: "forged", logout: "yes", request: "post_logout_redirect_uri=https://phishing.example/" }), 200, true],
    ["a whole address is no request", () => ({ xsrf: "forged", logout: "yes", request: "https://phishing.example/?x=1" }), 200, true],
    ["what no page of ours posted is refused", () => ({ xsrf: "forged", logout: "yes" }), 400, false],
  ];
  test.each(rows)("%s", async (_name, fields, status, asked) => {
    await ask();
    const answer = await person.browser.open(`${world.issuer}/sign-out/confirm`, { ...foreign, body: new URLSearchParams(fields()) });
    expect([answer.status, new URL(answer.url).origin, isQuestion(answer), await isSignedIn()]).toEqual([status, world.issuer, asked, true]);
  });

  test("a browser that keeps no cookies is not led in a circle", async () => {
    const body = new URLSearchParams({ xsrf: "any", logout: "yes" });
    expect((await fetch(`${world.issuer}/sign-out/confirm`, { method: "POST", body, redirect: "manual", headers: { accept: "text/html" } })).status).toBe(400);
  });
});

test("whoever is not signed in comes to the relying party's address: the page lets its form end there", async () => {
  const page = await ask(parties[0], newPerson().browser);
  expect(page.headers.get("content-security-policy")).toContain(`form-action 'self' ${new URL(parties[0].redirectUri).origin}`);
});
