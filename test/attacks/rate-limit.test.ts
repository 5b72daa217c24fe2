import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DpopKey } from "@jpki-bridge/client-sdk";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { type Answer, csrfOf, HttpBrowser } from "../support/http-browser.ts";
import { Device } from "./device.ts";
import { expectRefused, expectRefusedPage, openAtAccount, type Setting, startSetting } from "./setting.ts";
import { transactionState, unchangedBy } from "./state.ts";

type Limits = { readonly requests_per_minute: number; readonly sensitive_per_minute: number; readonly total_per_second: number };
const within = (limits: Limits) => (file: Parameters<NonNullable<Parameters<typeof startSetting>[0]>>[0]) => ({ ...file, limits });
const retryAfter = (headers: Headers): number => Number(headers.get("retry-after"));

function expectWait(headers: Headers): void {
  expect(retryAfter(headers)).toBeGreaterThanOrEqual(1);
  expect(retryAfter(headers)).toBeLessThanOrEqual(60);
}

describe("six requests of an address that start or prove something", () => {
  let setting: Setting;
  let device: Device;
  beforeAll(async () => {
    setting = await startSetting(within({ requests_per_minute: 10_000, sensitive_per_minute: 6, total_per_second: 10_000 }));
    device = await Device.open(setting.world, (await openAtAccount(setting.world, "other")).link);
    await device.claim();
    for (let guess = 0; guess < 4; guess += 1) await device.post("statement", { number: ["xx"] });
  });
  afterAll(() => setting.close());

  const steps = ["statement", "proof", "passkey/options", "passkey", "continuation", "confirm", "status", "cancel"];
  test.each(steps)("the app's %s is refused then: 429 with Retry-After, and uses up nothing", async (step) => {
    const { world } = setting;
    const answer = await unchangedBy(world, () => device.post(step, { number: "00" }));
    expectRefused(answer, "rate_limited");
    expectWait(answer.headers);
    expect(await transactionState(world, device.transaction)).toBe("claimed");
  });

  const spoofs: readonly Record<string, string>[] = [
    { "x-forwarded-for": "203.0.113.7" }, { forwarded: "for=203.0.113.7" }, { "x-real-ip": "203.0.113.7" }, { "x-client-ip": "203.0.113.7" },
    { "true-client-ip": "203.0.113.7" }, { "cf-connecting-ip": "203.0.113.7" }, { "x-forwarded-for": "203.0.113.7, 127.0.0.1" },
  ];
  test.each(spoofs)("is not evaded by an address of one's own choice: %j", async (headers) => {
    const dpop = await (await DpopKey.generate()).prove({ method: "POST", url: device.url("claim"), now: setting.world.now() });
    const response = await fetch(device.url("claim"), { method: "POST", body: "{}", headers: { "content-type": "application/json", dpop, ...headers } });
    expect(response.status).toBe(429);
  });

  test.each([["a page's form", "/account/enrolment"], ["a page's script", "/account/passkey/options"], ["a path nobody serves", "/account/nothing"], ["a continuation", "/enrolment/continue"]])("%s is refused too", async (_name, path) => {
    const page = await new HttpBrowser().open(`${setting.world.issuer}/account/enrolment`);
    const answer = await new HttpBrowser().submit(page, path, { device: "other" });
    expectRefusedPage(answer, "rate_limited");
    expectWait(answer.headers);
  });

  test("reading goes on", async () => {
    for (const path of ["/", "/account", "/healthz", "/.well-known/openid-configuration"]) expect((await new HttpBrowser().open(`${setting.world.issuer}${path}`)).status).toBe(200);
  });
});

