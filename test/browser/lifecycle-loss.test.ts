import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { openService, type Service, type SignedIn } from "./lifecycle-service.ts";
import { beginAt, enrolAt, hears, isShutOut, isWorthless, look, newPhone, openAccount, proveAt, signInAt, words } from "./lifecycle-steps.ts";
import { openStage, type Stage, type TestBrowser } from "./stage.ts";
import { shownNumber, useDemoPhone } from "./steps.ts";

/** The phone is gone, for good or for a while; a passkey is in other hands; somebody calls the operator. */

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await openStage();
  service = await openService(stage);
});
afterAll(async () => {
  await service.close();
  await stage.close();
});

/** A person at the service, with a second device whose passkey was made with the same card. */
async function withTwoDevices(persona: string): Promise<{ phone: TestBrowser; tablet: TestBrowser; first: SignedIn }> {
  const [phone, tablet] = [await newPhone(stage), await newPhone(stage)];
  const first = await enrolAt(service, phone, persona);
  await tablet.page.goto(`${stage.sandbox.issuer}/account/enrolment`);
  await tablet.page.locator('button[name="device"][value="same"]').click();
  await tablet.page.locator("a[data-app-link]").click();
  await useDemoPhone(tablet.page, persona);
  // From now on by its passkey, which the account page then marks as the one in use.
  await tablet.page.locator('form[action="/account/sign-out"] button').click();
  await openAccount(stage, tablet);
  return { phone, tablet, first };
}

const passkeys = ({ page }: Pick<TestBrowser, "page">) => page.locator('section[aria-labelledby="passkeys"] li');

test("loss, with another device: its passkey removes that of the lost phone; whoever found it is out, the tablet goes on", async () => {
  const { phone, tablet, first } = await withTwoDevices("renewed");
  await openAccount(stage, phone);
  await look(tablet.page, "account-two-passkeys");
  const lost = passkeys(tablet).filter({ hasNot: tablet.page.locator(".tag") });
  await lost.getByRole("link", { name: /^Remove/ }).click();
  await tablet.page.getByRole("button", { name: "Remove this passkey" }).click();
  await tablet.page.waitForURL(/notice=removed/);
  await look(tablet.page, "account-removed");
  await hears(service, first.subject, "credential-change revoke", "session-revoked", "logout");
  await isShutOut(stage, service, phone, "passkey_not_active");
  await isWorthless(service, first.refreshToken);
  expect(await signInAt(service, tablet)).toMatchObject({ subject: first.subject, claims: { ial: 3 } });
  expect([...phone.complaints, ...tablet.complaints]).toEqual([]);
});

test("loss, with the card alone: a hold at once, then a recovery on another phone; whoever found the lost one, unlocked, gets in at neither time", async () => {
  await stage.sandbox.jlis.personas.operate("expired", "renew");
  const lost = await newPhone(stage);
  const first = await enrolAt(service, lost, "expired");
  const phone = await newPhone(stage);
  await proveAt(stage, phone, "hold", "expired");
  await hears(service, first.subject, "account-disabled", "session-revoked", "logout");
  await isShutOut(stage, service, lost, "person_on_hold");
  await proveAt(stage, phone, "recover", "expired");
  await hears(service, first.subject, "account-enabled", "recovery-activated", "credential-change create", "credential-change revoke");
  await isShutOut(stage, service, lost, "passkey_not_active");
  await isWorthless(service, first.refreshToken);
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 3 } });
  expect([...lost.complaints, ...phone.complaints]).toEqual([]);
});

test("temporary loss: a hold by the card stops every sign-in, a release brings it back with the grants; a thief with the card and no PIN does neither", async () => {
  const phone = await newPhone(stage);
  const first = await enrolAt(service, phone, "good-card");
  const kept = await service.refresh(first.refreshToken);
  const thief = await newPhone(stage);
  const receipts = (): Promise<number> => stage.sandbox.bridge.storage.read.receipt.count({ where: { personId: { not: null } } });

  const before = await receipts();
  await isLockedByWrongPins(thief, "hold");
  expect(await receipts()).toBe(before);
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject });

  const computer = await newPhone(stage);
  await proveAt(stage, computer, "hold", "good-card");
  await isShutOut(stage, service, phone, "person_on_hold");
  await look(phone.page, "account-on-hold");
  await hears(service, first.subject, "account-disabled", "session-revoked", "logout");
  await isWorthless(service, kept.refreshToken);

  const held = await receipts();
  await beginAt(stage, thief, "release");
  await thief.page.locator("#persona").selectOption("good-card");
  await thief.page.locator('[data-link-form] button[type="submit"]').click();
  await thief.page.getByText(words.phone.script.pinBlocked).waitFor();
  expect(await receipts()).toBe(held);
  await isShutOut(stage, service, phone, "person_on_hold");

  await proveAt(stage, computer, "release", "good-card");
  await hears(service, first.subject, "account-enabled");
  expect((await service.refresh(kept.refreshToken)).claims).toMatchObject({ sub: first.subject, ial: 3 });
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 3 } });
  expect([...phone.complaints, ...computer.complaints]).toEqual([]);
});

