import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toBase64Url } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { type Answer, csrfOf, HttpBrowser } from "../support/http-browser.ts";
import { newPerson, signInWithPasskey } from "../support/journey.ts";
import { assertOn } from "./assertion.ts";
import { personWith, RawParty } from "./raw-party.ts";
import { enrolledPerson, expectRefused, expectRefusedPage, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let party: RawParty;
let fresh: RawParty;
let authenticator: SoftwareAuthenticator;
let other: SoftwareAuthenticator;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  fresh = await RawParty.register(setting.world);
  ({ authenticator } = await personWith(setting.world, party));
  ({ authenticator: other } = await enrolledPerson(setting.world, "good-card"));
});
afterAll(() => setting.close());

async function signedIn(): Promise<HttpBrowser> {
  const browser = new HttpBrowser();
  await signInWithPasskey(setting.world, { ...newPerson(), browser, authenticator }, await party.authorize(browser));
  return browser;
}

const pathOf = (page: Answer): string => new URL(page.url).pathname;
const isCode = (answer: Answer): boolean => (answer.headers.get("location") ?? "").includes("code=");

describe("consent out of its place", () => {
  const places: readonly [string, (browser: HttpBrowser) => Promise<Answer>, (() => HttpBrowser)?][] = [
    ["before anybody signed in", (browser) => party.authorize(browser), () => new HttpBrowser()],
    ["where the person must sign in again", (browser) => party.authorize(browser, { prompt: "login" })],
    ["where a higher level is asked for", (browser) => party.authorize(browser, { acr_values: "aal3" })],
    ["where nobody was shown what a new service gets", (browser) => fresh.authorize(browser, { prompt: "login" })],
  ];
  test.each(places)("%s: refused, and what was agreed to stays", async (_name, open, newBrowser) => {
    const { world } = setting;
    const browser = newBrowser?.() ?? (await signedIn());
    const page = await open(browser);
    const answer = await unchangedBy(world, () => browser.submit(page, `${pathOf(page)}/consent`));
    expectRefusedPage(answer, "operation_not_possible");
    expect(isCode(answer)).toBe(false);
    expect(await world.bridge.storage.read.consent.count({ where: { clientId: fresh.clientId } })).toBe(0);
  });

  test("twice: the second finds nothing", async () => {
    const { world } = setting;
    const browser = await signedIn();
    const page = await fresh.authorize(browser);
    expect(isCode(await browser.submit(page, `${pathOf(page)}/consent`))).toBe(true);
    expectRefusedPage(await unchangedBy(world, () => browser.submit(page, `${pathOf(page)}/consent`)), "interaction_expired");
  });

  const setState = (state: string) => (id: string): Promise<unknown> => setting.world.bridge.storage.transaction(({ data }) => data.person.update({ where: { id }, data: { state } }));
  const operate = (operation: "hold" | "release") => (): Promise<unknown> => setting.world.jlis.personas.operate("renewed", operation);
  const holds: readonly [string, ErrorCode, (personId: string) => Promise<unknown>, (personId: string) => Promise<unknown>][] = [
    ["the person was put on hold", "person_on_hold", setState("held"), setState("active")],
    ["the person was erased", "person_erased", setState("erased"), setState("active")],
    ["the certificate was put on hold", "certificate_on_hold", operate("hold"), operate("release")],
  ];
  test.each(holds)("on a page shown before %s: refused, and nothing is on record", async (_name, code, fall, rise) => {
    const { world } = setting;
    const unknown = await RawParty.register(world);
    const person = await enrolledPerson(world, "renewed");
    const page = await signInWithPasskey(world, person, await unknown.authorize(person.browser));
    const { read } = world.bridge.storage;
    const { personId = "" } = (await read.passkey.findFirst({ where: { credentialId: toBase64Url(person.authenticator.credentials[0]?.id ?? new Uint8Array()) } })) ?? {};
    await fall(personId);
    world.advance(10);
    const answer = await person.browser.submit(page, `${pathOf(page)}/consent`);
    await rise(personId);
    expectRefusedPage(answer, code);
    expect(await read.consent.count({ where: { clientId: unknown.clientId } })).toBe(0);
  });

  test("of a page shown to one person and posted by another", async () => {
    const browser = await signedIn();
    const asked = await fresh.authorize(browser, { prompt: "consent" });
    const answer = await assertOn(setting.world, browser, asked, other);
    expectRefused(answer, "passkey_of_another_person");
  });
});

