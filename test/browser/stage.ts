import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import axe from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium, VirtualAuthenticator, withoutAutofill } from "../../src/sandbox/demo/chromium.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/sandbox.ts";

/** The whole sandbox and a real Chromium. */
export interface Stage {
  readonly sandbox: Sandbox;
  /** Where the sandbox keeps everything, and commands find its configuration. */
  readonly directory: string;
  /** A browser of somebody's: its context, page, authenticator, and what went wrong in it. */
  newBrowser(options?: { language?: string; phone?: boolean; autofill?: boolean; synced?: boolean }): Promise<TestBrowser>;
  /** Stops everything and starts it again with the same data and addresses. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface TestBrowser {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly authenticator: VirtualAuthenticator;
  /** Errors on the console: blocked by policy, thrown by a script. */
  readonly complaints: readonly string[];
}

/** All people of a test come from one address. */
const settings = {
  logLevel: "silent",
  configure: (file) => ({ ...file, limits: { sensitive_per_minute: 100_000, requests_per_minute: 100_000 }, enrolment: { ...file.enrolment, maximum_open_per_network: 1000 } }),
} as const satisfies Partial<SandboxOptions>;

export async function openStage(): Promise<Stage> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-browser-"));
  let sandbox = await startSandbox({ directory, ports: { bridge: 0, demoService: 0, jlis: 0 }, ...settings });
  const port = (address: string): number => Number(new URL(address).port);
  const ports = { bridge: port(sandbox.issuer), demoService: port(sandbox.demoService.origin), jlis: port(sandbox.jlis.origin) };
  const browser: Browser = await launchChromium();
  return {
    directory,
    get sandbox() {
      return sandbox;
    },
    newBrowser: async ({ language = "en", phone = false, autofill = false, synced = true } = {}) => {
      const viewport = phone ? { width: 360, height: 740 } : { width: 1280, height: 800 };
      const context = await browser.newContext({ locale: language, viewport, reducedMotion: "reduce" });
      const page = await context.newPage();
      page.setDefaultTimeout(10_000);
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" && !message.text().includes("Failed to load resource")) complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      if (!autofill) await withoutAutofill(page);
      return { context, page, authenticator: await VirtualAuthenticator.attach(page, { synced }), complaints };
    },
    restart: async () => {
      await sandbox.close();
      sandbox = await startSandbox({ directory, ports, ...settings });
    },
    close: async () => {
      await browser.close();
      await sandbox.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What axe finds serious or critical on the page now shown. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes.map(({ target }) => target.join(" ")).join(", ")))`);
}

/** A picture for docs/screens, when `SCREENS` names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENS"];
  if (folder !== undefined) await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}
