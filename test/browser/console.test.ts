import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { listRelyingParties } from "../../src/relying-parties/index.ts";
import { launchChromium } from "../../src/sandbox/demo/chromium.ts";
import { openSqlite, Sealing, type Storage } from "../../src/storage/index.ts";
import { bundleAssets } from "../../src/web/assets.ts";
import { openConsole } from "../../src/web/console/console.ts";
import { seriousFindings } from "./stage.ts";

let browser: Browser;
let storage: Storage;
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-console-"));
  storage = openSqlite(path.join(directory, "bridge.db"), new Sealing([{ id: "1", key: new Uint8Array(32).fill(1) }], new Uint8Array(32).fill(2)));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await storage.close();
  rmSync(directory, { recursive: true, force: true });
});

test("an operator opens the printed address, registers, checks and removes a service; the address opens nothing again", async () => {
  const console = await openConsole({
    storage, clock: systemClock, sandbox: true, bundle: await bundleAssets(),
    examine: async () => [{ check: "redirect_uri", outcome: "ok", finding: "https://rp.example/cb", remedy: "" }],
  });
  try {
    const context = await browser.newContext({ locale: "en" });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(console.address);
    await page.getByRole("heading", { name: "Relying parties" }).waitFor();
    expect(page.url()).not.toContain("token");
    expect(await seriousFindings(page)).toEqual([]);

    await page.getByLabel("Name people see").fill("みどり図書館");
    await page.getByLabel("Client id").fill("library");
    await page.getByLabel("Where the browser comes back to").fill("https://rp.example/cb");
    await page.getByRole("button", { name: "Register", exact: true }).click();
    const key = JSON.parse((await page.locator("[data-made]").textContent()) ?? "") as { d: string };
    expect(await seriousFindings(page)).toEqual([]);
    await page.getByRole("button", { name: "Check it now" }).click();
    await page.getByText("What the check found").waitFor();
    expect((await page.content()).includes(key.d)).toBe(false);

    await page.getByRole("link", { name: "日本語" }).click();
    await page.getByRole("button", { name: "いま点検する" }).waitFor();
    await page.getByText("削除", { exact: true }).click();
    await page.getByRole("button", { name: "削除する" }).click();
    await page.getByText("登録されたサービスはまだありません。").waitFor();
    expect(await listRelyingParties(storage)).toEqual([]);

    const other = await (await browser.newContext({ locale: "en" })).newPage();
    await other.goto(console.address);
    await other.getByText("was used already").waitFor();
    expect(complaints).toEqual([]);
  } finally {
    await console.close();
  }
});
