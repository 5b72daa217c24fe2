import type { Context, Middleware } from "koa";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Clock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import type { RateCounters } from "../storage/index.ts";
import { networkOf } from "./network.ts";
import type { WebPorts } from "./ports.ts";
import { SharedLimit } from "./shared-limit.ts";

/** What limits need: where processes count together, and a clock. */
export interface LimitPorts {
  readonly clock: Clock;
  readonly storage: { readonly rateCounters: RateCounters };
}

type RateLimits = Pick<WebPorts["limits"], "requests_per_minute" | "sensitive_per_minute" | "total_per_second">;

const minute = 60;

/**
 * Limits requests of one address, and of one address that start or prove something, for all processes
 * together; and what this process takes of all. What protects an ID is limited by the account session it is
 * done in: who tries to sign in from the same address, as a thief in the same network may, must not use up
 * its owner's way to stop them.
 * @param sessionOf what tells account sessions apart; null where there is none.
 */
export function rateLimit(ports: LimitPorts & { readonly limits: RateLimits }, sessionOf: (ctx: Context) => Promise<string | null>): Middleware {
  const { requests_per_minute, sensitive_per_minute, total_per_second } = ports.limits;
  const perAddress = sharedLimit(ports, "requests", requests_per_minute, minute);
  const sensitive = sharedLimit(ports, "sensitive", sensitive_per_minute, minute);
  const protective = sharedLimit(ports, "protective", sensitive_per_minute, minute);
  const total = new RateLimiterMemory({ points: total_per_second, duration: 1 });
  return async (ctx, next) => {
    if (isProbe(ctx.path)) return next();
    const address = networkOf(ctx.ip);
    await perAddress.consume(address);
    ctx.state["takeSensitive"] = () => sensitive.consume(address);
    if (ctx.method === "POST" && isSensitive(ctx.path)) {
      const session = isProtective(ctx.path) ? await sessionOf(ctx) : null;
      await (session === null ? sensitive.consume(address) : protective.consume(session));
    }
    // Last: what is refused to one address must not be taken from all the others.
    await consume(total);
    return next();
  };
}

/**
 * Takes a point for what a page brings along and would otherwise be asked for by a POST of its own.
 * @returns false when its address has none left: then it is to be asked for, and refused, as ever.
 */
export async function mayBringAlong(ctx: Context): Promise<boolean> {
  const { takeSensitive } = ctx.state as { takeSensitive(): Promise<void> };
  try {
    await takeSensitive();
    return true;
  } catch (reason) {
    if (reason instanceof Refusal) return false;
    throw reason;
  }
}

/** A limit of which each process lets a tenth through without asking the others. */
export function sharedLimit({ storage, clock }: LimitPorts, name: string, limit: number, window: number): SharedLimit {
  return new SharedLimit(storage.rateCounters, clock, { name, limit, window, unshared: Math.floor(limit / 10) });
}

const isProbe = (path: string): boolean => path === "/healthz" || path === "/readyz";
/** Guessing a number, a PIN's signature or a passkey must be slow; tokens for clients need not be. */
const isSensitive = (path: string): boolean => /^\/(interaction|enrolment|account|recovery|approve|device|register)(\/|$)/i.test(path);
/** What stops somebody else, and the passkey that is asked for first. */
const isProtective = (path: string): boolean => /^\/account\/(hold|erase|confirm\/passkey(\/options)?|passkeys\/[^/]+\/(suspend|surrender|remove)|certificates\/[^/]+\/unlink|activity\/[^/]+\/report)$/.test(path);

async function consume(total: RateLimiterMemory): Promise<void> {
  try {
    await total.consume("all");
  } catch (reason) {
    if (reason instanceof RateLimiterRes) throw new Refusal("service_unavailable", "limit total", Math.ceil(reason.msBeforeNext / 1000));
    throw reason;
  }
}
