import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, picture, seriousFindings, type Stage, type TestBrowser } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, useDemoPhone } from "./steps.ts";

let stage: Stage;
/** The phone on which the person enrolled: its passkey is synced. */
let first: TestBrowser;
beforeAll(async () => {
  stage = await openStage();
  first = await stage.newBrowser({ phone: true });
  await begin(stage, first);
  await chooseDevice(first, "same");
  await first.page.locator("a[data-app-link]").click();
  await useDemoPhone(first.page, "good-phone");
  await allow(first);
  await expectClaims(first, { ial: "3", aal: "3" });
});
afterAll(() => stage.close());

async function withSyncedPasskey(options: { phone?: boolean; autofill?: boolean } = {}): Promise<TestBrowser> {
  const browser = await stage.newBrowser(options);
  await first.authenticator.copyTo(browser.authenticator);
  return browser;
}

test("sign in again in a new browser by the button", async () => {
  const person = await withSyncedPasskey();
  await begin(stage, person);
  await person.page.locator("[data-sign-in]").click();
  await expectClaims(person, { ial: "3", aal: "2", fal: "3" });
  expect(person.complaints).toEqual([]);
});

test("sign in again by the browser's autofill, without touching anything", async () => {
  const person = await withSyncedPasskey({ autofill: true });
  await begin(stage, person);
  await expectClaims(person, { ial: "3", aal: "2" });
});

test("step up from the synced passkey to a live JPKI signature on this device", async () => {
  const person = await withSyncedPasskey({ phone: true });
  await begin(stage, person, "urn:jpki-bridge:ial3-aal3");
  await person.page.locator("[data-sign-in]").click();
  await person.page.locator('form[action$="/step-up"]').waitFor();
  expect(await seriousFindings(person.page)).toEqual([]);
  await picture(person.page, "step-up.phone");
  await person.page.locator('button[name="device"][value="same"]').click();
  await person.page.locator("a[data-app-link]").click();
  await useDemoPhone(person.page, "good-phone", { passkey: false });
  await expectClaims(person, { ial: "3", aal: "3" });
  expect(person.complaints).toEqual([]);
});

test("somebody else's certificate does not step up this session", async () => {
  const person = await withSyncedPasskey({ phone: true });
  await begin(stage, person, "urn:jpki-bridge:ial3-aal3");
  await person.page.locator("[data-sign-in]").click();
  await person.page.locator('button[name="device"][value="same"]').click();
  await person.page.locator("a[data-app-link]").click();
  await useDemoPhone(person.page, "good-card", { passkey: false });
  await person.page.getByText("belongs to another person").waitFor();
  await picture(person.page, "phone-refused.phone");
});

test("sign out at the service ends the session at the bridge and comes back", async () => {
  const person = await withSyncedPasskey();
  await begin(stage, person);
  await person.page.locator("[data-sign-in]").click();
  await expectClaims(person, { ial: "3" });
  await person.page.locator('form[action^="/sign-out"] button').click();
  await person.page.locator('button[name="logout"], form[action^="/sign-out"] button[type="submit"]').first().waitFor();
  expect(await seriousFindings(person.page)).toEqual([]);
  await picture(person.page, "sign-out-confirm.desktop");
  await person.page.locator('button[value="yes"]').click();
  await person.page.waitForURL(`${stage.sandbox.demoService.origin}/**`);
  await begin(stage, person);
  await person.page.locator("[data-sign-in]").waitFor();
  expect(person.complaints).toEqual([]);
});

test("a revoked person is refused in plain words, in both languages", async () => {
  await stage.sandbox.jlis.personas.operate("good-phone", "revoke");
  // The sandbox asks for the status again after two seconds.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  const person = await withSyncedPasskey({ phone: true });
  await begin(stage, person);
  await person.page.locator("[data-sign-in]").click();
  await person.page.getByText("This certificate has been revoked").first().waitFor();
  expect(await seriousFindings(person.page)).toEqual([]);
  await picture(person.page, "refused.phone");
  await person.page.locator("[data-language]").click();
  await person.page.getByText("この電子証明書は失効しています").first().waitFor();
  await picture(person.page, "refused-ja.phone");
  await person.page.locator('form[action$="/give-up"] button').click();
  await person.page.waitForURL(`${stage.sandbox.demoService.origin}/**`);
  expect(person.complaints).toEqual([]);
});
