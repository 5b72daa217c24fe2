import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumAuthenticator } from "../../src/sandbox/fido/models.ts";
import { openStage, seriousFindings, type Stage } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, useDemoPhone } from "./steps.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test("a passkey that cannot leave its device, attested by what a browser really sends: AAL 3 by passkey alone, until metadata calls its model compromised", async () => {
  const person = await stage.newBrowser({ phone: true, synced: false });
  const { page } = person;
  await begin(stage, person);
  await chooseDevice(person, "same");
  await page.locator("a[data-app-link]").click();
  await useDemoPhone(page, "good-phone");
  await allow(person);
  await expectClaims(person, { ial: "3", aal: "3" });

  const byPasskeyAlone = async (aal: string): Promise<void> => {
    await person.context.clearCookies();
    await begin(stage, person);
    await page.locator("[data-sign-in]").click();
    await expectClaims(person, { ial: "3", aal });
  };
  await byPasskeyAlone("3");

  await page.goto(`${stage.sandbox.issuer}/account`);
  await page.locator("[data-sign-in]").click();
  await page.getByText("Virtual authenticator of Chromium").waitFor();
  const icon = page.locator(`img[src="/authenticators/${chromiumAuthenticator}/icon"]`);
  expect(await icon.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(24);

  await stage.sandbox.fido.report(chromiumAuthenticator, "USER_VERIFICATION_BYPASS");
  await stage.sandbox.bridge.metadata.refresh();
  await page.reload();
  await page.getByText("A weakness of this model has been reported").waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await byPasskeyAlone("2");
  expect(person.complaints).toEqual([]);
});
