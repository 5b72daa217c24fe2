import { Router } from "@koa/router";
import { homePage } from "../../../views/pages/index.ts";
import { crosswalkDocument } from "../../assurance/index.ts";
import { askedSeldom } from "../asked-seldom.ts";
import { sendPage } from "../context.ts";
import type { WebPorts } from "../ports.ts";

/** What anybody may read: the home page, health, the crosswalk, where passkeys are managed, bundled files. */
export function publicRoutes(ports: WebPorts): Router {
  const router = new Router({ sensitive: true });

  router.get("/", (ctx) =>
    sendPage(ctx, ports, homePage, {
      accountUrl: "/account",
      metadataUrl: "/.well-known/openid-configuration",
      ...(ports.trial !== undefined && { trial: ports.trial }),
    }),
  );

  router.get("/healthz", (ctx) => {
    ctx.body = { status: "ok" };
  });
  // No limit of requests counts for probes.
  const ping = askedSeldom(() => ports.storage.ping(), 1000);
  router.get("/readyz", async (ctx) => {
    const checks = { database: await ping(), keys: ports.provider.hasKeys(), digest_keys: ports.storage.sealing.mayLookUp, status_source: ports.statusReady() };
    const status = ports.drain.stage !== "serving" ? "draining" : Object.values(checks).every(Boolean) ? "ready" : "not ready";
    ctx.status = status === "ready" ? 200 : 503;
    ctx.body = { status, checks };
  });

  router.get("/assurance/crosswalk", (ctx) => {
    ctx.set("access-control-allow-origin", "*");
    ctx.set("cross-origin-resource-policy", "cross-origin");
    ctx.set("cache-control", "public, max-age=3600");
    ctx.body = crosswalkDocument();
  });

  /** Passkey Endpoints (W3C): where password managers send people. */
  router.get("/.well-known/passkey-endpoints", (ctx) => {
    ctx.body = { enroll: `${ports.issuer}/account/enrolment`, manage: `${ports.issuer}/account` };
  });

  router.get("/assets/:file", (ctx) => {
    const file = ports.bundle.get(ctx.path);
    if (file === undefined) return;
    ctx.set("cache-control", "public, max-age=31536000, immutable");
    ctx.type = file.type;
    ctx.body = Buffer.from(file.body);
  });
  return router;
}
