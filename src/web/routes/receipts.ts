import { Router } from "@koa/router";
import type { Middleware } from "koa";
import { catalogue, Refusal } from "../../errors.ts";
import { pathId, sendJson } from "../context.ts";
import type { WebPorts } from "../ports.ts";
import { noteRefusal } from "../requests.ts";

/** The keys of receipts, for anybody; and for a relying party what it may keep of an assertion that was made to it. */
export function receiptRoutes({ storage, provider }: Pick<WebPorts, "storage" | "provider">): Router {
  const router = new Router({ sensitive: true });

  router.get("/.well-known/assurance-receipt-keys", async (ctx) => {
    ctx.set("access-control-allow-origin", "*");
    ctx.set("cross-origin-resource-policy", "cross-origin");
    ctx.set("cache-control", "public, max-age=600");
    ctx.type = "application/jwk-set+json";
    ctx.body = JSON.stringify({ keys: await storage.read.receiptKeys() });
  });

  router.get("/receipts/:id", inTheirWords, async (ctx) => {
    const statement = await provider.receiptStatement(ctx.req, pathId(ctx, "id"));
    ctx.type = "application/jwt";
    ctx.body = statement;
  });
  return router;
}

/** Refusals in the words of RFC 6750 3, for the developer who reads them. */
const inTheirWords: Middleware = async (ctx, next) => {
  ctx.set("cache-control", "no-store");
  try {
    await next();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === "internal_error") throw error;
    noteRefusal(ctx, error);
    ctx.status = catalogue[error.code].status;
    if (error.code === "invalid_token" || error.code === "insufficient_scope") ctx.set("www-authenticate", `Bearer error="${error.code}"`);
    sendJson(ctx, { error: error.code });
  }
};
