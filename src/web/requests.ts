import type { Context, Middleware } from "koa";
import { newIdentifier } from "../identifiers.ts";
import type { WebPorts } from "./ports.ts";

type Ports = Pick<WebPorts, "log" | "logRequests" | "observer" | "tracing" | "trustedProxies">;

/** What proxies write for an answer that nobody waited for, or that was cut off. */
const brokenOff = 499;

/** Measures each request and writes one line about it: what, how long, how it ended. Never who, never a path or a query. */
export function requests(ports: Ports): Middleware {
  const { log, logRequests, observer, tracing } = ports;
  return async (ctx, next) => {
    const started = performance.now();
    const id = requestId(ctx, ports);
    ctx.state["requestId"] = id;
    ctx.set("x-request-id", id);
    // Also of one that breaks off.
    ctx.res.once("close", () => {
      const milliseconds = performance.now() - started;
      const [route, status] = [routeOf(ctx), ctx.res.writableFinished ? ctx.res.statusCode : brokenOff];
      observer?.request(ctx.method, route, status, milliseconds / 1000);
      if (logRequests) log.info({ request: id, method: ctx.method, route, status, ms: Math.round(milliseconds) }, "request");
    });
    if (tracing === undefined) return next();
    const traceparent = ports.trustedProxies > 0 ? ctx.get("traceparent") : null;
    return tracing.request(traceparent, next, () => ({ id, method: ctx.method, route: routeOf(ctx), status: ctx.respond === false ? ctx.res.statusCode : ctx.status }));
  };
}

/** A trusted proxy's, so that its log and ours can be put side by side; else one of our own. */
function requestId(ctx: Context, { trustedProxies }: Ports): string {
  const given = trustedProxies > 0 ? ctx.get("x-request-id") : "";
  return /^[A-Za-z0-9_-]{16,64}$/.test(given) ? given : newIdentifier();
}

/** Notes the pattern of a route that is not a router's. */
export function setRoute(ctx: Context, pattern: string): void {
  ctx.state["route"] = pattern;
}

/** The pattern of the route that took the request, so that nothing a stranger wrote is logged or counted; `unmatched` where there is none. */
export function routeOf(ctx: Context): string {
  const { route } = ctx.state as { route?: string };
  const { matched = [] } = ctx as { matched?: readonly { readonly path: string | RegExp; readonly methods: readonly string[] }[] };
  return route ?? String(matched.findLast(({ methods }) => methods.includes(ctx.method))?.path ?? "unmatched");
}
