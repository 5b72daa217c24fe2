import type { Middleware } from "koa";
import { networkOf } from "./network.ts";
import { type LimitPorts } from "./rate-limit.ts";
import { SharedLimit } from "./shared-limit.ts";

/** Wrong user codes of one network in ten minutes, the life of a code (RFC 8628 5.1): counted in the database, each. */
const wrongCodes = { name: "user codes", limit: 10, window: 600, unshared: 0 };

/** Keeps user codes from being guessed. A code that is right gives back what it took. */
export function userCodeLimit({ storage, clock }: LimitPorts): Middleware {
  const limit = new SharedLimit(storage.rateCounters, clock, wrongCodes);
  return async (ctx, next) => {
    if (ctx.path !== "/device" || ctx.method !== "POST") return next();
    const network = networkOf(ctx.ip);
    // Before the code is looked at, so that many at once gain nothing.
    await limit.consume(network);
    await next();
    if (ctx.res.statusCode < 400) await limit.giveBack(network);
  };
}