describe("twelve requests of an address", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting(within({ requests_per_minute: 12, sensitive_per_minute: 6, total_per_second: 10_000 }));
    const browser = new HttpBrowser();
    for (let request = 0; request < 12; request += 1) await browser.request(`${setting.world.issuer}/account`);
    // The file's check on secrets needs something that passed.
    setting.secrets.note(...Array.from({ length: 60 }, () => crypto.randomUUID()));
  });
  afterAll(() => setting.close());

  const reads: readonly [string, string][] = [["home", "/"], ["the account page", "/account"], ["discovery", "/.well-known/openid-configuration"], ["keys", "/jwks"], ["authorize", "/authorize?client_id=x"], ["nothing", "/nothing"], ["sign-out", "/sign-out"]];
  test.each(reads)("%s is refused then, as a page in one's language", async (_name, path) => {
    for (const locale of ["en", "ja"] as const) {
      const answer = await unchangedBy(setting.world, () => new HttpBrowser(locale).request(`${setting.world.issuer}${path}`, { headers: { accept: "text/html" } }));
      expectRefusedPage(answer, "rate_limited", locale);
      expectWait(answer.headers);
    }
  });

  const calls: readonly [string, string, RequestInit][] = [
    ["token", "/token", { method: "POST", body: new URLSearchParams({ grant_type: "authorization_code" }) }],
    ["par", "/par", { method: "POST", body: new URLSearchParams({ client_id: "x" }) }],
    ["introspect", "/introspect", { method: "POST", body: new URLSearchParams({ token: "x" }) }],
    ["userinfo", "/userinfo", {}],
  ];
  test.each(calls)("%s is refused then, as JSON", async (_name, path, init) => {
    const response = await unchangedBy(setting.world, () => fetch(`${setting.world.issuer}${path}`, { ...init, headers: { accept: "application/json", "accept-language": "en" } }));
    expectRefused({ status: response.status, body: (await response.json()) as Record<string, unknown> }, "rate_limited");
    expectWait(response.headers);
  });

  test.each(["//phishing.example/page", "//phishing.example"])("the page's way to try again does not lead to %s", async (path) => {
    const answer = await fetch(`${setting.world.issuer}${path}`, { headers: { accept: "text/html" } });
    expect(answer.status).toBe(429);
    expect(await answer.text()).not.toMatch(/href="\/[/\\]/);
  });

  test("probes go on", async () => {
    for (const path of ["/healthz", "/readyz"]) expect((await fetch(`${setting.world.issuer}${path}`)).status).toBe(200);
  });
});

describe("in all", () => {
  test("more a second than the bridge takes: 503 with Retry-After", async () => {
    const setting = await startSetting(within({ requests_per_minute: 10_000, sensitive_per_minute: 10_000, total_per_second: 3 }));
    setting.secrets.note(...Array.from({ length: 60 }, () => crypto.randomUUID()));
    const responses = await Promise.all(Array.from({ length: 30 }, () => fetch(`${setting.world.issuer}/account`, { headers: { accept: "application/json" } })));
    const refused = responses.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(15);
    for (const response of refused) {
      expect(response.status).toBe(catalogue.service_unavailable.status);
      expect(((await response.json()) as { error: ErrorCode }).error).toBe("service_unavailable");
      expectWait(response.headers);
    }
    await setting.close();
  });

  test("more open transactions than the bridge keeps: transaction_too_many, until they end", async () => {
    const setting = await startSetting((file) => ({ ...file, enrolment: { ...file.enrolment, maximum_open: 2 } }));
    const { world } = setting;
    for (let opened = 0; opened < 2; opened += 1) await openAtAccount(world, "other");
    const browser = new HttpBrowser();
    const page = await browser.open(`${world.issuer}/account/enrolment`);
    const answer = await unchangedBy(world, () => browser.submit(page, "/account/enrolment", { device: "other" }));
    expectRefusedPage(answer, "transaction_too_many");
    expectWait(answer.headers);
    world.advance(301);
    expect((await openAtAccount(world, "other")).link).toContain("#iss=");
    await setting.close();
  });

  test("cancelled transactions keep nobody out", async () => {
    const setting = await startSetting((file) => ({ ...file, enrolment: { ...file.enrolment, maximum_open: 2 } }));
    const { world } = setting;
    for (let opened = 0; opened < 6; opened += 1) {
      const { person, progress } = await openAtAccount(world, "other");
      await person.browser.submit(progress, `${new URL(progress.url).pathname}/cancel`);
    }
    expect((await openAtAccount(world, "other")).link).toContain("#iss=");
    await setting.close();
  });

  test("more open transactions of one network than it may have: its own limit, not the others'", async () => {
    const setting = await startSetting((file) => ({ ...file, listen: { ...file.listen, trusted_proxies: 1 }, enrolment: { ...file.enrolment, maximum_open_per_network: 2 } }));
    const { world } = setting;
    const open = async (address: string): Promise<Answer> => {
      const browser = new HttpBrowser();
      const headers = { "x-forwarded-for": address, accept: "text/html", "accept-language": "en" };
      const page = await browser.open(`${world.issuer}/account/enrolment`, { headers });
      const body = new URLSearchParams({ device: "other", csrf: csrfOf(page) });
      return browser.open(`${world.issuer}/account/enrolment`, { method: "POST", headers, body });
    };
    const refused = async (address: string): Promise<boolean> => (await open(address)).status === catalogue.transaction_too_many.status;
    const network = ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3"];
    const answers = [];
    for (const address of [...network, "2001:db8:1:3::1", "203.0.113.1"]) answers.push(await refused(address));
    expect(answers).toEqual([false, false, true, false, false]);
    await setting.close();
  });
});
