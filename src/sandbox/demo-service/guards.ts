import type { Context, Middleware, Next } from "koa";
import { Refusal } from "../../errors.ts";

/**
 * No script at all, nothing from elsewhere. Forms end here or at the provider: browsers apply
 * `form-action` to where a form is redirected too.
 */
export function securityHeaders(issuer: string): Middleware {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    `form-action 'self' ${new URL(issuer).origin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return async (context: Context, next: Next): Promise<void> => {
    context.set({
      "Content-Security-Policy": policy,
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      // Not no-referrer: under that a browser posts our own forms with "Origin: null".
      "Referrer-Policy": "same-origin",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Cache-Control": "no-store",
    });
    await next();
  };
}

/** Refuses another name for this host (DNS rebinding); a person who typed one is led to the right one. */
export function ownHost(origin: string): Middleware {
  const { host } = new URL(origin);
  return async (context: Context, next: Next): Promise<void> => {
    if (context.host === host) return next();
    if (context.method !== "GET" || context.path.startsWith("/api/")) throw new Refusal("cross_site_request", "host");
    context.redirect(`${origin}/`);
  };
}

/** Refuses a POST that another site had a browser send. A browser always says where it comes from. */
export function sameOrigin(origin: string): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    const site = context.get("Sec-Fetch-Site");
    const from = context.get("Origin");
    if (site === "" && from === "") throw new Refusal("cross_site_request", "neither Origin nor Sec-Fetch-Site");
    if (site !== "" && site !== "same-origin") throw new Refusal("cross_site_request", "Sec-Fetch-Site");
    if (from !== "" && from !== origin) throw new Refusal("cross_site_request", "Origin");
    await next();
  };
}
