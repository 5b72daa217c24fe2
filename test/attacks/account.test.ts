import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { type Answer, csrfOf, HttpBrowser } from "../support/http-browser.ts";
import type { Person } from "../support/journey.ts";
import { assertAtAccount } from "./assertion.ts";
import { enrolledPerson, expectRefusedPage, hasAccountSession, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let person: Person;
let other: Person;
beforeAll(async () => {
  setting = await startSetting();
  person = await enrolledPerson(setting.world, "good-phone");
  other = await enrolledPerson(setting.world, "good-card");
});
afterAll(() => setting.close());

const account = (browser: HttpBrowser): Promise<Answer> => browser.open(`${setting.world.issuer}/account`);
const passkeyId = async (whose: Person): Promise<string> => {
  const credentialId = toBase64Url(whose.authenticator.credentials.at(-1)?.id ?? new Uint8Array());
  return (await setting.world.bridge.storage.read.passkey.findUnique({ where: { credentialId } }))?.id ?? "";
};

describe("somebody else's things", () => {
  const rows: readonly [string, () => Promise<string>, ErrorCode][] = [
    ["rename another person's passkey", async () => `/account/passkeys/${await passkeyId(other)}/rename`, "not_found"],
    ["remove another person's passkey", async () => `/account/passkeys/${await passkeyId(other)}/remove`, "not_found"],
    ["rename a passkey nobody has", async () => `/account/passkeys/${toBase64Url(randomBytes(16))}/rename`, "not_found"],
    ["remove the last passkey", async () => `/account/passkeys/${await passkeyId(person)}/remove`, "passkey_last_one"],
  ];
  test.each(rows)("%s", async (_name, path, code) => {
    const page = await account(person.browser);
    const target = await path();
    expectRefusedPage(await unchangedBy(setting.world, () => person.browser.submit(page, target, { name: "Mine now" })), code);
  });

  test.each(rows)("%s, signed in nowhere", async (_name, path) => {
    const browser = new HttpBrowser();
    const page = await account(browser);
    const target = await path();
    expectRefusedPage(await unchangedBy(setting.world, () => browser.submit(page, target, { name: "Mine now" })), "sign_in_required");
  });
});

describe("an account session", () => {
  const cookie = "jpki_account";
  const withCookie = async (value: string): Promise<boolean> => {
    const answer = await fetch(`${setting.world.issuer}/account`, { headers: { accept: "text/html", cookie: `${cookie}=${value}` } });
    return (await answer.text()).includes('action="/account/sign-out"');
  };
  const newSession = async (): Promise<{ browser: HttpBrowser; value: string }> => {
    const browser = new HttpBrowser();
    await assertAtAccount(setting.world, browser, person.authenticator);
    return { browser, value: browser.cookiesOf(setting.world.issuer).get(cookie) ?? "" };
  };

  test("is what its cookie says", async () => {
    const { value } = await newSession();
    expect(await withCookie(value)).toBe(true);
  });

  const values: readonly [string, (value: string) => string][] = [
    ["guessed", () => toBase64Url(randomBytes(32))],
    ["cut", (value) => value.slice(0, -1)],
    ["longer", (value) => `${value}A`],
    ["in another case", (value) => value.toLowerCase()],
    ["of the browser's other cookie", () => person.browser.cookiesOf(setting.world.issuer).get("jpki_browser") ?? ""],
    ["empty", () => ""],
  ];
  test.each(values)("with a cookie %s is none", async (_name, change) => {
    const { value } = await newSession();
    expect(await unchangedBy(setting.world, () => withCookie(change(value)))).toBe(false);
  });

  test("is dead after signing out, for whoever kept the cookie", async () => {
    const { browser, value } = await newSession();
    await browser.submit(await account(browser), "/account/sign-out");
    expect(await withCookie(value)).toBe(false);
    expect(await hasAccountSession(browser, setting.world)).toBe(false);
  });

  test("ends after half an hour", async () => {
    const { value } = await newSession();
    setting.world.advance(1801);
    expect(await withCookie(value)).toBe(false);
  });

  test("begins anew at every sign-in: a cookie planted before is worth nothing, and a kept one no more", async () => {
    const { browser, value } = await newSession();
    await assertAtAccount(setting.world, browser, person.authenticator);
    expect(browser.cookiesOf(setting.world.issuer).get(cookie)).not.toBe(value);
    expect(await withCookie(value)).toBe(false);
  });

  test("ends when the certificate is revoked", async () => {
    const { world } = setting;
    const doomed = await enrolledPerson(world, "next-generation");
    expect(await hasAccountSession(doomed.browser, world)).toBe(true);
    await world.jlis.personas.operate("next-generation", "revoke");
    world.advance(10);
    // The visit that finds it out ends everything; nothing is left for the next one.
    await account(doomed.browser);
    expect(await hasAccountSession(doomed.browser, world)).toBe(false);
  });
});

describe("two removals at once", () => {
  test("leave one passkey", async () => {
    const { world } = setting;
    const first = await enrolledPerson(world, "renewed");
    const second = await enrolledPerson(world, "renewed");
    const page = await account(second.browser);
    const paths = [await passkeyId(first), await passkeyId(second)].map((id) => `/account/passkeys/${id}/remove`);
    const headers = { accept: "text/html", origin: new URL(world.issuer).origin, "sec-fetch-site": "same-origin" };
    await Promise.all(paths.map((path) => second.browser.request(`${world.issuer}${path}`, { method: "POST", body: new URLSearchParams({ csrf: csrfOf(page) }), headers })));
    const left = await world.bridge.storage.read.passkey.count({ where: { id: { in: paths.map((path) => path.split("/")[3] ?? "") }, state: "active" } });
    expect(left).toBe(1);
  });
});
