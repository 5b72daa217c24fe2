import { Router } from "@koa/router";
import type { Context } from "koa";
import type { AccountPasskey } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { pathId } from "./context.ts";
import { localeOf } from "./locale.ts";
import type { WebPorts } from "./ports.ts";

/** A model of authenticators as the account page names it; `null` when nothing is known of it. */
export function modelView(ctx: Context, ports: WebPorts, aaguid: string): NonNullable<AccountPasskey["model"]> | null {
  const model = ports.providerPorts.metadata.modelOf(aaguid);
  if (model === null) return null;
  const name = (localeOf(ctx) === "ja" ? model.name.ja : null) ?? model.name.en;
  return name === null ? null : { name, ...(model.icon !== null && { iconUrl: `/authenticators/${aaguid}/icon` }) };
}

/** The icons of models, from our own origin: no browser asks a maker's server who signs in here. */
export function authenticatorRoutes(ports: WebPorts): Router {
  const router = new Router({ sensitive: true });
  router.get("/authenticators/:aaguid/icon", (ctx) => {
    const icon = ports.providerPorts.metadata.modelOf(pathId(ctx, "aaguid"))?.icon ?? null;
    if (icon === null) throw new Refusal("not_found", "no icon of this model");
    ctx.set("content-security-policy", "default-src 'none'; sandbox");
    ctx.set("cache-control", "public, max-age=86400");
    ctx.type = icon.type;
    ctx.body = Buffer.from(icon.body);
  });
  return router;
}
