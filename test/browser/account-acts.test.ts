import { afterAll, beforeAll, expect, test } from "vitest";
import { openStage, picture, seriousFindings, type Stage, type TestBrowser } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, useDemoPhone } from "./steps.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

/** Enrols on the account page, in a browser of its own. */
async function enrolAtAccount({ page }: TestBrowser, persona: string): Promise<void> {
  await page.goto(`${stage.sandbox.issuer}/account/enrolment`);
  await page.locator('button[name="device"][value="same"]').click();
  await page.locator("a[data-app-link]").click();
  await useDemoPhone(page, persona);
  await page.getByRole("heading", { name: "Passkeys" }).waitFor();
}

test("what was somebody else's is reported: the passkey it was done with works no more", async () => {
  const person = await stage.newBrowser({ phone: true });
  const { page } = person;
  await begin(stage, person);
  await chooseDevice(person, "same");
  await page.locator("a[data-app-link]").click();
  await useDemoPhone(page, "good-phone");
  await allow(person);
  await expectClaims(person, { ial: "3" });
  await page.goto(`${stage.sandbox.issuer}/account`);
  await page.locator("[data-sign-in]").click();
  await page.getByRole("link", { name: "Activity" }).click();
  await page.getByText("Signed in to a service").first().waitFor();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "account-activity.phone");
  await page.getByRole("link", { name: /This was not me/ }).first().click();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "account-report.phone");
  await page.getByRole("button", { name: "It was not me" }).click();
  await page.getByRole("heading", { name: "The passkey that was used was ended" }).waitFor();
  // The browser forgets it at once. That it would be refused: test/attacks/account-acts.test.ts.
  await expect.poll(() => person.authenticator.credentialIds()).toEqual([]);
  expect(person.complaints).toEqual([]);
});

test("one press and a confirmation suspend the ID: its passkey signs in no more", async () => {
  const holder = await stage.newBrowser({ phone: true });
  const { page } = holder;
  await enrolAtAccount(holder, "good-card");
  await page.getByRole("link", { name: "Suspend everything now" }).click();
  expect(await seriousFindings(page)).toEqual([]);
  await picture(page, "account-hold.phone");
  await page.getByRole("button", { name: "Suspend it now" }).click();
  await page.getByRole("heading", { name: "Your ID is suspended" }).waitFor();
  await page.goto(`${stage.sandbox.issuer}/account`);
  await page.locator("[data-sign-in]").click();
  await page.getByText(/This ID is suspended/).waitFor();
  expect(holder.complaints).toEqual([]);
});

test("the phone is erased on the phone: its browser forgets the passkey, and nobody is signed in any more", async () => {
  const seller = await stage.newBrowser({ phone: true });
  const { page } = seller;
  await enrolAtAccount(seller, "next-generation");
  await page.getByRole("link", { name: /Erase its phone/ }).click();
  await page.getByRole("button", { name: "Erase the phone" }).click();
  await page.getByRole("heading", { name: "The phone was erased" }).waitFor();
  await expect.poll(() => seller.authenticator.credentialIds()).toEqual([]);
  await page.goto(`${stage.sandbox.issuer}/account`);
  await page.locator("[data-sign-in]").waitFor();
  expect(seller.complaints).toEqual([]);
});

test("erasing the account lets the browser forget its passkey, and a later enrolment makes somebody new", async () => {
  const other = await stage.newBrowser({ phone: true });
  const { page } = other;
  await enrolAtAccount(other, "next-generation");
  const [credentialId] = await other.authenticator.credentialIds();
  await page.addInitScript(() => {
    const calls: unknown[] = [];
    Object.assign(window, { signalled: calls });
    Object.assign(PublicKeyCredential, { signalUnknownCredential: async (options: unknown) => void calls.push(options) });
  });
  await page.goto(`${stage.sandbox.issuer}/account/data`);
  await page.getByRole("link", { name: "Delete your account" }).click();
  await page.locator("#understood").check();
  await page.locator('form[action="/account/erase"] button').click();
  await page.getByRole("heading", { name: "Your account was deleted" }).waitFor();
  await expect.poll(() => page.evaluate("window.signalled")).toEqual([{ rpId: "localhost", credentialId }]);
  await enrolAtAccount(other, "next-generation");
  await page.goto(`${stage.sandbox.issuer}/account/activity`);
  expect(await page.getByText("You registered").count()).toBe(1);
  expect(await page.getByText("A phone was erased").count()).toBe(0);
  expect(other.complaints).toEqual([]);
});
