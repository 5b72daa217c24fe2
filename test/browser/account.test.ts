import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, picture, seriousFindings, type Stage, type TestBrowser } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, shownNumber, useDemoPhone } from "./steps.ts";

let stage: Stage;
let person: TestBrowser;
beforeAll(async () => {
  stage = await openStage();
  person = await stage.newBrowser({ phone: true });
  await begin(stage, person);
  await chooseDevice(person, "same");
  await person.page.locator("a[data-app-link]").click();
  await useDemoPhone(person.page, "good-phone");
  await allow(person);
  await expectClaims(person, { ial: "3", aal: "3" });
});
afterAll(() => stage.close());

test("sign in to the account page by passkey and see passkey, certificate and service", async () => {
  const { page } = person;
  await page.goto(`${stage.sandbox.issuer}/account`);
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "account-sign-in.phone");
  await page.locator("[data-sign-in]").click();
  await page.getByRole("heading", { name: "Passkeys" }).waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "account.phone");
  expect(await page.locator('a[href$="/remove"]').count()).toBe(0);
  expect(await page.locator('a[href^="/account/services/"]').count()).toBe(1);
});

test("rename a passkey; a My Number is refused as a name", async () => {
  const { page } = person;
  const open = async (): Promise<void> => {
    const summary = page.locator("details:has(form[action*='/rename']) summary").first();
    if ((await summary.count()) > 0) await summary.click();
  };
  await open();
  await page.locator('form[action*="/rename"] input[name="name"]').fill("My phone");
  await page.locator('form[action*="/rename"] button').click();
  await page.getByText("My phone").first().waitFor();
  await open();
  await page.locator('form[action*="/rename"] input[name="name"]').fill("123456789018");
  await page.locator('form[action*="/rename"] button').click();
  await page.getByText("My Number").first().waitFor();
  await page.goto(`${stage.sandbox.issuer}/account`);
  await page.getByText("My phone").first().waitFor();
});

test("a second passkey on another phone, then removing it: the browser is told to forget it", async () => {
  const { page } = person;
  const phone = await stage.newBrowser({ phone: true });
  await page.locator('a[href="/account/enrolment"]').first().click();
  await page.locator('button[name="device"][value="other"]').click();
  const link = await page.locator("a[data-app-link]").first().getAttribute("href");
  await phone.page.goto(String(link));
  await useDemoPhone(phone.page, "good-phone", { number: () => shownNumber(page) });
  await phone.page.locator('[data-when~="done"]').waitFor();
  await page.goto(`${stage.sandbox.issuer}/account`);
  expect(await page.locator('a[href$="/remove"]').count()).toBe(2);
  await picture(page, "account-two-passkeys.phone");

  const removedId = (await phone.authenticator.credentialIds())[0];
  await page.addInitScript(() => {
    const calls: unknown[] = [];
    Object.assign(window, { signalled: calls });
    Object.assign(PublicKeyCredential, {
      signalUnknownCredential: async (options: unknown) => void calls.push(options),
      signalAllAcceptedCredentials: async () => undefined,
    });
  });
  await page.locator('a[href$="/remove"]').last().click();
  await page.getByRole("button", { name: "Remove this passkey" }).click();
  await page.waitForURL(/notice=removed/);
  await page.waitForFunction(() => document.readyState === "complete");
  expect(await page.locator('a[href$="/remove"]').count()).toBe(0);
  await expect.poll(() => page.evaluate("window.signalled")).toEqual([{ rpId: "localhost", credentialId: removedId }]);
});

test("disconnecting the service on its page ends its consent: it is asked for again", async () => {
  const { page } = person;
  await page.goto(`${stage.sandbox.issuer}/account`);
  await page.locator('a[href^="/account/services/"]').click();
  await page.getByRole("heading", { name: "What it was told lately" }).waitFor();
  await page.getByText(/Levels: IAL 3/).first().waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "account-service.phone");
  await page.getByRole("link", { name: "Disconnect" }).click();
  await page.getByRole("button", { name: "Disconnect it" }).click();
  await page.waitForURL(/notice=disconnected/);
  expect(await page.locator('a[href^="/account/services/"]').count()).toBe(0);
  await begin(stage, person);
  await page.locator('form[action$="/consent"], [data-sign-in]').first().waitFor();
  if ((await page.locator("[data-sign-in]").count()) > 0) await page.locator("[data-sign-in]").click();
  await allow(person);
  await expectClaims(person, { ial: "3" });
  expect(person.complaints).toEqual([]);
});

test("the data come as a file; the language is switched on the same page", async () => {
  const { page } = person;
  await page.goto(`${stage.sandbox.issuer}/account/data`);
  expect(await seriousFindings(page)).toEqual([]);
  await page.getByRole("link", { name: "Get your data" }).click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator('form[action="/account/data/export"] button').click()]);
  const exported = JSON.parse(await readFile(await download.path(), "utf8")) as { passkeys: { credential_id: string }[]; receipts: unknown[] };
  expect(exported.passkeys.map(({ credential_id }) => credential_id)).toContain((await person.authenticator.credentialIds())[0]);
  expect(exported.receipts.length).toBeGreaterThan(5);
  await page.goto(`${stage.sandbox.issuer}/account/data`);
  await page.getByRole("link", { name: "Show it in Japanese" }).click();
  await page.getByRole("heading", { name: "あなたのデータ" }).waitFor();
  await page.getByRole("link", { name: "英語で表示する" }).click();
  await page.getByRole("heading", { name: "Your data", exact: true }).waitFor();
});
