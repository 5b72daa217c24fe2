import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { enterUserCode, postDevice, signInDevice, startDevice } from "../support/decoupled.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { enrolOnPhone, linkOf, newPerson, numberIn, openEnrolment, type Person, plain, signInWithPasskey } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import type { World } from "../support/world.ts";
import { connectedPerson, registerDecoupled } from "./decoupled-setting.ts";
import { expectRefusedPage, type Setting, startSetting } from "./setting.ts";

let setting: Setting;
let world: World;
let party: TestRelyingParty;
let person: Person;
beforeAll(async () => {
  setting = await startSetting();
  ({ world } = setting);
  party = await registerDecoupled(world);
  ({ person } = await connectedPerson(world, "good-phone", party));
});
afterEach(() => void vi.restoreAllMocks());
afterAll(() => setting.close());

describe("a user code", () => {
  test("is not found by guessing: after ten wrong ones a network waits, also with the right one", async () => {
    const guessing = await startSetting();
    const guesser = newPerson();
    const decoupled = await registerDecoupled(guessing.world);
    const { userCode } = await startDevice(decoupled);
    const page = await guesser.browser.open(`${guessing.world.issuer}/device`);
    // Each wrong page brings the token for the next.
    let last = page;
    for (let guess = 0; guess < 10; guess += 1) {
      last = await postDevice(guesser, last, { user_code: `BBBB-BBB${"BCDFGHJKLM"[guess] ?? ""}` });
      expect(last.status).toBe(400);
      expect(plain(last.text)).toContain("That code is not right");
    }
    expectRefusedPage(await postDevice(guesser, last, { user_code: userCode }), "rate_limited");
    expectRefusedPage(await postDevice({ ...guesser, browser: new HttpBrowser() }, page, { user_code: userCode }), "rate_limited");
    await guessing.close();
  });

  test("that somebody was sent shows whose device it is, and asks again, before anything else", async () => {
    const { userCode } = await startDevice(party);
    const page = await enterUserCode(world, person, userCode);
    expect(plain(page.text)).toMatch(/Service \d+.*localhost:4\d{3}.*Did somebody give you this code\?/);
    expect(page.text).not.toContain("/passkey/options");
  });

  test("cannot be confirmed from another site", async () => {
    const { userCode, poll } = await startDevice(party);
    const form = new URLSearchParams({ user_code: userCode, confirm: "yes", xsrf: "0".repeat(48) });
    const answer = await person.browser.request(`${world.issuer}/device`, { method: "POST", body: form, headers: { accept: "text/html", origin: "https://attacker.example", "sec-fetch-site": "cross-site" } });
    expect(answer.status).toBe(400);
    expect(await poll()).toEqual({ error: "authorization_pending" });
  });

  test("is taken up by one of two who confirm it at once", async () => {
    const { userCode } = await startDevice(party);
    const people = [person, { ...person, browser: new HttpBrowser() }, { ...person, browser: new HttpBrowser() }];
    const pages = await Promise.all(people.map((each) => enterUserCode(world, each, userCode)));
    const answers = await Promise.all(people.map((each, index) => postDevice(each, pages[index] ?? expect.fail("no page"), { user_code: userCode, confirm: "yes" })));
    expect(answers.filter(({ text }) => text.includes("/passkey/options"))).toHaveLength(1);
  });

  test("is worth nothing a second time", async () => {
    const { userCode, poll } = await startDevice(party);
    await signInDevice(world, person, userCode);
    expect(plain((await enterUserCode(world, { ...person, browser: new HttpBrowser() }, userCode)).text)).toContain("This code was used already");
    expect(await poll()).toHaveProperty("claims");
    expect(await poll()).toEqual({ error: "invalid_grant" });
  });

  test("that is over says so to the person and to the device", async () => {
    const { userCode, poll } = await startDevice(party);
    const later = Date.now() + 601_000;
    vi.spyOn(Date, "now").mockImplementation(() => later);
    expect(plain((await enterUserCode(world, person, userCode)).text)).toContain("This code has expired");
    expect(await poll()).toEqual({ error: "expired_token" });
  });
});

describe("a device code", () => {
  test("that is asked for too soon: slow_down, until it waits", async () => {
    const { poll } = await startDevice(party);
    expect(await poll()).toEqual({ error: "authorization_pending" });
    expect(await poll()).toEqual({ error: "slow_down" });
    world.advance(5);
    expect(await poll()).toEqual({ error: "authorization_pending" });
  });

  test("is of no use to another client", async () => {
    const { deviceCode, userCode, poll } = await startDevice(party);
    await signInDevice(world, person, userCode);
    const { genericGrantRequest } = await import("openid-client");
    const other = await registerDecoupled(world);
    await expect(genericGrantRequest(other.config, "urn:ietf:params:oauth:grant-type:device_code", { device_code: deviceCode })).rejects.toMatchObject({ error: "invalid_grant" });
    expect(await poll()).toHaveProperty("claims");
  });

  test("is given to no client that did not register for it", async () => {
    const plainParty = await registerRelyingParty(world);
    await expect(startDevice(plainParty)).rejects.toMatchObject({ error: "invalid_request" });
  });
});

describe("the person whose certificate falls between the sign-in and the token", () => {
  const falls = [["revoke", "good-card"], ["hold", "next-generation"]] as const;
  test.each(falls)("%s: the device gets nothing", async (operation, persona) => {
    const { person: falling } = await connectedPerson(world, persona, party);
    const { userCode, poll } = await startDevice(party);
    await signInDevice(world, falling, userCode);
    await world.jlis.personas.operate(persona, operation);
    world.advance(600);
    expect(await poll()).toEqual({ error: "invalid_grant" });
  });
});

test("an enrolment on another phone signs in no device: whoever sent the code could have had it scanned", async () => {
  const victim = newPerson("new-phone");
  const { userCode, poll } = await startDevice(party);
  const page = await postDevice(victim, await enterUserCode(world, victim, userCode), { user_code: userCode, confirm: "yes" });
  const progress = await openEnrolment(victim, page, "other");
  expect((await enrolOnPhone(world, victim, linkOf(progress), () => numberIn(victim, progress))).next).toBe("done");
  const resumed = await victim.browser.open(progress.url.replace("/enrolment/", "/resume/"));
  expectRefusedPage(resumed, "transaction_wrong_state");
  expect(await poll()).toEqual({ error: "authorization_pending" });
});

test("a person on hold signs in no device", async () => {
  const { person: held, subject } = await connectedPerson(world, "good-phone", party);
  const { userCode, poll } = await startDevice(party);
  const confirm = await enterUserCode(world, held, userCode);
  const page = await postDevice(held, confirm, { user_code: userCode, confirm: "yes" });
  await world.bridge.storage.transaction(async ({ data }) => {
    const { personId } = await data.pairwiseSubject.findUniqueOrThrow({ where: { subject } });
    await data.person.update({ where: { id: personId }, data: { state: "held" } });
  });
  await expect(signInWithPasskey(world, held, page)).rejects.toThrow("person_on_hold");
  expect(await poll()).toEqual({ error: "authorization_pending" });
});
