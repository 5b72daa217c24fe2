import type { Middleware } from "koa";
import { catalogue, Refusal } from "../errors.ts";
import { sendJson } from "./context.ts";
import { noteRefusal } from "./requests.ts";

/**
 * Refusals of endpoints that relying parties call with an access token, for the developer who reads them:
 * in the words of RFC 6750 3, with what is wrong, which is the relying party's own.
 * @param resourceMetadata where a client learns which tokens they take (RFC 9728 5.1)
 */
export function bearerRefusals(resourceMetadata: string): Middleware {
  return async (ctx, next) => {
    ctx.set("cache-control", "no-store");
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Refusal) || error.code === "internal_error") throw error;
      const { code, detail, retryAfter } = error;
      noteRefusal(ctx, error);
      ctx.status = catalogue[code].status;
      const challenge = challengeOf(error, ctx.get("authorization") !== "");
      if (challenge !== null) ctx.set("www-authenticate", `Bearer ${[...challenge, `resource_metadata="${resourceMetadata}"`].join(", ")}`);
      if (retryAfter !== undefined) ctx.set("retry-after", String(retryAfter));
      sendJson(ctx, { error: code, error_description: detail });
    }
  };
}

/** RFC 6750 3: who sends no token is told of no error. */
function challengeOf({ code, detail }: Refusal, presented: boolean): readonly string[] | null {
  if (code === "insufficient_scope") return [`error="${code}"`, `scope="${detail}"`];
  if (code !== "invalid_token") return null;
  return presented ? [`error="${code}"`] : [];
}
