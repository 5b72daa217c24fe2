import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import axe from "axe-core";
import chromium from "@sparticuz/chromium";
import { chromium as playwright, type Page } from "playwright-core";
import { type Html, render } from "../../views/html.ts";

const views = [
  { name: "phone", size: { width: 360, height: 740 }, colorScheme: "light" },
  { name: "phone-dark", size: { width: 360, height: 740 }, colorScheme: "dark" },
  { name: "desktop", size: { width: 1280, height: 800 }, colorScheme: "light" },
  { name: "desktop-dark", size: { width: 1280, height: 800 }, colorScheme: "dark" },
] as const;

interface Looked {
  readonly samples: readonly { readonly name: string; show(language: "ja" | "en"): Html }[];
  readonly style: string;
  readonly origin: string;
}

/**
 * Takes pictures of the samples whose name begins with one of those wanted, of all if none is, at phone and desktop width, light
 * and dark, in both languages, into a folder, and runs axe over each. Ends the process with 1 if axe finds anything serious or
 * critical, a target is too small, or a page is wider than its window.
 */
export async function lookAt({ samples, style, origin }: Looked, [folder = "screens", ...wanted]: readonly string[]): Promise<void> {
  const chosen = samples.filter(({ name }) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));
  await mkdir(folder, { recursive: true });
  const browser = await playwright.launch({ executablePath: await chromium.executablePath(), args: ["--no-sandbox", "--headless=new"] });
  let count = 0;
  for (const { name: view, size, colorScheme } of views) {
    const context = await browser.newContext({ viewport: size, colorScheme, reducedMotion: "reduce" });
    const page = await context.newPage();
    for (const { name, show } of chosen) {
      for (const language of ["ja", "en"] as const) {
        await page.route(`${origin}/**`, (route) => {
          const path = new URL(route.request().url()).pathname;
          if (path === "/") return route.fulfill({ contentType: "text/html; charset=utf-8", body: render(show(language)) });
          return path.endsWith(".css") ? route.fulfill({ contentType: "text/css", body: style }) : route.fulfill({ status: 204 });
        });
        await page.goto(`${origin}/`);
        await page.screenshot({ path: join(folder, `${name}.${language}.${view}.png`), fullPage: true });
        for (const complaint of await complaints(page)) {
          count += 1;
          process.stdout.write(`${name} ${language} ${view}: ${complaint}\n`);
        }
        await page.unrouteAll();
      }
    }
    await context.close();
  }
  await browser.close();
  process.stdout.write(`${chosen.length} pages looked at, ${count} complaints\n`);
  process.exitCode = count === 0 ? 0 : 1;
}

/** What is wrong with the page now shown, in one line each; what is folded away is opened, after its picture was taken. */
async function complaints(page: Page): Promise<string[]> {
  await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
  await page.evaluate(axe.source);
  const found = await page.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + " " + failureSummary)))`);
  const small = await page.evaluate<string[]>(`[...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")]
    .filter((each) => each.checkVisibility() && !each.matches(".skip") && (each.type === "checkbox" ? each.labels[0] : each).getBoundingClientRect().height < 44)
    .map((each) => "target lower than 44 px: " + each.outerHTML.slice(0, 80))`);
  const wide = await page.evaluate<boolean>("document.documentElement.scrollWidth > window.innerWidth");
  return [...found, ...small, ...(wide ? ["wider than its window"] : [])];
}
