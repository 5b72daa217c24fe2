import { bodyParser } from "@koa/bodyparser";
import type { Middleware } from "koa";
import { Refusal } from "../errors.ts";

const limit = "64kb";

/** Reads a JSON object or a form of at most 64 KiB; anything else is refused before it is looked at. */
export function readBody(kind: "json" | "form"): Middleware {
  const parse = bodyParser({ enableTypes: [kind], jsonLimit: limit, formLimit: limit, encoding: "utf-8", onError: refuseBody });
  const expected = kind === "json" ? "application/json" : "application/x-www-form-urlencoded";
  return async (ctx, next) => {
    if (ctx.is(expected) === false || ctx.is(expected) === null) throw new Refusal("unsupported_media_type", `expected ${expected}`);
    await parse(ctx, async () => {
      const { body, rawBody } = ctx.request;
      // The parser takes no body for an empty object, and a list for a body.
      if (kind === "json" && (rawBody === "" || Array.isArray(body))) throw new Refusal("invalid_request", "body: a JSON object");
      await next();
    });
  };
}

function refuseBody(error: Error): never {
  const { type } = error as { type?: string };
  throw new Refusal(type === "entity.too.large" ? "request_too_large" : "invalid_request", "body");
}
