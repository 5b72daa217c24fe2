import { afterAll, beforeAll, expect, test } from "vitest";
import { openService, type Service } from "./lifecycle-service.ts";
import { enrolAt, hears, isRefusedAt, isWorthless, look, newPhone, openAccount, signInAt, words } from "./lifecycle-steps.ts";
import { openStage, type Stage, type TestBrowser } from "./stage.ts";
import { useDemoPhone } from "./steps.ts";

/** What becomes of a certificate: that of a phone whose contract ends, that of a card after a move. */

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

const showsStatus = ({ page }: TestBrowser, status: string): Promise<void> => page.locator('section[aria-labelledby="certificate"] .state', { hasText: status }).first().waitFor();

test("contract cancelled: the level falls, the passkey lives on at IAL 1, a new certificate raises it; the old one recovers nothing for whoever has the phone", async () => {
  const { bridge, jlis } = stage.sandbox;
  const phone = await newPhone(stage);
  const first = await enrolAt(service, phone, "next-generation");
  await jlis.personas.operate("next-generation", "revoke", "cessationOfOperation");
  await bridge.status.refreshAll();
  await hears(service, first.subject, "credential-change revoke", "assurance-level-change", "session-revoked", "logout");
  await isWorthless(service, first.refreshToken);
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 1, aal: 2, assurance: { evidence: { status: "revoked" } } } });

  const finder = await newPhone(stage);
  await isRefusedAt(stage, finder, "recover", "next-generation", "certificate_revoked");
  await look(finder.page, "phone-certificate-revoked");

  await jlis.personas.operate("next-generation", "reissue");
  await openAccount(stage, phone);
  await phone.page.locator('section[aria-labelledby="certificate"] a.button').click();
  await phone.page.locator('button[name="device"][value="same"]').click();
  await phone.page.locator("a[data-app-link]").click();
  // The proof alone does it: a passkey is in this phone already.
  await useDemoPhone(phone.page, "next-generation", { passkey: false });
  await phone.page.locator("[data-make-passkey]").waitFor();
  await openAccount(stage, phone);
  await showsStatus(phone, words.account.statusText.good);
  await look(phone.page, "account-new-certificate");
  await hears(service, first.subject, "credential-change create");
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 3, assurance: { evidence: { status: "good", continuity: "issuer_statement" } } } });
  expect(phone.complaints).toEqual([]);
});

test("the card's certificate is revoked: the service hears of it, the account page says so in words; a thief with the card and its PIN takes nothing over", async () => {
  const { bridge, jlis } = stage.sandbox;
  const phone = await newPhone(stage);
  const first = await enrolAt(service, phone, "good-card");
  await openAccount(stage, phone);
  await showsStatus(phone, words.account.statusText.good);

  await jlis.personas.operate("good-card", "revoke", "affiliationChanged");
  await bridge.status.refreshAll();
  await hears(service, first.subject, "credential-change revoke", "assurance-level-change", "session-revoked", "logout");
  await isWorthless(service, first.refreshToken);
  // The account session ended, too: nobody reads the page on.
  await phone.page.reload();
  await phone.page.locator("[data-sign-in]").waitFor();
  await openAccount(stage, phone);
  await showsStatus(phone, words.account.statusText.revoked);
  await look(phone.page, "account-card-revoked");
  await phone.page.goto(`${stage.sandbox.issuer}/account/activity`);
  await phone.page.getByText(words.accountActivity.kinds.certificate_state_changed).first().waitFor();
  await look(phone.page, "activity-card-revoked");

  const thief = await newPhone(stage);
  for (const purpose of ["recover", "hold"] as const) await isRefusedAt(stage, thief, purpose, "good-card", "certificate_revoked");
  expect(await signInAt(service, phone)).toMatchObject({ subject: first.subject, claims: { ial: 1, assurance: { evidence: { status: "revoked" } } } });
  expect(phone.complaints).toEqual([]);
});
