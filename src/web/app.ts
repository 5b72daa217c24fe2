import Koa, { type Context, type Middleware } from "koa";
import { Refusal } from "../errors.ts";
import { findAccountSession } from "./account-session.ts";
import { authenticatorRoutes } from "./authenticator-model.ts";
import { beginnings } from "./beginnings.ts";
import { trustIssuerForCookies } from "./cookies.ts";
import { draining } from "./drain.ts";
import { failures } from "./failures.ts";
import { rememberLocale } from "./locale.ts";
import type { WebPorts } from "./ports.ts";
import { rateLimit } from "./rate-limit.ts";
import { requests, setRoute } from "./requests.ts";
import { accountActRoutes } from "./routes/account-acts.ts";
import { accountRoutes } from "./routes/account.ts";
import { approveRoutes } from "./routes/approve.ts";
import { deviceRoutes } from "./routes/enrolment-device.ts";
import { enrolmentBrowserRoutes } from "./routes/enrolment-browser.ts";
import { interactionRoutes } from "./routes/interaction.ts";
import { postedRequestRoutes } from "./routes/posted-requests.ts";
import { publicRoutes } from "./routes/public.ts";
import { recoveryRoutes } from "./routes/recovery.ts";
import { receiptRoutes } from "./routes/receipts.ts";
import { registrationRoutes } from "./routes/registration.ts";
import { signalMetadataRoutes, signalRoutes } from "./routes/signals.ts";
import { allowFormsTo, securityHeaders } from "./security-headers.ts";
import { userCodeLimit } from "./user-code-limit.ts";

/** The web application: the provider's endpoints, and our own routes. */
export function createApp(ports: WebPorts): Koa {
  const app = new Koa({ proxy: ports.trustedProxies > 0, maxIpsCount: ports.trustedProxies });
  app.silent = true;
  app.use(async (ctx, next) => {
    trustIssuerForCookies(ctx, ports);
    await next();
  });
  app.use(requests(ports));
  app.use(securityHeaders(ports));
  app.use(failures(ports));
  app.use(draining(ports.drain));
  app.use(rateLimit(ports, (ctx) => sessionBegunBy(ctx, ports)));
  app.use(async (ctx, next) => {
    // On our own pages alone: a relying party's wish is for one request.
    if (!ctx.path.startsWith("/authorize")) rememberLocale(ctx, ports);
    await next();
  });
  app.use(postedRequestRoutes().routes());
  app.use(beginnings(ports));
  app.use(userCodeLimit(ports));
  // It names its routes, none of which is ours: before the routers, each of which looks at all that passes.
  app.use(provider(ports));
  for (const router of [interactionRoutes(ports), publicRoutes(ports), deviceRoutes(ports), enrolmentBrowserRoutes(ports), accountRoutes(ports), accountActRoutes(ports), recoveryRoutes(ports), approveRoutes(ports), authenticatorRoutes(ports), registrationRoutes(ports), signalMetadataRoutes(ports), signalRoutes(ports), receiptRoutes(ports)]) {
    app.use(router.routes());
  }
  return app;
}

/** What the account session was begun by, so that somebody else's session of the same person is another; null without one. */
async function sessionBegunBy(ctx: Context, ports: WebPorts): Promise<string | null> {
  const session = await findAccountSession(ctx, ports);
  return session === null ? null : (session.facts.passkeyId ?? session.person.id);
}

const reading = ["GET", "HEAD"];

/** The provider's routes with their methods. All else is refused here, in the words of the catalogue. */
const providerRoutes: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/authorize(\/[A-Za-z0-9_-]{1,64})?$/, reading],
  [/^\/(par|token|introspect|revoke|challenge|device-authorization|backchannel-authentication)$/, ["POST"]],
  [/^\/device$/, [...reading, "POST"]],
  [/^\/device\/[A-Za-z0-9_-]{1,64}$/, reading],
  [/^\/userinfo$/, [...reading, "POST"]],
  [/^\/jwks$|^\/\.well-known\/(openid-configuration|oauth-authorization-server)$/, reading],
  [/^\/sign-out(\/success)?$/, reading],
  [/^\/sign-out\/confirm$/, ["POST"]],
];

/**
 * Hands the request to the provider. It builds its URLs from the request's host: it is told the
 * issuer's, or that where clients show certificates, whatever else the client sent. Which of the two the request
 * came to is said by its own Host alone: proxies hand `X-Forwarded-Host` on as a client wrote it.
 */
function provider(ports: WebPorts): Middleware {
  const issuer = new URL(ports.issuer);
  const { mutualTls } = ports.providerPorts;
  const forCertificates = mutualTls === null ? null : new URL(mutualTls.origin);
  return async (ctx, next) => {
    const route = providerRoutes.find(([path]) => path.test(ctx.path));
    if (route === undefined) return next();
    setRoute(ctx, ctx.path.replace(/^\/(authorize|device)\/.+$/, "/$1/:id"));
    const isPreflight = ctx.method === "OPTIONS" && ctx.get("access-control-request-method") !== "";
    if (!isPreflight && !route[1].includes(ctx.method)) throw new Refusal("method_not_allowed", ctx.method);
    const { host, protocol } = ctx.get("host") === forCertificates?.host ? forCertificates : issuer;
    ctx.req.headers["x-forwarded-host"] = host;
    ctx.req.headers["x-forwarded-proto"] = protocol.slice(0, -1);
    ctx.req.headers.host = host;
    // The answer of an authorization request may be a form that the browser posts to the relying party.
    if (ctx.path.startsWith("/authorize")) allowFormsTo(ctx, "https:", ...(protocol === "http:" ? ["http:"] : []));
    ctx.respond = false;
    await ports.provider.handle(ctx.req, ctx.res);
  };
}
