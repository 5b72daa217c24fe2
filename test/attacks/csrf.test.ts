import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { type Answer, csrfOf, HttpBrowser } from "../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, returnToBrowser, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { enrolledPerson, expectRefused, expectRefusedPage, hasAccountSession, openAtAccount, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: TestRelyingParty;
/** A person signed in everywhere, at a page that asks for consent. */
let person: Person;
let consent: Answer;
let account: Answer;
let passkeyId: string;
let transaction: string;

beforeAll(async () => {
  setting = await startSetting();
  const { world } = setting;
  party = await registerRelyingParty(world);
  person = await enrolledPerson(world, "good-phone");
  ({ transaction } = await openAtAccount(world, "other", person));
  const page = await person.browser.open((await party.begin()).url);
  consent = await signInWithPasskey(world, person, page);
  expect(consent.text).toContain("/consent");
  account = await person.browser.open(`${world.issuer}/account`);
  passkeyId = /\/account\/passkeys\/([^/"]+)\/rename/.exec(account.text)?.[1] ?? "";
});
afterAll(() => setting.close());

interface Action {
  readonly path: () => string;
  readonly fields?: Readonly<Record<string, string>>;
  readonly json?: object;
}

const interaction = (step: string) => (): string => `${new URL(consent.url).pathname}/${step}`;
const actions: readonly [string, Action][] = [
  ["consent", { path: interaction("consent") }],
  ["cancel", { path: interaction("cancel") }],
  ["give up", { path: interaction("give-up") }],
  ["open an enrolment", { path: interaction("enrolment"), fields: { device: "other" } }],
  ["open a step-up", { path: interaction("step-up"), fields: { device: "other" } }],
  ["sign in by passkey", { path: interaction("passkey"), json: { challenge_id: "AAAA", credential: {} } }],
  ["ask for a challenge", { path: interaction("passkey/options"), json: {} }],
  ["sign in to the account", { path: () => "/account/passkey", json: { challenge_id: "AAAA", credential: {} } }],
  ["ask for a challenge of the account", { path: () => "/account/passkey/options", json: {} }],
  ["sign out of the account", { path: () => "/account/sign-out" }],
  ["rename a passkey", { path: () => `/account/passkeys/${passkeyId}/rename`, fields: { name: "Attacker's" } }],
  ["remove a passkey", { path: () => `/account/passkeys/${passkeyId}/remove` }],
  ["disconnect a service", { path: () => `/account/services/${party.clientId}/disconnect` }],
  ["open an enrolment of the account", { path: () => "/account/enrolment", fields: { device: "other" } }],
  ["leave an enrolment", { path: () => "/account/enrolment/leave" }],
  ["cancel an enrolment", { path: () => `/account/enrolment/${transaction}/cancel` }],
  ["hand in a return code", { path: () => "/enrolment/return", json: { txn: "AAAA", code: "AAAA" } }],
  ["open a continuation", { path: () => "/enrolment/continue", json: { txn: "AAAA", token: "AAAA" } }],
  ["make a continuation's passkey", { path: () => "/enrolment/continue/passkey", json: { txn: "AAAA", token: "AAAA", credential: {} } }],
];

interface Forgery {
  readonly token: () => Promise<string | undefined> | string | undefined;
  readonly headers?: () => Readonly<Record<string, string>>;
}

const own = (): string => csrfOf(account);
const origin = (): string => new URL(setting.world.issuer).origin;
const forgeries: readonly [string, Forgery][] = [
  ["no token", { token: () => undefined }],
  ["an empty token", { token: () => "" }],
  ["a token of one's own making", { token: () => toBase64Url(randomBytes(32)) }],
  ["another browser's token", { token: async () => csrfOf(await new HttpBrowser().open(`${setting.world.issuer}/`)) }],
  ["the token cut", { token: () => own().slice(0, -4) }],
  ["another origin", { token: own, headers: () => ({ origin: "https://phishing.example" }) }],
  ["origin null", { token: own, headers: () => ({ origin: "null" }) }],
  ["the origin over another scheme", { token: own, headers: () => ({ origin: origin().replace("http:", "https:") }) }],
  ["the origin on another port", { token: own, headers: () => ({ origin: origin().replace(/:\d+$/, ":1") }) }],
  ["a sibling origin", { token: own, headers: () => ({ origin: origin().replace("localhost", "evil.localhost") }) }],
  ["fetched from another site", { token: own, headers: () => ({ "sec-fetch-site": "cross-site" }) }],
  ["fetched from a sibling site", { token: own, headers: () => ({ "sec-fetch-site": "same-site" }) }],
  ["fetched without a page", { token: own, headers: () => ({ "sec-fetch-site": "none" }) }],
];

async function forge({ path, fields = {}, json }: Action, { token, headers = () => ({}) }: Forgery): Promise<Answer> {
  const csrf = await token();
  const url = `${setting.world.issuer}${path()}`;
  const common = { origin: origin(), "sec-fetch-site": "same-origin", ...headers() };
  if (json === undefined) {
    const body = new URLSearchParams({ ...fields, ...(csrf !== undefined && { csrf }) });
    return person.browser.request(url, { method: "POST", body, headers: { accept: "text/html", ...common } });
  }
  const jsonHeaders = { "content-type": "application/json", accept: "application/json", ...common, ...(csrf !== undefined && { "x-csrf-token": csrf }) };
  return person.browser.request(url, { method: "POST", body: JSON.stringify(json), headers: jsonHeaders });
}

describe.each(actions)("another site makes the browser %s", (_action, action) => {
  test.each(forgeries)("with %s", async (_name, forgery) => {
    const answer = await unchangedBy(setting.world, () => forge(action, forgery));
    if (action.json === undefined) expectRefusedPage(answer, "cross_site_request");
    else expectRefused({ status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> }, "cross_site_request");
    expect(answer.headers.get("location")).toBeNull();
  });

  test("by a link", async () => {
    const url = `${setting.world.issuer}${action.path()}`;
    const answer = await unchangedBy(setting.world, () => person.browser.request(`${url}?csrf=${own()}&device=other&name=x`, { headers: { accept: "text/html", "sec-fetch-site": "cross-site" } }));
    const pages = ["/account/enrolment", "/enrolment/return", "/enrolment/continue"];
    const isPage = pages.includes(action.path()) || /\/(enrolment|remove)$/.test(action.path());
    expect(answer.status).toBe(isPage ? 200 : 404);
  });

  test("by a form of plain text", async () => {
    const headers = { accept: "application/json", "content-type": "text/plain", origin: origin(), "sec-fetch-site": "same-origin", "x-csrf-token": own() };
    const answer = await unchangedBy(setting.world, () => person.browser.request(`${setting.world.issuer}${action.path()}`, { method: "POST", body: JSON.stringify(action.json ?? {}), headers }));
    expectRefused({ status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> }, "unsupported_media_type");
  });
});

test("after all that the person is signed in, named nothing, and agreed to nothing", async () => {
  const { world } = setting;
  expect(await hasAccountSession(person.browser, world)).toBe(true);
  expect(await world.bridge.storage.read.consent.count()).toBe(0);
  const [passkey] = await world.bridge.storage.read.passkey.findMany();
  expect(passkey).toMatchObject({ name: "", state: "active" });
});

describe("signing out at the provider", () => {
  const session = async (): Promise<Person> => {
    const signedIn: Person = { browser: new HttpBrowser(), authenticator: person.authenticator, persona: "good-phone" };
    await signInWithPasskey(setting.world, signedIn, await signedIn.browser.open((await party.begin()).url));
    return signedIn;
  };
  const attempts: readonly [string, (browser: HttpBrowser) => Promise<Answer>][] = [
    ["without the page's secret", (browser) => post(browser, { logout: "yes" })],
    ["with a guessed secret", (browser) => post(browser, { logout: "yes", xsrf: toBase64Url(randomBytes(32)) })],
    ["with another session's secret", async (browser) => post(browser, { logout: "yes", xsrf: await secretOf((await session()).browser) })],
  ];
  const post = (browser: HttpBrowser, fields: Record<string, string>): Promise<Answer> =>
    browser.request(`${setting.world.issuer}/sign-out/confirm`, { method: "POST", body: new URLSearchParams(fields), headers: { accept: "text/html", origin: "https://phishing.example", "sec-fetch-site": "cross-site" } });
  const secretOf = async (browser: HttpBrowser): Promise<string> => /name="xsrf" value="([^"]+)"/.exec((await browser.open(`${setting.world.issuer}/sign-out`)).text)?.[1] ?? "";

  test.each(attempts)("%s", async (_name, attempt) => {
    const { browser } = await session();
    await secretOf(browser);
    const answer = await attempt(browser);
    expectRefusedPage(answer, "invalid_request");
    const { headers, text } = await browser.open((await party.begin({ prompt: "consent" })).url);
    expect(headers.get("location") ?? text).toContain("/consent");
  });
});

test("the person can still do it all himself", async () => {
  const own: Person = newPerson("good-card");
  const page = await own.browser.open((await party.begin()).url);
  const outcome = await enrolOnPhone(setting.world, own, linkOf(await openEnrolment(own, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return");
  const asked = await returnToBrowser(own, outcome.return_url);
  const agreed = await own.browser.submit(asked, `${new URL(asked.url).pathname}/consent`);
  expect(agreed.headers.get("location")).toContain("code=");
});
