import { describe, expect, test } from "vitest";
import { html, Html, render, trusted, webAddress, type Renderable } from "../../views/html.ts";

describe("html", () => {
  test.each<readonly [string, Renderable, string]>([
    ["text", "a & b", "a &amp; b"],
    ["element", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"],
    ["quotes", `"'\``, "&quot;&#39;&#96;"],
    ["entity", "&lt;", "&amp;lt;"],
    ["number", 0, "0"],
    ["empty string", "", ""],
    ["null", null, ""],
    ["undefined", undefined, ""],
    ["false", false, ""],
    ["nested template", html`<b>${"<"}</b>`, "<b>&lt;</b>"],
    ["array of templates and text", [html`<i></i>`, "<", [html`<b></b>`, null]], "<i></i>&lt;<b></b>"],
    ["own markup", trusted("<svg></svg>"), "<svg></svg>"],
  ])("%s", (_name, value, expected) => {
    expect(render(html`[${value}]`)).toBe(`[${expected}]`);
  });

  test("a value from outside that looks like Html is no Html", () => {
    const forged = JSON.parse('{"toString":"<b>"}') as Renderable;
    expect(() => render(html`${forged}`)).toThrow(TypeError);
    const constructor = Html as unknown as new (key: symbol, text: string) => Html;
    expect(() => new constructor(Symbol("html"), "<b>")).toThrow(TypeError);
  });
});

describe("webAddress", () => {
  test.each<readonly [string | undefined, boolean]>([
    ["https://library.example.jp/a?b#c", true],
    ["http://localhost:3200/phone#iss=x", true],
    ["javascript:alert(1)", false],
    [" JavaScript:alert(1)", false],
    ["data:text/html,x", false],
    ["//elsewhere.example", false],
    ["/path", false],
    ["", false],
    [undefined, false],
  ])("%s", (address, isKept) => {
    expect(webAddress(address)).toBe(isKept ? address : undefined);
  });
});
