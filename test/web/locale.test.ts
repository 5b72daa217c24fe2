import type { Context } from "koa";
import { describe, expect, test } from "vitest";
import { localeOf, preferred, rememberLocale } from "../../src/web/locale.ts";
import { serve, type Served } from "./serve.ts";

describe("the first supported language of a preference list", () => {
  const rows: [string | undefined, string | undefined][] = [
    [undefined, undefined], ["", undefined], ["ja", "ja"], ["en", "en"], ["fr en ja", "en"], ["en-US", "en"], ["JA-JP", "ja"], ["fr de", undefined],
    ["jav en", "en"], ["e", undefined], ["  ja", "ja"], ["en;q=1", undefined], ["../en", undefined], ["en\nja", undefined],
  ];
  test.each(rows)("%j: %s", (list, expected) => expect(preferred(list)).toBe(expected));
});

const asking = (uiLocales?: string): Promise<Served> =>
  serve([async (ctx, next) => {
    if (uiLocales !== undefined) ctx.state["uiLocales"] = uiLocales;
    rememberLocale(ctx, { issuer: "http://id.example" });
    await next();
  }], (ctx: Context) => ({ locale: localeOf(ctx) }));

describe("the person's language", () => {
  interface Row { readonly query?: string; readonly cookie?: string; readonly uiLocales?: string; readonly accepts?: string }
  const rows: [string, Row, string][] = [
    ["nothing said: Japanese", {}, "ja"],
    ["the browser's", { accepts: "en-GB,en;q=0.9,ja;q=0.8" }, "en"],
    ["the browser's by its weights", { accepts: "en;q=0.5, ja;q=0.9" }, "ja"],
    ["a browser that speaks neither", { accepts: "fr,de" }, "ja"],
    ["a browser that takes any", { accepts: "*" }, "ja"],
    ["the relying party's before the browser's", { uiLocales: "en", accepts: "ja" }, "en"],
    ["the chosen before the relying party's", { cookie: "ja", uiLocales: "en", accepts: "en" }, "ja"],
    ["the one just chosen before all", { query: "en", cookie: "ja", uiLocales: "ja", accepts: "ja" }, "en"],
    ["an unknown choice is none", { query: "fr", cookie: "xx", uiLocales: "yy", accepts: "en" }, "en"],
  ];
  test.each(rows)("%s", async (_name, { query, cookie, uiLocales, accepts = "" }, expected) => {
    const served = await asking(uiLocales);
    const headers: Record<string, string> = { "accept-language": accepts, ...(cookie !== undefined && { cookie: `jpki_locale=${cookie}` }) };
    expect((await served.ask(query === undefined ? "/" : `/?ui_locales=${query}`, { headers })).body).toEqual({ locale: expected });
  });

  test("given twice in the address is no choice", async () => {
    const { body, headers } = await (await asking()).ask("/?ui_locales=en&ui_locales=ja", { headers: { "accept-language": "en" } });
    expect([body, headers.get("set-cookie")]).toEqual([{ locale: "en" }, null]);
  });
});

describe("a choice", () => {
  test("is remembered for a year, for the server alone", async () => {
    const { headers } = await (await asking()).ask("/?ui_locales=en-US");
    const set = headers.get("set-cookie") ?? "";
    expect(set).toMatch(/^jpki_locale=en;/);
    for (const attribute of ["path=/", "samesite=lax", "httponly"]) expect(set.toLowerCase()).toContain(attribute);
    const expires = Date.parse(/expires=([^;]+)/i.exec(set)?.[1] ?? "");
    expect(Math.abs(expires - Date.now() - 365 * 86_400_000)).toBeLessThan(60_000);
  });

  const none: [string, string, string][] = [["an unknown language", "/?ui_locales=fr", "GET"], ["none", "/", "GET"], ["a post", "/?ui_locales=en", "POST"], ["something nasty", "/?ui_locales=en%0d%0aset-cookie:x=1", "GET"]];
  test.each(none)("%s sets nothing", async (_name, path, method) => expect((await (await asking()).ask(path, { method })).headers.get("set-cookie")).toBeNull());
});
