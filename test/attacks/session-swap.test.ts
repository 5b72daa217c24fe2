import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { HttpBrowser } from "../support/http-browser.ts";
import { newPerson } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { expectNoSession, expectRefused, expectRefusedPage, hasAccountSession, type Opened, openAtAccount, openAtService, poll, provedDevice, returnCodeOf, script, type Setting, startSetting } from "./setting.ts";
import { transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
let party: TestRelyingParty;
beforeAll(async () => {
  setting = await startSetting();
  party = await registerRelyingParty(setting.world);
});
afterAll(() => setting.close());

const places = [
  ["a service", () => openAtService(party, "other"), () => openAtService(party, "same")],
  ["the account page", () => openAtAccount(setting.world, "other"), () => openAtAccount(setting.world, "same")],
] as const;

const baseOf = ({ progress }: Opened): string => new URL(progress.url).pathname.replace(/\/enrolment\/.*/, "");

describe.each(places)("session swap at %s: the attacker opens, the victim's phone completes", (_place, openOther, openSame) => {
  test("QR code: polling tells the end and gives nothing, the resume URL is refused", async () => {
    const { world } = setting;
    const attacker = await openOther();
    const { device } = await provedDevice(world, attacker);
    const made = await device.makePasskey(newPerson().authenticator);
    expect(made.body).toEqual({ next: "done" });

    const { body } = await poll(attacker.person.browser, attacker.progress);
    expect(body).toEqual({ state: "complete" });
    const resume = await unchangedBy(world, () => attacker.person.browser.open(`${world.issuer}${baseOf(attacker)}/resume/${attacker.transaction}`));
    expectRefusedPage(resume, "transaction_wrong_state");
    const guessed = { txn: attacker.transaction, code: toBase64Url(randomBytes(32)) };
    expectRefused(await unchangedBy(world, () => script(attacker.person.browser, world, "/enrolment/return", guessed)), "return_code_invalid");
    expect(await transactionState(world, attacker.transaction)).toBe("complete");
    await expectNoSession(attacker.person.browser, world, party);
  });

  test("link for this device: the code lands in the victim's browser and opens nothing anywhere", async () => {
    const { world } = setting;
    const attacker = await openSame();
    const victim = new HttpBrowser();
    const { device } = await provedDevice(world, attacker);
    const returned = returnCodeOf(await device.makePasskey(newPerson().authenticator));
    expectRefused(await unchangedBy(world, () => script(victim, world, "/enrolment/return", returned)), "return_code_invalid");

    expect((await poll(attacker.person.browser, attacker.progress)).body).toEqual({ state: "complete" });
    for (const path of [`${baseOf(attacker)}/resume/${attacker.transaction}`, `/account/resume/${attacker.transaction}`]) {
      const resume = await unchangedBy(world, () => attacker.person.browser.open(`${world.issuer}${path}`));
      expectRefusedPage(resume, "transaction_wrong_state");
    }
    await expectNoSession(victim, world, party);
    await expectNoSession(attacker.person.browser, world, party);
  });

  test("the attacker's polling never shows more than the state and the number", async () => {
    const { world } = setting;
    const attacker = await openOther();
    const { device } = await provedDevice(world, attacker);
    const { body } = await poll(attacker.person.browser, attacker.progress);
    expect(body).toEqual({ state: "proved" });
    await device.post("cancel");
    await expectNoSession(attacker.person.browser, world, party);
  });
});

describe("another browser than the opener's", () => {
  const attempts: readonly [string, (opening: Opened) => string][] = [
    ["progress page", ({ progress }) => progress.url],
    ["status", ({ progress }) => `${progress.url}/status`],
    ["resume", ({ transaction }) => `${setting.world.issuer}/account/resume/${transaction}`],
  ];
  test.each(attempts)("reads nothing: %s", async (name, urlOf) => {
    const { world } = setting;
    const opening = await openAtAccount(world, "other");
    await provedDevice(world, opening);
    const browser = new HttpBrowser();
    await browser.open(`${world.issuer}/account/enrolment`);
    const answer = await unchangedBy(world, () => browser.open(urlOf(opening)));
    expectRefusedPage(answer, name === "resume" ? "return_code_invalid" : "transaction_unknown");
    expect(answer.text).not.toContain("secret=");
  });

  test("cannot cancel", async () => {
    const { world } = setting;
    const opening = await openAtAccount(world, "other");
    const browser = new HttpBrowser();
    const page = await browser.open(`${world.issuer}/account/enrolment`);
    const answer = await unchangedBy(world, () => browser.submit(page, `/account/enrolment/${opening.transaction}/cancel`));
    expectRefusedPage(answer, "transaction_unknown");
  });

  test("cannot open the interaction of somebody else by its address", async () => {
    const opening = await openAtService(party, "other");
    const answer = await unchangedBy(setting.world, () => new HttpBrowser().open(opening.page.url));
    expectRefusedPage(answer, "interaction_expired");
  });
});

describe("the return code", () => {
  interface Completed extends Opened {
    readonly returned: { readonly txn: string; readonly code: string };
  }
  const completed = async (): Promise<Completed> => {
    const opening = await openAtAccount(setting.world, "same");
    const { device } = await provedDevice(setting.world, opening);
    return { ...opening, returned: returnCodeOf(await device.makePasskey(newPerson().authenticator)) };
  };
  type Redemption = { browser: HttpBrowser; txn: string; code: string };
  const rows: readonly [string, (done: Completed) => Promise<Redemption> | Redemption][] = [
    ["in a new browser", ({ returned }) => ({ browser: new HttpBrowser(), ...returned })],
    ["in a browser with a transaction of its own", async ({ returned }) => ({ browser: (await openAtAccount(setting.world, "same")).person.browser, ...returned })],
    ["guessed", ({ person, returned }) => ({ browser: person.browser, txn: returned.txn, code: toBase64Url(randomBytes(32)) })],
    ["with its last character changed", ({ person, returned }) => ({ browser: person.browser, txn: returned.txn, code: returned.code.slice(0, -1) + (returned.code.endsWith("A") ? "E" : "A") })],
    ["cut short", ({ person, returned }) => ({ browser: person.browser, txn: returned.txn, code: returned.code.slice(0, 20) })],
    ["of another transaction", async ({ person, returned }) => ({ browser: person.browser, txn: returned.txn, code: (await completed()).returned.code })],
    ["for a transaction of the same browser", async ({ person, returned }) => ({ browser: person.browser, txn: (await openAtAccount(setting.world, "same", person)).transaction, code: returned.code })],
  ];
  test.each(rows)("is refused %s", async (_name, make) => {
    const { world } = setting;
    const done = await completed();
    const { browser, txn, code } = await make(done);
    const answer = await unchangedBy(world, () => script(browser, world, "/enrolment/return", { txn, code }));
    expectRefused(answer, "return_code_invalid");
    await expectNoSession(browser, world);
    expect(await transactionState(world, done.transaction)).toBe("complete");
  });

  test("counts once; the resume URL too", async () => {
    const { world } = setting;
    const { person, returned } = await completed();
    const answers = await Promise.all(Array.from({ length: 20 }, () => script(person.browser, world, "/enrolment/return", returned)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectRefused(answer, "return_code_invalid");
    const location = new URL(String(answers.find(({ status }) => status === 200)?.body["location"]), world.issuer);
    const resumed = await Promise.all(Array.from({ length: 20 }, () => person.browser.request(location.href)));
    expect(resumed.filter(({ status }) => status === 303)).toHaveLength(1);
    for (const answer of resumed.filter(({ status }) => status !== 303)) expectRefusedPage(answer, "transaction_unknown");
    expect(await hasAccountSession(person.browser, world)).toBe(true);
  });

  test("is too late after the transaction's end", async () => {
    const { world } = setting;
    const { person, returned } = await completed();
    world.advance(301);
    expectRefused(await unchangedBy(world, () => script(person.browser, world, "/enrolment/return", returned)), "return_code_invalid");
    await expectNoSession(person.browser, world);
  });

  test("was in time, but the resume URL is opened after the transaction's end", async () => {
    const { world } = setting;
    const { person, returned, transaction } = await completed();
    expect((await script(person.browser, world, "/enrolment/return", returned)).status).toBe(200);
    world.advance(301);
    expectRefusedPage(await unchangedBy(world, () => person.browser.open(`${world.issuer}/account/resume/${transaction}`)), "transaction_expired");
    await expectNoSession(person.browser, world);
  });
});
