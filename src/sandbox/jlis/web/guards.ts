import type { Context, Middleware, Next } from "koa";
import { Refusal } from "../../../errors.ts";

/** No script, no frame, nothing from elsewhere. A route that needs more sets its own header. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export function securityHeaders(): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    context.set({
      "Content-Security-Policy": contentSecurityPolicy,
      "X-Content-Type-Options": "nosniff",
      // Not no-referrer: under that a browser posts our own forms with "Origin: null".
      "Referrer-Policy": "same-origin",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cache-Control": "no-store",
    });
    await next();
  };
}

/**
 * Refuses what another site has a browser send (`cross_site_request`). A program that sends neither
 * `Origin` nor `Sec-Fetch-Site` is no browser and carries nobody's authority.
 */
export function sameOrigin(origin: string): Middleware {
  const allowed = loopbackTwins(origin);
  return async (context: Context, next: Next): Promise<void> => {
    const site = context.get("Sec-Fetch-Site");
    const from = context.get("Origin");
    if (site !== "" && site !== "same-origin") throw new Refusal("cross_site_request", "Sec-Fetch-Site");
    if (from !== "" && !allowed.has(from)) throw new Refusal("cross_site_request", "Origin");
    await next();
  };
}

/** The origin itself, and where it is a loopback address, the other ways to write that. */
function loopbackTwins(origin: string): ReadonlySet<string> {
  const { protocol, hostname, port } = new URL(origin);
  const loopback = ["localhost", "127.0.0.1", "[::1]"];
  if (!loopback.includes(hostname)) return new Set([origin]);
  return new Set(loopback.map((host) => new URL(`${protocol}//${host}:${port}`).origin));
}

/** Lets pages of the listed origins read an answer (Fetch standard, CORS protocol). */
export function readableFrom(origins: readonly string[]): Middleware {
  return async (context: Context, next: Next): Promise<void> => {
    context.vary("Origin");
    const from = context.get("Origin");
    if (origins.includes(from)) context.set("Access-Control-Allow-Origin", from);
    await next();
  };
}
