import type { Middleware } from "koa";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { Refusal } from "../errors.ts";
import { networkOf } from "./rate-limit.ts";

/** Wrong user codes of one network in ten minutes, the life of a code (RFC 8628 5.1). */
const wrongCodes = { points: 10, duration: 600 };

/** Keeps user codes from being guessed. A code that is right gives back what it took. */
export function userCodeLimit(): Middleware {
  const limiter = new RateLimiterMemory(wrongCodes);
  return async (ctx, next) => {
    if (ctx.path !== "/device" || ctx.method !== "POST") return next();
    const network = networkOf(ctx.ip);
    try {
      // Before the code is looked at, so that many at once gain nothing.
      await limiter.consume(network);
    } catch (reason) {
      if (reason instanceof RateLimiterRes) throw new Refusal("rate_limited", "user codes", Math.ceil(reason.msBeforeNext / 1000));
      throw reason;
    }
    await next();
    if (ctx.res.statusCode < 400) await limiter.reward(network);
  };
}