describe("an interaction", () => {
  const steps: readonly [string, object | null][] = [
    ["consent", null], ["cancel", null], ["give-up", null], ["enrolment", null], ["step-up", null], ["passkey/options", {}], ["passkey", { challenge_id: "AAAA", credential: {} }],
  ];
  const take = async (browser: HttpBrowser, page: Answer, step: string, json: object | null): Promise<Answer> => {
    const own = await browser.open(`${setting.world.issuer}/`);
    const headers = { origin: new URL(setting.world.issuer).origin, "sec-fetch-site": "same-origin" };
    const url = `${page.url}/${step}`;
    if (json === null) return browser.request(url, { method: "POST", body: new URLSearchParams({ csrf: csrfOf(own), device: "other" }), headers: { accept: "text/html", ...headers } });
    return browser.request(url, { method: "POST", body: JSON.stringify(json), headers: { accept: "text/html", "content-type": "application/json", "x-csrf-token": csrfOf(own), ...headers } });
  };

  test.each(steps)("of one browser, taken up by another: %s", async (step, json) => {
    const page = await party.authorize(new HttpBrowser());
    expectRefusedPage(await unchangedBy(setting.world, () => take(new HttpBrowser(), page, step, json)), "interaction_expired");
  });

  test.each(steps)("of one browser, taken up by another with an interaction of its own: %s", async (step, json) => {
    const page = await party.authorize(new HttpBrowser());
    const attacker = new HttpBrowser();
    await party.authorize(attacker);
    expectRefusedPage(await unchangedBy(setting.world, () => take(attacker, page, step, json)), "interaction_expired");
  });

  test.each(steps)("after its end: %s", async (step, json) => {
    const browser = new HttpBrowser();
    const page = await party.authorize(browser);
    await browser.submit(page, `${pathOf(page)}/cancel`);
    expectRefusedPage(await unchangedBy(setting.world, () => take(browser, page, step, json)), "interaction_expired");
  });

  test.each(steps)("after its quarter of an hour: %s", async (step, json) => {
    const browser = new HttpBrowser();
    const page = await party.authorize(browser);
    setting.world.advance(901);
    expectRefusedPage(await unchangedBy(setting.world, () => take(browser, page, step, json)), "interaction_expired");
  });

  test("is not resumed by its address in another browser", async () => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await party.authorize(browser);
    const { body } = await assertOn(world, browser, page, authenticator);
    const resume = new URL(String(body["location"]), world.issuer).href;
    const stolen = await unchangedBy(world, () => new HttpBrowser().open(resume, { headers: { accept: "text/html" } }));
    expect(isCode(stolen)).toBe(false);
    expect(stolen.status).toBe(400);
    expect(isCode(await browser.open(resume))).toBe(true);
    expect(isCode(await browser.open(resume))).toBe(false);
  });

  test("resumed twenty times at once gives one code", async () => {
    const { world } = setting;
    const browser = new HttpBrowser();
    const page = await party.authorize(browser);
    const { body } = await assertOn(world, browser, page, authenticator);
    const resume = new URL(String(body["location"]), world.issuer).href;
    const answers = await Promise.all(Array.from({ length: 20 }, () => browser.request(resume, { headers: { accept: "text/html" } })));
    expect(answers.filter(isCode)).toHaveLength(1);
  });
});
