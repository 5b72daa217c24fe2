import type { Context, Middleware } from "koa";
import type { Refusal } from "../errors.ts";
import { newIdentifier } from "../identifiers.ts";
import type { WebPorts } from "./ports.ts";
import { createRequestLines, type RequestFacts } from "./request-lines.ts";

type Ports = Pick<WebPorts, "log" | "logRequests" | "observer" | "tracing" | "trustedProxies">;

/** What proxies write for an answer that nobody waited for, or that was cut off. */
const brokenOff = 499;

/** Measures each request and writes one line about it: what, how long, how it ended. Never who, never a path or a query. */
export function requests(ports: Ports): Middleware {
  const { log, logRequests, observer, tracing } = ports;
  const writeLine = createRequestLines(log, logRequests);
  return async (ctx, next) => {
    const started = performance.now();
    const id = requestId(ctx, ports);
    ctx.state["requestId"] = id;
    ctx.set("x-request-id", id);
    let refusal: Refusal | null = null;
    const measure = (): RequestFacts => ({ request: id, method: ctx.method, route: routeOf(ctx), status: ctx.res.writableFinished ? ctx.res.statusCode : brokenOff, ms: Math.round(performance.now() - started) });
    ctx.state["refuse"] = (reason: Refusal) => {
      observer?.refused(reason.code);
      refusal = reason;
      // It broke off and has its line: that it was refused as well is news.
      if (ctx.res.closed) writeLine(measure(), reason);
    };
    // Also of one that breaks off.
    ctx.res.once("close", () => {
      const facts = measure();
      observer?.request(facts.method, facts.route, facts.status, (performance.now() - started) / 1000);
      writeLine(facts, refusal);
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

/** Counts the refusal of a request, and writes it into the request's line in place of another. */
export function noteRefusal(ctx: Context, refusal: Refusal): void {
  const { refuse } = ctx.state as { refuse(refusal: Refusal): void };
  refuse(refusal);
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
