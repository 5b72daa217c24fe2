import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, type Stage, type TestBrowser } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, useDemoPhone } from "./steps.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

async function enrol(persona: string): Promise<TestBrowser> {
  const browser = await stage.newBrowser({ phone: true });
  await begin(stage, browser);
  await chooseDevice(browser, "same");
  await browser.page.locator("a[data-app-link]").click();
  await useDemoPhone(browser.page, persona);
  await allow(browser);
  await expectClaims(browser, { ial: "3", aal: "3" });
  return browser;
}

const subject = async ({ page }: TestBrowser): Promise<string> => String(await page.locator('[data-claim="sub"]').first().textContent());

test("sign in as somebody else in the same browser, where the first person is connected too", async () => {
  const first = await enrol("good-phone");
  const second = await enrol("good-card");
  const before = await subject(first);
  await first.authenticator.replaceBy(second.authenticator);
  await first.page.goto(stage.sandbox.demoService.origin);
  await first.page.locator('details:has(input[name="prompt"]) summary').click();
  await first.page.locator('input[name="prompt"]').check();
  await first.page.locator('form[action^="/login"] button[type="submit"]').click();
  await first.page.locator("[data-sign-in]").click();
  await expectClaims(first, { ial: "3", aal: "2" });
  expect(await subject(first)).toBe(await subject(second));
  expect(await subject(first)).not.toBe(before);
  expect(first.complaints).toEqual([]);
});
