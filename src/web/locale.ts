import type { Context } from "koa";
import { type Locale, locales } from "../../views/messages/index.ts";
import { cookieOptions } from "./cookies.ts";
import type { WebPorts } from "./ports.ts";

const cookie = "jpki_locale";

const supported = (tag: string): Locale | undefined => locales.find((locale) => tag.toLowerCase().split("-")[0] === locale);

/** The first supported language of a space-separated preference list (OpenID Connect Core 3.1.2.1). */
export function preferred(uiLocales: string | undefined): Locale | undefined {
  return uiLocales?.split(" ").map(supported).find((locale) => locale !== undefined);
}

/** The person's language: chosen on a page, asked for by the relying party, the browser's, Japanese. */
export function localeOf(ctx: Context): Locale {
  const { uiLocales } = ctx.state as { uiLocales?: string };
  const query = ctx.query["ui_locales"];
  return (
    preferred(typeof query === "string" ? query : undefined) ??
    preferred(ctx.cookies.get(cookie)) ??
    preferred(uiLocales) ??
    ((ctx.acceptsLanguages([...locales]) || "ja") as Locale)
  );
}

/** Remembers the language chosen on a page. */
export function rememberLocale(ctx: Context, ports: Pick<WebPorts, "issuer">): void {
  const query = ctx.query["ui_locales"];
  const chosen = preferred(typeof query === "string" ? query : undefined);
  if (chosen !== undefined && ctx.method === "GET") ctx.cookies.set(cookie, chosen, { ...cookieOptions(ports), sameSite: "lax", maxAge: 365 * 86_400_000 });
}
