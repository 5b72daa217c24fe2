import type { Middleware } from "koa";
import { Refusal } from "../errors.ts";

/**
 * How far the end of the process has come, as requests see it: `announcing`, it still answers everything but
 * says that it is not ready and that connections end; `refusing`, it only finishes what it has begun.
 */
export type DrainStage = "serving" | "announcing" | "refusing";

/** The end of the process, as its web application takes part in it. */
export interface Drain {
  readonly stage: DrainStage;
  /** Aborts when the end begins: whoever waits for something that may take long stops waiting. */
  readonly begun: AbortSignal;
  /** Goes on to a stage; never back. */
  enter(stage: Exclude<DrainStage, "serving">): void;
}

/** Seconds after which whoever was refused tries again: another process, or this one started anew. */
const retrySeconds = 2;

export function createDrain(): Drain {
  const begun = new AbortController();
  let stage: DrainStage = "serving";
  return {
    get stage() {
      return stage;
    },
    begun: begun.signal,
    enter(next) {
      if (stage !== "refusing") stage = next;
      begun.abort();
    },
  };
}

/**
 * Ends kept-alive connections with the answer to their next request once the drain has begun, so that the
 * proxy uses no connection that is about to go, and refuses further requests once it refuses.
 */
export function draining(drain: Drain): Middleware {
  return async (ctx, next) => {
    if (drain.stage !== "serving") ctx.set("connection", "close");
    if (drain.stage === "refusing") throw new Refusal("service_unavailable", "the process ends", retrySeconds);
    await next();
    if (drain.stage !== "serving" && !ctx.headerSent) ctx.set("connection", "close");
  };
}
