import { mkdtempSync, rmSync } from "node:fs";
import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackage, type InstalledPackage } from "../../client-sdk/test/support/installed-package.ts";
import { launchChromium, VirtualAuthenticator, withoutAutofill } from "../../src/sandbox/demo/chromium.ts";
import { startSandbox, type Sandbox } from "../../src/sandbox/sandbox.ts";

/**
 * The example page of the SDK as a developer has it: the package installed into an empty project, the page
 * copied beside it, both served as they are, and a bridge that knows the page's origin.
 */
const types: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json" };

let directory: string;
let sdk: InstalledPackage;
let pages: Server;
let phone: string;
let sandbox: Sandbox;
let browser: Browser;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-example-"));
  sdk = await installPackage();
  await cp(path.join(sdk.installed, "examples/browser-phone"), sdk.project, { recursive: true });
  pages = await serve(sdk.project);
  phone = `http://localhost:${portOf(pages)}`;
  sandbox = await startSandbox({
    directory,
    ports: { bridge: 0, demoService: 0, jlis: 0 },
    logLevel: "silent",
    configure: (file) => ({ ...file, enrolment: { ...file.enrolment, app_link: `${phone}/index.html`, app_origins: [phone] }, passkeys: { ...file.passkeys, origins: [phone] } }),
  });
  const image = await fetch(`${sandbox.jlis.origin}/personas/good-phone/secure-element.json`);
  await writeFile(path.join(sdk.project, "element.json"), await image.text());
  await writeFile(path.join(sdk.project, "settings.json"), JSON.stringify({ issuers: [sandbox.issuer], image: "element.json" }));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await sandbox.close();
  pages.close();
  await sdk.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** Files as they are. */
async function serve(folder: string): Promise<Server> {
  const server = createServer((request, response) => {
    const file = path.join(folder, new URL(request.url ?? "", "http://localhost").pathname);
    readFile(file).then(
      (content) => response.writeHead(200, { "content-type": types[path.extname(file)] ?? "" }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

async function newPage(): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const context = await browser.newContext({ locale: "en", viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && !message.text().includes("Failed to load resource") && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await withoutAutofill(page);
  await VirtualAuthenticator.attach(page);
  return { page, complaints };
}

/** From the demo service to the example page, with the link that the bridge gives. */
async function openPhone(page: Page): Promise<void> {
  await page.goto(sandbox.demoService.origin);
  await page.locator('form[action^="/login"] button[type="submit"]').click();
  await page.locator('a[href$="/enrolment"]').click();
  await page.locator('button[name="device"][value="same"]').click();
  await page.locator("a[data-app-link]").click();
  await page.locator('[data-step="consent"]').waitFor();
}

async function typePin(page: Page, pin: string): Promise<void> {
  await page.locator('[data-step="approval"] input[name="answer"]').fill(pin);
  await page.locator('[data-step="approval"] button').click();
}

test("enrols with a software Secure Element: consent, a wrong PIN, the right one, a passkey, and back", async () => {
  const { page, complaints } = await newPage();
  await openPhone(page);
  expect(page.url(), "the secret has left the address bar").toBe(`${phone}/index.html`);
  await expect.poll(() => page.locator("[data-asks]").innerText()).toContain(new URL(sandbox.demoService.origin).hostname);
  await page.locator('[data-step="consent"] button').click();
  await typePin(page, "4321");
  await page.getByText("The PIN is not right. Tries left: 2.").waitFor();
  await typePin(page, "1234");
  await page.locator('[data-action="createPasskey"]').click();
  await page.locator('form[action$="/consent"] button[type="submit"]').click();
  await page.waitForURL(/\/claims/u);
  expect((await page.locator('[data-claim="ial"]').first().innerText()).trim()).toBe("3");
  expect(complaints).toEqual([]);
});

test("before the last try it asks whether the person is sure, and cancelling ends it", async () => {
  const { page, complaints } = await newPage();
  await openPhone(page);
  await page.locator('[data-step="consent"] button').click();
  await typePin(page, "4321");
  await page.getByText("Tries left: 2.").waitFor();
  await typePin(page, "4321");
  await page.getByText("Tries left: 1.").waitFor();
  await page.locator("[data-last-try]").waitFor();
  await typePin(page, "1234");
  await page.getByText("There is one try left.").waitFor();
  await page.locator("[data-cancel] button").click();
  await page.locator('[data-step="cancelled"]').waitFor();
  expect(complaints).toEqual([]);
});
