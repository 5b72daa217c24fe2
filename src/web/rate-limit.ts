import type { Context, Middleware } from "koa";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refusal } from "../errors.ts";
import type { WebPorts } from "./ports.ts";

/**
 * Limits requests of one address, of one address that start or prove something, and of all together. What
 * protects an ID is limited by the account session it is done in: who tries to sign in from the same
 * address, as a thief in the same network may, must not use up its owner's way to stop them.
 * @param sessionOf what tells account sessions apart; null where there is none.
 */
export function rateLimit(ports: Pick<WebPorts, "limits">, sessionOf: (ctx: Context) => Promise<string | null>): Middleware {
  const { requests_per_minute, sensitive_per_minute, total_per_second } = ports.limits;
  const perAddress = new RateLimiterMemory({ points: requests_per_minute, duration: 60 });
  const sensitive = new RateLimiterMemory({ points: sensitive_per_minute, duration: 60 });
  const protective = new RateLimiterMemory({ points: sensitive_per_minute, duration: 60 });
  const total = new RateLimiterMemory({ points: total_per_second, duration: 1 });
  return async (ctx, next) => {
    if (isProbe(ctx.path)) return next();
    const address = networkOf(ctx.ip);
    await consume(perAddress, address, "rate_limited");
    if (ctx.method === "POST" && isSensitive(ctx.path)) {
      const session = isProtective(ctx.path) ? await sessionOf(ctx) : null;
      await (session === null ? consume(sensitive, address, "rate_limited") : consume(protective, session, "rate_limited"));
    }
    // Last: what is refused to one address must not be taken from all the others.
    await consume(total, "all", "service_unavailable");
    return next();
  };
}

const isProbe = (path: string): boolean => path === "/healthz" || path === "/readyz";
/** Guessing a number, a PIN's signature or a passkey must be slow; tokens for clients need not be. */
const isSensitive = (path: string): boolean => /^\/(interaction|enrolment|account|recovery|approve|device|register)(\/|$)/i.test(path);
/** What stops somebody else, and the passkey that is asked for first. */
const isProtective = (path: string): boolean => /^\/account\/(hold|erase|confirm\/passkey(\/options)?|passkeys\/[^/]+\/(suspend|surrender|remove)|certificates\/[^/]+\/unlink|activity\/[^/]+\/report)$/.test(path);

/** What one subscriber has: an IPv4 address, or the first 64 bits of an IPv6 address (RFC 6177). */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.split("::");
  const [before, after] = [head, tail].map((part) => part.split(":").filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - (before?.length ?? 0) - (after?.length ?? 0))).fill("0");
  return [...(before ?? []), ...zeros, ...(after ?? [])].slice(0, 4).map((group) => Number.parseInt(group, 16)).join(":");
}

async function consume(limiter: RateLimiterMemory, key: string, code: "rate_limited" | "service_unavailable"): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (reason) {
    if (reason instanceof RateLimiterRes) throw new Refusal(code, "limit", Math.ceil(reason.msBeforeNext / 1000));
    throw reason;
  }
}
