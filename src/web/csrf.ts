import type { Context, Middleware } from "koa";
import { equalSecrets, fromBase64Url, randomBytes, toBase64Url } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { cookieName, cookieOptions } from "./cookies.ts";
import type { WebPorts } from "./ports.ts";

const cookie = "jpki_csrf";

/** The anti-forgery token of this browser: a secret cookie, repeated by every form and script call. */
export function csrfToken(ctx: Context, ports: WebPorts): string {
  const state = ctx.state as { csrf?: string };
  const known = state.csrf ?? ctx.cookies.get(cookieName(ports, cookie));
  if (known !== undefined && fromBase64Url(known)?.length === 32) return known;
  const made = toBase64Url(randomBytes(32));
  state.csrf = made;
  // Not strict: coming here from a relying party, the browser would seem to have none, and a new one
  // would spoil the pages it has open in other tabs. No other site can read it or send it with a form.
  ctx.cookies.set(cookieName(ports, cookie), made, { ...cookieOptions(ports), sameSite: "lax" });
  return made;
}

/**
 * Refuses a state-changing request that another site could have caused: it must come from our own
 * origin and carry the token of its browser's cookie.
 */
export function requireSameSite(ports: WebPorts): Middleware {
  return async (ctx, next) => {
    const site = ctx.get("sec-fetch-site");
    const origin = ctx.get("origin");
    if (site !== "" && site !== "same-origin") throw new Refusal("cross_site_request", "sec-fetch-site");
    if (origin !== "" && origin !== new URL(ports.issuer).origin) throw new Refusal("cross_site_request", "origin");
    const body = ctx.request.body as { csrf?: unknown } | undefined;
    const sent = ctx.get("x-csrf-token") || (typeof body?.csrf === "string" ? body.csrf : "");
    const expected = fromBase64Url(ctx.cookies.get(cookieName(ports, cookie)) ?? "");
    const presented = fromBase64Url(sent);
    if (expected?.length !== 32 || presented === null || !equalSecrets(expected, presented)) throw new Refusal("cross_site_request", "token");
    await next();
  };
}
