import { describe, expect, test } from "vitest";
import { render } from "../../views/html.ts";
import { locales } from "../../views/messages/index.ts";
import { samples } from "../../views/samples.ts";

/** What an attacker could put into any text that reaches a page, such as a relying party's name. */
const payloads: readonly (readonly [string, string])[] = [
  ["element", "<xss-probe>"],
  ["script", "<script>xss-probe()</script>"],
  ["end of a script", "</script><xss-probe>"],
  ["end of an attribute", '"><xss-probe>'],
  ["end of a single-quoted attribute", "'><xss-probe>"],
  ["handler in an attribute", '" onfocus="xss-probe()" autofocus="'],
  ["handler after a backtick", "` onfocus=`xss-probe()"],
  ["end of a comment", "--><xss-probe><!--"],
  ["end of the title", "</title><xss-probe>"],
  ["end of a text area", "</textarea><xss-probe>"],
  ["image", "<img src=x onerror=xss-probe()>"],
  ["entity that turns into an element", "&lt;xss-probe&gt;"],
  ["script address", "javascript:xss-probe()"],
  ["script address with a tab", "java\tscript:xss-probe()"],
  ["template of a client", "{{xss-probe}}${xss-probe}"],
  ["replacement pattern", "$&$'$`<xss-probe>"],
];

/** Tags and attributes of a page without their values: what an injection would change. */
const skeleton = (page: string): string =>
  page
    .replace(/>[^<]*/g, ">")
    .replace(/="[^"]*"/g, "")
    .replace(/ (?:href|src|hidden|selected|datetime)(?=[ >])/g, "");

describe.each(payloads)("%s", (_name, payload) => {
  test.each(samples)("changes no tag of $name", ({ show }) => {
    for (const locale of locales) {
      const harmless = render(show(locale, () => "x"));
      const attacked = render(show(locale, () => payload));
      expect(skeleton(attacked)).toBe(skeleton(harmless));
      expect(skeleton(attacked)).not.toMatch(/<xss-probe|\son[a-z]+\b/);
    }
  });
});

test("a script address never becomes a link to another site's document or app", () => {
  for (const { show } of samples) {
    const page = render(show("ja", () => "javascript:xss-probe()"));
    const links = [...page.matchAll(/<a\b[^>]*(?:target="_blank"|data-app-link)[^>]*>/g)].map(([tag]) => tag);
    expect(links.filter((tag) => tag.includes('href="javascript:'))).toEqual([]);
  }
});
