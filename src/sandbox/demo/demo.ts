import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { EnrolmentClient, JpkiApplet, type SecureElementImage, SoftwareSecureElement } from "@jpki-bridge/client-sdk";
import type { Page } from "playwright-core";
import { CleanUps } from "../clean-ups.ts";
import { startSandbox } from "../sandbox.ts";
import { launchChromium, VirtualAuthenticator, withoutAutofill } from "./chromium.ts";
import { startDemoParty } from "./demo-party.ts";

/** What `npm run demo -- --json` prints. */
export interface DemoDocument {
  readonly enrolment: { readonly medium: string; readonly device: string; readonly passkeys: number; readonly apdus: number };
  readonly signIn: { readonly idToken: Record<string, unknown>; readonly userinfo: Record<string, unknown> };
  readonly timings_ms: Readonly<Record<string, number>>;
}

/**
 * The main job, for real: own servers, a virtual Secure Element driven through APDUs in Node, a real
 * Chromium with a virtual authenticator. Enrol, make a passkey, sign in again in a fresh browser, read
 * the claims.
 */
export async function runDemo(): Promise<{ document: DemoDocument; held: boolean }> {
  const cleanUps = new CleanUps();
  const timings: Record<string, number> = {};
  const timed = async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const started = performance.now();
    const result = await work();
    timings[name] = Math.round(performance.now() - started);
    return result;
  };
  try {
    const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-demo-"));
    cleanUps.add(() => rmSync(directory, { recursive: true, force: true }));
    const sandbox = await timed("start", () => startSandbox({ directory, ports: { bridge: 0, demoService: 0, jlis: 0 }, logLevel: "silent" }));
    cleanUps.add(sandbox.close);
    const party = await startDemoParty(sandbox.bridge, sandbox.issuer);
    cleanUps.add(party.close);
    const browser = await timed("browser", launchChromium);
    cleanUps.add(() => browser.close());
    const phone = await (await browser.newContext({ locale: "en" })).newPage();
    const authenticator = await VirtualAuthenticator.attach(phone);
    const enrolment = await timed("enrolment", async () => {
      const page = await (await browser.newContext({ locale: "en" })).newPage();
      await page.goto(await party.begin());
      await page.locator('a[href$="/enrolment"]').click();
      await page.locator('button[name="device"][value="other"]').click();
      const apdus = await enrolOnPhone(sandbox.jlis.origin, sandbox.issuer, page, phone);
      return { medium: "smartphone", device: "other", passkeys: (await authenticator.credentialIds()).length, apdus };
    });
    const signIn = await timed("sign_in", async () => {
      const page = await (await browser.newContext({ locale: "en" })).newPage();
      await withoutAutofill(page);
      await authenticator.copyTo(await VirtualAuthenticator.attach(page));
      await page.goto(await party.begin());
      await page.locator("[data-sign-in]").click();
      await page.locator('form[action$="/consent"] button').click();
      return party.finish();
    });
    const { idToken, userinfo } = signIn;
    const held = idToken["ial"] === 3 && Number(idToken["aal"]) >= 2 && idToken["fal"] === 3 && idToken["sub"] === userinfo["sub"] && userinfo["ial"] === 3;
    return { document: { enrolment, signIn, timings_ms: timings }, held };
  } finally {
    await cleanUps.run();
  }
}

/** The phone: the SDK in Node, its passkey ceremony in Chromium; the number read off the other screen. */
async function enrolOnPhone(phoneOrigin: string, issuer: string, screen: Page, phone: Page): Promise<number> {
  const image = (await (await fetch(`${phoneOrigin}/personas/good-phone/secure-element.json`)).json()) as SecureElementImage;
  let apdus = 0;
  const element = new SoftwareSecureElement(image);
  const counted = {
    transmit: (command: Uint8Array) => {
      apdus += 1;
      return element.transmit(command);
    },
  };
  const link = await screen.locator("[data-app-link]").first().getAttribute("href");
  if (link === null) throw new Error("the page shows no link");
  const client = await EnrolmentClient.open({ link, issuers: [issuer], language: "en" });
  const claimed = await client.claim();
  const shown = screen.locator("[data-number]");
  await shown.filter({ hasText: /\d\d/ }).waitFor();
  const stated = await claimed.statement({ number: (await shown.innerText()).replace(/\D/g, "") });
  const proved = await stated.prove({ applet: await JpkiApplet.select(counted), pin: "1234" });
  if (proved.next !== "passkey") throw new Error("the bridge asks for no passkey");
  await phone.goto(`${phoneOrigin}/phone`);
  await proved.createPasskey((options) => phone.evaluate(createCredential, JSON.stringify(options)) as never);
  await screen.locator('[data-when~="complete"]').first().waitFor({ state: "visible" });
  return apdus;
}

/** Runs in the page: the platform's own ceremony. */
async function createCredential(options: string): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(options) as PublicKeyCredentialCreationOptionsJSON);
  const credential = await navigator.credentials.create({ publicKey });
  return (credential as PublicKeyCredential).toJSON();
}
