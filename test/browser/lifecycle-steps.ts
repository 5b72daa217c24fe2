import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type Locale, errorSentence, messagesIn } from "../../views/messages/index.ts";
import type { RecoveryPurpose } from "../../views/pages/index.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { Begun, Service, SignedIn } from "./lifecycle-service.ts";
import { picture, seriousFindings, type Stage, type TestBrowser } from "./stage.ts";
import { allow, chooseDevice, useDemoPhone } from "./steps.ts";

/** In which the journeys are gone through; `SCREENS_LANGUAGE=ja` for pictures in Japanese. */
export const language: Locale = process.env["SCREENS_LANGUAGE"] === "ja" ? "ja" : "en";
export const words = messagesIn(language);

/** Somebody's phone: whoever holds it has its browser, unlocked, and the passkeys in it. */
export const newPhone = (stage: Stage): Promise<TestBrowser> => stage.newBrowser({ language, phone: true });

/** Holds a page against the rules for all of them, and takes its picture. */
export async function look(page: Page, name: string): Promise<void> {
  expect(await seriousFindings(page), name).toEqual([]);
  await picture(page, `${name}.${language}`);
}

/** The first sign-in at the service, with enrolment on this phone. */
export async function enrolAt(service: Service, phone: TestBrowser, persona: string): Promise<SignedIn> {
  const begun = await service.begin();
  await phone.page.goto(begun.url);
  await chooseDevice(phone, "same");
  await phone.page.locator("a[data-app-link]").click();
  await useDemoPhone(phone.page, persona);
  return comeBack(service, phone, begun);
}

/** Signs in with a passkey in this browser, where its session does not do already. */
export async function signInAt(service: Service, browser: TestBrowser): Promise<SignedIn> {
  const begun = await service.begin();
  await browser.page.goto(begun.url);
  await usePasskeyIfAsked(browser.page, 'form[action$="/consent"]');
  return comeBack(service, browser, begun);
}

export async function comeBack(service: Service, browser: TestBrowser, begun: Begun): Promise<SignedIn> {
  await allow(browser);
  await browser.page.waitForURL(`${begun.redirectUri}?**`);
  return service.finish(begun, browser.page.url());
}

/** The service, then the account page: a passkey is asked for, and refused with this sentence. */
export async function isShutOut(stage: Stage, service: Service, browser: TestBrowser, code: ErrorCode): Promise<void> {
  for (const address of [(await service.begin()).url, `${stage.sandbox.issuer}/account`]) {
    await browser.page.goto(address);
    await browser.page.locator("[data-sign-in]").click();
    await browser.page.locator("[data-alert]").filter({ hasText: errorSentence(code, language) }).waitFor();
  }
}

/** Nothing that a service was given before counts any more. */
export async function isWorthless(service: Service, ...refreshTokens: readonly string[]): Promise<void> {
  for (const token of refreshTokens) await expect(service.refresh(token)).rejects.toMatchObject({ error: "invalid_grant" });
}

/** What the service is to have heard about somebody by and by, besides whatever else. */
export async function hears(service: Service, subject: string, ...expected: readonly string[]): Promise<void> {
  await expect.poll(() => service.heard(subject), { timeout: 20_000 }).toEqual(expect.arrayContaining([...expected]));
}

export async function openAccount(stage: Stage, { page }: TestBrowser): Promise<void> {
  await page.goto(`${stage.sandbox.issuer}/account`);
  await usePasskeyIfAsked(page, 'form[action="/account/sign-out"]');
  await page.locator('form[action="/account/sign-out"]').waitFor();
}

async function usePasskeyIfAsked(page: Page, otherwise: string): Promise<void> {
  await page.locator(`[data-sign-in], ${otherwise}`).first().waitFor();
  if ((await page.locator("[data-sign-in]").count()) > 0) await page.locator("[data-sign-in]").click();
}

/** Opens a link on the account page that leads to something which ends much, and does it. */
export async function act({ page }: TestBrowser, link: string, name: string): Promise<void> {
  await page.locator(link).first().click();
  await look(page, `act-${name}`);
  await page.locator("form button.danger").click();
}

/** To the phone, on one of the pages for who has lost or changed theirs; nobody is signed in. */
export async function beginAt(stage: Stage, { page }: TestBrowser, purpose: RecoveryPurpose): Promise<void> {
  await page.goto(`${stage.sandbox.issuer}/recovery`);
  await look(page, "recovery-ways");
  await page.locator(`a[href="/recovery/${purpose}"]`).click();
  await look(page, `recovery-${purpose}`);
  await page.locator('button[name="device"][value="same"]').first().click();
  await page.locator("a[data-app-link]").click();
}

/** The same to its end, by a signature on this very device. */
export async function proveAt(stage: Stage, browser: TestBrowser, purpose: RecoveryPurpose, persona: string): Promise<void> {
  const { page } = browser;
  await beginAt(stage, browser, purpose);
  await useDemoPhone(page, persona, { passkey: purpose === "recover" });
  await page.waitForURL(`${stage.sandbox.issuer}/recovery/done/${purpose}`);
  await look(page, `recovery-done-${purpose}`);
}

/** The same up to the phone's refusal, which says this. */
export async function isRefusedAt(stage: Stage, browser: TestBrowser, purpose: RecoveryPurpose, persona: string, code: ErrorCode): Promise<void> {
  await beginAt(stage, browser, purpose);
  await useDemoPhone(browser.page, persona, { passkey: false });
  await browser.page.locator("[data-alert]").filter({ hasText: errorSentence(code, language) }).waitFor();
}
