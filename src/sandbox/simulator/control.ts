import { createServer, type Server } from "node:http";
import { bodyParser } from "@koa/bodyparser";
import { Router } from "@koa/router";
import Koa, { type Context, type Middleware, type Next } from "koa";
import type { z } from "zod";
import type { Bridge } from "../../cli/bridge.ts";
import { catalogue, orThrow, Refusal } from "../../errors.ts";
import { addRelyingParty, metadataOf } from "../../relying-parties/index.ts";
import type { Jlis } from "../jlis/jlis.ts";
import { sameOrigin } from "../jlis/web/guards.ts";
import { clientSchema, describeControl, logoutSchema, orderSchema } from "./control-schema.ts";
import { faultList, faultNamed } from "./faults/catalogue.ts";
import { sendLogoutToken } from "./logout-delivery.ts";
import type { Order, Orders } from "./orders.ts";
import type { Sessions } from "./sessions.ts";
import type { SignInLog } from "./sign-in-log.ts";
import type { Signer } from "./signer.ts";

export interface ControlPorts {
  readonly issuer: string;
  readonly origin: string;
  readonly bridge: Bridge;
  readonly jlis: Jlis;
  readonly orders: Orders;
  readonly log: SignInLog;
  readonly sessions: Sessions;
  readonly signer: Signer;
}

/** The control API: JSON, without authentication, for programs on this machine. */
export function createControl(ports: ControlPorts): Server {
  const app = new Koa();
  const router = new Router();
  addOrderRoutes(router, ports);
  router.get("/", (ctx) => void (ctx.body = describeControl(ports.issuer, ports.origin)));
  router.get("/faults", (ctx) => void (ctx.body = faultList));
  router.get("/personas", (ctx) => {
    ctx.body = ports.jlis.personas.list().map(({ persona: { id, medium, title, description }, state }) => ({ id, medium, state, title: title.en, description: description.en }));
  });
  router.get("/sign-ins", (ctx) => void (ctx.body = ports.log.records()));
  router.post("/clients", async (ctx) => void (ctx.body = await registerClient(ports, parse(clientSchema, ctx))));
  router.post("/logout-tokens", async (ctx) => {
    const { client_id: clientId, fault } = parse(logoutSchema, ctx);
    ctx.body = await sendLogoutToken(ports, clientId, fault);
  });
  app.use(answerInJson).use(thisMachine).use(sameOrigin(ports.origin)).use(bodyParser({ enableTypes: ["json"], jsonLimit: 64 * 1024, onError: refuseBody })).use(router.routes()).use(router.allowedMethods());
  return createServer(app.callback());
}

function addOrderRoutes(router: Router, { orders }: ControlPorts): void {
  router.get("/next", (ctx) => void (ctx.body = orders.list().map(shown)));
  router.post("/next", (ctx) => {
    const { client_id: clientId, signed_in: signedIn, delay_ms: delayMs, fault, ...rest } = parse(orderSchema, ctx);
    orders.add({ ...rest, clientId, signedIn, delayMs, fault: fault === null ? null : (faultNamed(fault) ?? null) });
    ctx.body = orders.list().map(shown);
  });
  router.delete("/next", (ctx) => {
    orders.clear();
    ctx.body = [];
  });
}

const shown = ({ clientId, signedIn, delayMs, fault, ...rest }: Order): object => ({ client_id: clientId, ...rest, signed_in: signedIn, delay_ms: delayMs, fault: fault?.name ?? null });

async function registerClient({ bridge }: ControlPorts, asked: z.output<typeof clientSchema>): Promise<object> {
  const metadata = orThrow(
    metadataOf({
      clientId: asked.client_id,
      name: asked.client_id,
      redirectUris: asked.redirect_uris,
      postLogoutRedirectUris: asked.post_logout_redirect_uris,
      ...(asked.backchannel_logout_uri !== undefined && { backchannelLogoutUri: asked.backchannel_logout_uri }),
      authentication: asked.token_endpoint_auth_method,
      ...(asked.jwks !== undefined && { jwks: asked.jwks }),
      requirePushedRequests: asked.require_pushed_authorization_requests,
      dpopBound: asked.dpop_bound_access_tokens,
    }),
  );
  const { secret } = await addRelyingParty(bridge.storage, metadata, bridge.clock());
  return { ...metadata, ...(secret !== null && { client_secret: secret }) };
}

function parse<Schema extends z.ZodType>(schema: Schema, ctx: Context): z.output<Schema> {
  const parsed = schema.safeParse(ctx.request.body ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Refusal("invalid_request", `${issue?.path.join(".") || "body"}: ${issue?.message ?? "wrong"}`);
}

function refuseBody(error: Error): never {
  if ("type" in error && error.type === "entity.too.large") throw new Refusal("request_too_large", "body: at most 64 KiB");
  throw new Refusal("invalid_request", "body: is not JSON, or no object");
}

/** A page of the network whose name was made to lead here has no business here (DNS rebinding). */
const thisMachine: Middleware = async (ctx: Context, next: Next) => {
  if (!["localhost", "127.0.0.1", "[::1]"].includes(ctx.hostname)) throw new Refusal("cross_site_request", "host");
  await next();
};

/** Refusals as JSON, with their detail: who gives orders here wants to know what was wrong with them. */
const answerInJson: Middleware = async (ctx: Context, next: Next) => {
  try {
    await next();
    if (ctx.body === undefined && ctx.status === 404) throw new Refusal("not_found", "GET / describes what there is");
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal("status" in Object(error) ? "invalid_request" : "internal_error", String(error));
    ctx.status = catalogue[refusal.code].status;
    ctx.body = { error: refusal.code, error_description: refusal.detail };
  }
};
