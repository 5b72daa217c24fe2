import type { Context } from "koa";
import { type Html, render } from "../../views/html.ts";
import type { Locale } from "../../views/messages/index.ts";
import type { PageContext } from "../../views/context.ts";
import { Refusal } from "../errors.ts";
import { csrfToken } from "./csrf.ts";
import { localeOf } from "./locale.ts";
import type { WebPorts } from "./ports.ts";

/** What every page is given. */
export function pageContext(ctx: Context, ports: WebPorts): PageContext {
  return { csrf: csrfToken(ctx, ports), sandbox: ports.sandbox, assets: ports.assets };
}

/** What is the page's own; of a union, each member's. */
type Specific<PageOf> = PageOf extends PageContext ? Omit<PageOf, keyof PageContext> & Partial<PageContext> : never;

/** Sends a page in the person's language. Pages are never cached: they belong to one person and one moment. */
export function sendPage<PageOf extends PageContext>(
  ctx: Context,
  ports: WebPorts,
  page: (context: PageOf, locale: Locale) => Html,
  specific: Specific<PageOf>,
): void {
  ctx.type = "text/html; charset=utf-8";
  ctx.set("cache-control", "no-store");
  ctx.body = render(page({ ...pageContext(ctx, ports), ...specific } as unknown as PageOf, localeOf(ctx)));
}

/** Sends JSON that must not be kept. */
export function sendJson(ctx: Context, body: unknown): void {
  ctx.set("cache-control", "no-store");
  ctx.body = body;
}

/** A member of the body that must be a string of at most `longest` characters. @throws Refusal `invalid_request`. */
export function textMember(ctx: Context, name: string, longest = 256): string {
  const value = (ctx.request.body as Record<string, unknown> | undefined)?.[name];
  if (typeof value !== "string" || value.length === 0 || value.length > longest) throw new Refusal("invalid_request", `${name}: text of 1 to ${longest} characters`);
  return value;
}

/** A member of the body that is one line of text which shows as it is: no control characters, no directions of its own. */
export function lineMember(ctx: Context, name: string, longest: number): string {
  const line = textMember(ctx, name, longest).trim();
  if (line === "" || /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u.test(line)) throw new Refusal("invalid_request", `${name}: one line of text`);
  return line;
}

/** A member of the body as it came. @throws Refusal `invalid_request` when it is missing. */
export function member(ctx: Context, name: string): unknown {
  const value = (ctx.request.body as Record<string, unknown> | undefined)?.[name];
  if (value === undefined || value === null) throw new Refusal("invalid_request", `${name} is missing`);
  return value;
}

/** A path parameter that is one of our identifiers. @throws Refusal `not_found`. */
export function pathId(ctx: Context, name: string): string {
  const value = (ctx["params"] as Record<string, string | undefined>)[name];
  if (value === undefined || !/^[A-Za-z0-9_~.-]{1,64}$/.test(value)) throw new Refusal("not_found", name);
  return value;
}

/** Whether the browser says it is a phone's: decides what is offered first, nothing else. */
export function likelyPhone(ctx: Context): boolean {
  return ctx.get("sec-ch-ua-mobile") === "?1" || /Android|iPhone|Mobile/.test(ctx.get("user-agent"));
}