test("temporary loss, with another device: only the lost phone's passkey is suspended; a signature on the phone that turned up brings it back", async () => {
  await stage.sandbox.jlis.personas.operate("revoked", "reissue");
  const { phone, tablet, first } = await withTwoDevices("revoked");
  await passkeys(tablet).filter({ hasNot: tablet.page.locator(".tag") }).locator('a[href$="/suspend"]').click();
  await look(tablet.page, "act-suspend-passkey");
  await tablet.page.locator("form button.danger").click();
  await tablet.page.waitForURL(/notice=suspended/);
  await look(tablet.page, "account-suspended-passkey");
  await hears(service, first.subject, "credential-change update", "session-revoked", "logout");
  await isShutOut(stage, service, phone, "passkey_not_active");
  await isWorthless(service, first.refreshToken);
  expect(await signInAt(service, tablet)).toMatchObject({ subject: first.subject, claims: { ial: 3 } });

  await proveAt(stage, phone, "release", "revoked");
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 3 } });
  expect([...phone.complaints, ...tablet.complaints]).toEqual([]);
});

/** The three tries of a card on the phone in hand. */
async function isLockedByWrongPins(thief: TestBrowser, purpose: "hold" | "release"): Promise<void> {
  const { page } = thief;
  await beginAt(stage, thief, purpose);
  await page.locator("#persona").selectOption("good-card");
  await page.locator('[data-link-form] button[type="submit"]').click();
  await page.locator("#pin").waitFor();
  await look(page, `phone-${purpose}`);
  for (const sentence of [words.phone.script.pinWrong, words.phone.script.pinWrong, words.phone.script.pinBlocked]) {
    await page.locator("#pin").fill("0000");
    await page.locator('[data-pin-form] button[type="submit"]').click();
    await page.locator("[data-alert]").filter({ hasText: sentence }).waitFor();
  }
  await look(page, "phone-pin-locked");
}

test("an ex-partner with a passkey of old: the person registers anew and keeps the tablet's, and the other is worth nothing", async () => {
  const { phone: ex, tablet, first } = await withTwoDevices("next-generation");
  const held = await signInAt(service, ex);
  await openAccount(stage, ex);
  await nameThisPasskey(tablet, "Tablet");

  const phone = await newPhone(stage);
  await tablet.page.goto(`${stage.sandbox.issuer}/recovery/recover`);
  await tablet.page.getByLabel("Tablet").check();
  await look(tablet.page, "recovery-keep");
  await tablet.page.locator('button[name="device"][value="other"]').first().click();
  await look(tablet.page, "recovery-qr");
  await phone.page.goto(String(await tablet.page.locator("a[data-app-link]").first().getAttribute("href")));
  await useDemoPhone(phone.page, "next-generation", { number: () => shownNumber(tablet.page) });
  await phone.page.locator('[data-when~="done"]').waitFor();
  await hears(service, first.subject, "recovery-activated", "credential-change revoke", "session-revoked", "logout");

  await isShutOut(stage, service, ex, "passkey_not_active");
  await isWorthless(service, first.refreshToken, held.refreshToken);
  for (const own of [tablet, phone]) expect(await signInAt(service, own)).toMatchObject({ subject: first.subject, claims: { ial: 3, aal: 2 } });
  expect([...ex.complaints, ...tablet.complaints, ...phone.complaints]).toEqual([]);
});

async function nameThisPasskey({ page }: TestBrowser, name: string): Promise<void> {
  const entry = passkeys({ page }).filter({ has: page.locator(".tag", { hasText: words.account.current }) });
  await entry.locator("details:has(form[action$='/rename']) summary").click();
  await entry.locator('input[name="name"]').fill(name);
  await entry.locator("form[action$='/rename'] button").click();
  await page.waitForURL(/notice=renamed/);
}

test("an operator on the telephone: without a reason nothing is done; with one, every sign-in stops until a signature", async () => {
  const phone = await newPhone(stage);
  const first = await enrolAt(service, phone, "good-phone");
  const person = (...parameters: string[]) => runCli(["person", "hold", first.subject, ...parameters], stage.directory);
  const receipts = (): Promise<number> => stage.sandbox.bridge.storage.read.receipt.count({ where: { personId: { not: null } } });

  const before = await receipts();
  for (const reason of [[], ["--reason", " "]]) expect(await person(...reason)).toMatchObject({ code: 2, stdout: "" });
  expect(await receipts()).toBe(before);
  const kept = await service.refresh(first.refreshToken);
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject });

  expect(await person("--reason", "caller lost the phone", "--operator", "sato")).toMatchObject({ code: 0, stderr: "" });
  await hears(service, first.subject, "account-disabled", "session-revoked", "logout");
  await isShutOut(stage, service, phone, "person_on_hold");
  await isWorthless(service, kept.refreshToken);
  await proveAt(stage, phone, "release", "good-phone");
  await openAccount(stage, phone);
  await phone.page.goto(`${stage.sandbox.issuer}/account/activity`);
  await phone.page.getByText(words.accountActivity.byOperator).first().waitFor();
  await look(phone.page, "activity-operator");
  expect((await service.refresh(kept.refreshToken)).claims).toMatchObject({ sub: first.subject, ial: 3 });
  expect(phone.complaints).toEqual([]);
});
