import { afterAll, beforeAll, expect, test } from "vitest";
import { openService, type Service } from "./lifecycle-service.ts";
import { act, comeBack, enrolAt, hears, isShutOut, isWorthless, look, newPhone, openAccount, proveAt, signInAt, words } from "./lifecycle-steps.ts";
import { openStage, type Stage } from "./stage.ts";
import { useDemoPhone } from "./steps.ts";

/** What becomes of a phone: another model, a failure, a loss, a sale. Each with whoever has it afterwards. */

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

test("model change: the new phone's certificate, named by its issuer, brings the person back; a thief with the unlocked old phone has nothing left", async () => {
  const { personas } = stage.sandbox.jlis;
  await personas.operate("old-phone", "reissue");
  const oldPhone = await newPhone(stage);
  const first = await enrolAt(service, oldPhone, "old-phone");
  expect(first.claims).toMatchObject({ ial: 3, aal: 3 });

  await personas.operate("new-phone", "reissue");
  await stage.sandbox.bridge.status.refreshAll();
  await hears(service, first.subject, "credential-change revoke");
  // Until the recovery the old phone signs in, for whoever holds it, at the level that is left.
  const thief = await signInAt(service, oldPhone);
  expect(thief).toMatchObject({ subject: first.subject, claims: { ial: 1, assurance: { evidence: { status: "revoked" } } } });
  await openAccount(stage, oldPhone);
  await look(oldPhone.page, "account-certificate-revoked");

  const phone = await newPhone(stage);
  const begun = await service.begin();
  await phone.page.goto(begun.url);
  await phone.page.locator('a[href$="/recover"]').click();
  await look(phone.page, "recover-on-the-way");
  await phone.page.locator('button[name="device"][value="same"]').first().click();
  await phone.page.locator("a[data-app-link]").click();
  await useDemoPhone(phone.page, "new-phone");
  const again = await comeBack(service, phone, begun);
  expect(again).toMatchObject({ subject: first.subject, claims: { ial: 3, aal: 3, assurance: { evidence: { continuity: "issuer_statement" } } } });
  await hears(service, first.subject, "recovery-activated", "credential-change create", "session-revoked", "logout");

  await isShutOut(stage, service, oldPhone, "passkey_not_active");
  await isWorthless(service, first.refreshToken, thief.refreshToken);
  expect((await service.refresh(again.refreshToken)).claims).toMatchObject({ sub: first.subject, ial: 3 });
  await openAccount(stage, phone);
  await phone.page.getByText(words.account.linkedByText.issuer_statement).waitFor();
  await look(phone.page, "account-after-model-change");
  expect([...oldPhone.complaints, ...phone.complaints]).toEqual([]);
});

test("failure: the card brings the person back on another phone; whoever repairs the broken one gets in nowhere", async () => {
  const broken = await newPhone(stage);
  const first = await enrolAt(service, broken, "good-card");
  const phone = await newPhone(stage);
  await proveAt(stage, phone, "recover", "good-card");
  await hears(service, first.subject, "recovery-activated", "session-revoked", "logout");
  await isShutOut(stage, service, broken, "passkey_not_active");
  await isWorthless(service, first.refreshToken);
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 3, aal: 2 } });
  expect([...broken.complaints, ...phone.complaints]).toEqual([]);
});

test("resale: the phone is erased on the phone; the passkey left on it does nothing for the buyer", async () => {
  const phone = await newPhone(stage);
  const sold = await enrolAt(service, phone, "good-phone");
  // What a browser would keep that does not take the hint to forget it.
  const buyer = await newPhone(stage);
  await phone.authenticator.copyTo(buyer.authenticator);
  await openAccount(stage, phone);
  await look(phone.page, "account");
  await act(phone, 'a[href$="/surrender"]', "erase-phone");
  await phone.page.getByRole("heading", { name: words.accountActs.endings.surrendered.title }).waitFor();
  await look(phone.page, "ended-erased-phone");
  await hears(service, sold.subject, "credential-change revoke", "assurance-level-change", "session-revoked", "logout");
  await expect.poll(() => phone.authenticator.credentialIds()).toEqual([]);
  await isShutOut(stage, service, buyer, "passkey_not_active");
  await isWorthless(service, sold.refreshToken);
  // Whoever registers there themselves is somebody else.
  expect((await enrolAt(service, buyer, "renewed")).subject).not.toBe(sold.subject);
  expect([...phone.complaints, ...buyer.complaints]).toEqual([]);
});

test("resale, from afar: a computer with the synced passkey erases the phone; the buyer's open session is over as well", async () => {
  const phone = await newPhone(stage);
  const sold = await enrolAt(service, phone, "next-generation");
  await openAccount(stage, phone);
  const computer = await newPhone(stage);
  await phone.authenticator.copyTo(computer.authenticator);
  await openAccount(stage, computer);
  await act(computer, 'a[href$="/surrender"]', "erase-phone");
  await computer.page.getByRole("heading", { name: words.accountActs.endings.surrendered.title }).waitFor();
  await hears(service, sold.subject, "credential-change revoke", "session-revoked", "logout");
  await isShutOut(stage, service, phone, "passkey_not_active");
  await isWorthless(service, sold.refreshToken);
  expect([...phone.complaints, ...computer.complaints]).toEqual([]);
});

test("recovery on a new phone to which the passkey of the old one was synced already", async () => {
  const old = await newPhone(stage);
  const first = await enrolAt(service, old, "next-generation");
  const phone = await newPhone(stage);
  await old.authenticator.copyTo(phone.authenticator);
  await proveAt(stage, phone, "recover", "next-generation");
  await isShutOut(stage, service, old, "passkey_not_active");
  expect((await signInAt(service, phone)).subject).toBe(first.subject);
});
