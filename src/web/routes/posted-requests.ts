import { Router } from "@koa/router";
import type { Context } from "koa";
import { Refusal } from "../../errors.ts";
import { readBody } from "../body.ts";

/** Characters; what a request line may hold, with room for the headers beside it. */
const longest = 8192;

/**
 * Authorization and sign-out requests that are posted (OpenID Connect Core 3.1.2.1, RP-Initiated Logout
 * 2). They come from other sites, and with such a POST no browser sends the cookies of our session, which
 * are SameSite=Lax. So the same request is asked for again as a GET, with them. It can do no more than a
 * link can: everything that changes anything is a form of our own, with its own token.
 */
export function postedRequestRoutes(): Router {
  const router = new Router({ sensitive: true });
  for (const path of ["/authorize", "/sign-out"]) {
    router.post(path, readBody("form"), (ctx: Context) => {
      // As it was sent: a parameter that stands twice is refused there.
      const query = new URLSearchParams(ctx.request.rawBody ?? "").toString();
      if (query.length > longest) throw new Refusal("request_too_large", "push the request instead (RFC 9126)");
      ctx.status = 303;
      ctx.redirect(`${path}?${query}`);
      ctx.status = 303;
    });
  }
  return router;
}
