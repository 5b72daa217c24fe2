import { describe, expect, test } from "vitest";
import { scriptNames } from "../../views/context.ts";
import { render } from "../../views/html.ts";
import { locales } from "../../views/messages/index.ts";
import { samples } from "../../views/samples.ts";

const rendered = samples.flatMap(({ name, show }) => locales.map((locale) => ({ name, locale, page: render(show(locale)) })));
const matches = (page: string, pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, group]) => group ?? "");

/** What must not be in a page under a Content-Security-Policy without `unsafe-inline`, or in any page. */
const forbidden: readonly (readonly [string, RegExp])[] = [
  ["undefined", /undefined|\[object|NaN|null"/],
  ["inline script", /<script(?![^>]* src=)/i],
  ["style element", /<style/i],
  ["script address", /(?:href|action|src)="\s*(?:javascript|data|vbscript):/i],
  ["resource of another origin", /(?:src|srcset|poster)="(?:https?:)?\/\//i],
  ["style sheet of another origin", /<link[^>]*href="(?:https?:)?\/\//i],
  ["unquoted attribute", /<[a-z][^>"]*\s[a-z-]+=[^"\s>]/i],
  ["unescaped template", /\$\{/],
];

/** The page without the values of its attributes, which may say anything. */
const withoutValues = (page: string): string => page.replace(/="[^"]*"/g, '=""');

describe.each(rendered)("$name in $locale", ({ locale, page }) => {
  test.each(forbidden)("has no %s", (_name, pattern) => {
    expect(page).not.toMatch(pattern);
  });

  test("has no style attribute and no event handler", () => {
    expect(withoutValues(page)).not.toMatch(/<[^>]*\s(?:style|on[a-z]+)\s*=/i);
  });

  test("is one document in its language, with one heading and one main part", () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="(ja|en)">/);
    expect(matches(page, /<html lang="(\w+)"/g)).toEqual([locale]);
    expect(page.match(/<h1[\s>]/g)).toHaveLength(1);
    expect(page.match(/<main[\s>]/g)).toHaveLength(1);
    expect(page).toMatch(/<title>[^<]+ \| jpki-bridge<\/title>/);
    expect(page).toMatch(/<a class="skip" href="#main">/);
    expect(page).toContain(`?ui_locales=${locale === "ja" ? "en" : "ja"}"`);
  });

  test("has unique ids, and references only to ids that are there", () => {
    const ids = matches(page, /\sid="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const references = matches(page, /\s(?:for|aria-labelledby|aria-describedby)="([^"]*)"/g);
    expect(references.filter((reference) => !ids.includes(reference))).toEqual([]);
  });

  test("has a label for every field and a name for every button and picture", () => {
    const fields = [...page.matchAll(/<(?:input|select|textarea)\b[^>]*>/g)].map(([tag]) => tag).filter((tag) => !tag.includes('type="hidden"'));
    const labelled = matches(page, /<label for="([^"]*)"/g);
    for (const field of fields) expect(labelled).toContain(/\sid="([^"]*)"/.exec(field)?.[1]);
    const empty = matches(page, /<(?:button|a)\b[^>]*>(.*?)<\/(?:button|a)>/gs).filter((inner) => inner.replace(/<[^>]*>/g, "").trim() === "");
    expect(empty).toEqual([]);
    for (const [image] of page.matchAll(/<img\b[^>]*>/g)) expect(image).toMatch(/\salt="/);
  });

  test("posts only forms with the anti-forgery token", () => {
    for (const [form] of page.matchAll(/<form\b[^>]*method="post"[\s\S]*?<\/form>/g)) {
      expect(form).toContain('<input type="hidden" name="csrf" value="sample-csrf">');
    }
    for (const [tag] of page.matchAll(/<form\b[^>]*>/g)) expect(tag).toMatch(/method="post"|data-[a-z]+-form/);
  });

  test("opens and closes every element", () => {
    const voids = /^(?:meta|link|input|img|br|path|circle|rect)$/;
    const open: string[] = [];
    for (const [, closing, name = ""] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
      if (voids.test(name)) continue;
      if (closing === "") open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });
});

test("the sandbox says so on every page, production on none", () => {
  const marked = rendered.filter(({ page }) => page.includes('class="sandbox"')).map(({ name }) => name);
  const unmarked = new Set(rendered.map(({ name }) => name).filter((name) => !marked.includes(name)));
  expect([...unmarked]).toEqual(["sign-in-higher-level", "home-production"]);
});

test("every browser module belongs to a page", () => {
  const loaded = new Set(rendered.flatMap(({ page }) => matches(page, /<script type="module" src="\/assets\/([a-z-]+)\.js">/g)));
  expect([...loaded].sort()).toEqual([...scriptNames].sort());
});
