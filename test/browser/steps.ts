import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { Stage, TestBrowser } from "./stage.ts";

/** From the demo service to the bridge's sign-in page. */
export async function begin(stage: Stage, { page }: TestBrowser, acr?: string): Promise<void> {
  await page.goto(stage.sandbox.demoService.origin);
  if (acr !== undefined) await page.locator("#acr").selectOption(acr);
  await page.locator('form[action^="/login"] button[type="submit"]').click();
}

/** From the sign-in page to the page with the link or the QR code. */
export async function chooseDevice({ page }: TestBrowser, device: "same" | "other"): Promise<void> {
  await page.locator('a[href$="/enrolment"]').click();
  await page.locator(`button[name="device"][value="${device}"]`).click();
}

/** The phone page, from the link to the passkey (or the proof, when stepping up). */
export async function useDemoPhone(page: Page, persona: string, options: { number?: () => Promise<string>; passkey?: boolean } = {}): Promise<void> {
  await page.locator("#persona").selectOption(persona);
  await page.locator('[data-link-form] button[type="submit"]').click();
  if (options.number !== undefined) {
    await page.locator("#number").fill(await options.number());
    await page.locator('[data-number-form] button[type="submit"]').click();
  }
  await page.locator("#pin").fill("1234");
  await page.locator('[data-pin-form] button[type="submit"]').click();
  if (options.passkey !== false) await page.locator("[data-make-passkey]").click();
}

/** The two digits on the browser that began. */
export async function shownNumber(page: Page): Promise<string> {
  const shown = page.locator("[data-number]");
  await shown.filter({ hasText: /\d/ }).waitFor();
  return (await shown.innerText()).replace(/\D/g, "");
}

export async function allow({ page }: TestBrowser): Promise<void> {
  await page.locator('form[action$="/consent"] button[type="submit"]').click();
}

/** The claims page of the demo service, by the values it shows. */
export async function expectClaims({ page }: TestBrowser, claims: Readonly<Record<string, string>>): Promise<void> {
  await page.waitForURL(/\/claims/);
  for (const [name, value] of Object.entries(claims)) {
    const shown = page.locator(`[data-claim="${name}"]`).first();
    expect((await shown.innerText()).trim(), name).toBe(value);
  }
}
