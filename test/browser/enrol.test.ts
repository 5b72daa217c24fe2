import { afterAll, beforeAll, expect, test } from "vitest";
import { VirtualAuthenticator } from "../../src/sandbox/demo/chromium.ts";
import { openStage, picture, seriousFindings, type Stage } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, shownNumber, useDemoPhone } from "./steps.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test("on one device: from the service to the phone and back, signed in at ial 3 and aal 3", async () => {
  const person = await stage.newBrowser({ phone: true });
  const { page } = person;
  await begin(stage, person);
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "sign-in.phone");
  await page.locator('a[href$="/enrolment"]').click();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "enrol-start.phone");
  await page.locator('button[name="device"][value="same"]').click();
  await picture(page, "enrol-same-device.phone");
  await page.locator("a[data-app-link]").click();
  await picture(page, "phone.phone");
  await useDemoPhone(page, "good-phone");
  await page.waitForURL(/\/interaction\//);
  await page.locator('form[action$="/consent"]').waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "consent.phone");
  await allow(person);
  await expectClaims(person, { ial: "3", aal: "3", fal: "3" });
  await picture(page, "demo-claims.phone");
  expect(person.complaints).toEqual([]);
});

test("with a QR code on two browsers: the one that began signs in by the new passkey", async () => {
  const desk = await stage.newBrowser();
  await begin(stage, desk);
  await picture(desk.page, "sign-in.desktop");
  await chooseDevice(desk, "other");
  expect(await seriousFindings(desk.page)).toEqual([]);
  await picture(desk.page, "enrol-qr.desktop");
  const link = await desk.page.locator("a[data-app-link]").first().getAttribute("href");

  const phone = await stage.newBrowser({ phone: true });
  await phone.page.goto(String(link));
  await useDemoPhone(phone.page, "good-card", {
    number: async () => {
      const number = await shownNumber(desk.page);
      await picture(desk.page, "enrol-number.desktop");
      await picture(phone.page, "phone-number.phone");
      return number;
    },
  });
  await phone.page.locator('[data-when~="done"]').waitFor();
  await picture(phone.page, "phone-done.phone");
  expect(await phone.authenticator.credentialIds()).toHaveLength(1);

  const done = desk.page.locator('[data-when~="complete"] a');
  await done.waitFor();
  await picture(desk.page, "enrol-done.desktop");
  // Nothing but the passkey signs this browser in: it is asked for one.
  await phone.authenticator.copyTo(desk.authenticator);
  await done.click();
  await desk.page.locator("[data-sign-in]").click();
  await allow(desk);
  await expectClaims(desk, { ial: "3", aal: "2", fal: "3" });
  expect([...desk.complaints, ...phone.complaints]).toEqual([]);
});

test("the passkey made in the phone's browser instead: it counts once the app has its number", async () => {
  const phone = await stage.newBrowser({ phone: true });
  const { page } = phone;
  await begin(stage, phone);
  await chooseDevice(phone, "same");
  await page.locator("a[data-app-link]").click();
  await useDemoPhone(page, "next-generation", { passkey: false });
  await page.locator("[data-use-browser]").click();
  const [tab] = await Promise.all([phone.context.waitForEvent("page"), page.locator("[data-continuation]").click()]);
  tab.setDefaultTimeout(10_000);
  await VirtualAuthenticator.attach(tab);
  await tab.locator("button.primary").first().click();
  const shown = tab.locator("[data-number]");
  await shown.filter({ hasText: /\d{3}/ }).waitFor();
  expect(await seriousFindings(tab)).toEqual([]);
  await picture(tab, "enrol-continue.phone");
  await page.locator("#confirm-number").fill("000000");
  await page.locator('[data-confirm-form] button[type="submit"]').click();
  await page.getByText("not right").first().waitFor();
  await page.locator("#confirm-number").fill((await shown.innerText()).replace(/\D/g, ""));
  await page.locator('[data-confirm-form] button[type="submit"]').click();
  await allow(phone);
  await expectClaims(phone, { ial: "3", aal: "3" });
});
