/** How a sample is made, and what many of them show. */
import type { Assets, PageContext, RelyingParty } from "./context.ts";
import type { Html } from "./html.ts";
import type { Locale } from "./messages/index.ts";

const assets: Assets = { style: "/assets/main.css", script: (name) => `/assets/${name}.js` };
export const page: PageContext = { csrf: "sample-csrf", sandbox: true, assets };
export const party: RelyingParty = { name: "みどり図書館オンライン", host: "library.example.jp" };
export const noon = 1_795_230_000;

/** A page with a context that it can show. */
export interface Sample {
  readonly name: string;
  /** The strings of the context go through `change` first, so that a test can put anything there. */
  show(locale: Locale, change?: (text: string) => string): Html;
}

export function sample<Context extends PageContext>(name: string, view: (context: Context, locale: Locale) => Html, context: Context, sealed: readonly string[] = []): Sample {
  return { name, show: (locale, change = (text) => text) => view(changeStrings(context, change, sealed), locale) };
}

/** Every string in the context but the `sealed` ones, whose values decide what the page is. */
function changeStrings<Value>(value: Value, change: (text: string) => string, sealed: readonly string[]): Value {
  const walk = (inner: unknown, key: string): unknown => {
    if (typeof inner === "string") return sealed.includes(key) ? inner : change(inner);
    if (Array.isArray(inner)) return inner.map((each) => walk(each, key));
    if (inner === null || typeof inner !== "object" || inner.constructor !== Object) return inner;
    return Object.fromEntries(Object.entries(inner).map(([name, each]) => [name, name === "assets" ? each : walk(each, name)]));
  };
  return walk(value, "") as Value;
}
