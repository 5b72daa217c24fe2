import { bodyParser } from "@koa/bodyparser";
import type { Middleware } from "koa";
import { Refusal } from "../errors.ts";

const limit = "64kb";

/** Reads a JSON or form body of at most 64 KiB; anything else is refused before it is looked at. */
export function readBody(kind: "json" | "form"): Middleware {
  const parse = bodyParser({ enableTypes: [kind], jsonLimit: limit, formLimit: limit, encoding: "utf-8", onError: refuseBody });
  const expected = kind === "json" ? "application/json" : "application/x-www-form-urlencoded";
  return async (ctx, next) => {
    if (ctx.is(expected) === false || ctx.is(expected) === null) throw new Refusal("unsupported_media_type", `expected ${expected}`);
    await parse(ctx, next);
  };
}

function refuseBody(error: Error): never {
  const { type } = error as { type?: string };
  throw new Refusal(type === "entity.too.large" ? "request_too_large" : "invalid_request", "body");
}
