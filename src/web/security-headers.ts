import type { Context, Middleware } from "koa";
import helmet from "koa-helmet";
import type { WebPorts } from "./ports.ts";

/**
 * Strict headers for every answer: no inline script or style, no third party, no framing. A page
 * that ends at a relying party names it, since browsers apply `form-action` to redirects too.
 */
export function securityHeaders(ports: Pick<WebPorts, "issuer">): Middleware {
  const secure = ports.issuer.startsWith("https:");
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
      },
    },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    // Not "no-referrer": browsers then send `Origin: null` with our own forms.
    referrerPolicy: { policy: "same-origin" },
    crossOriginOpenerPolicy: { policy: "same-origin" },
    crossOriginEmbedderPolicy: false,
    crossOriginResourcePolicy: { policy: "same-origin" },
    xFrameOptions: { action: "deny" },
  }) as Middleware;
}

/** Lets forms on this page end at these origins (or schemes). */
export function allowFormsTo(ctx: Context, ...origins: readonly string[]): void {
  const policy = String(ctx.response.get("content-security-policy"));
  const safe = origins.filter((origin) => /^https?:(\/\/[A-Za-z0-9.:[\]-]+)?$/.test(origin));
  ctx.set("content-security-policy", policy.replace("form-action 'self'", ["form-action 'self'", ...safe].join(" ")));
}
