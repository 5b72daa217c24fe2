import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Router } from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import { consoleClientPage, type ConsoleClientContext, consoleClientsPage, consoleOpenPage } from "../../../views/pages/index.ts";
import { type Html, render } from "../../../views/html.ts";
import type { PageContext } from "../../../views/context.ts";
import type { Locale } from "../../../views/messages/index.ts";
import type { Clock } from "../../clock.ts";
import { catalogue, orThrow, Refusal } from "../../errors.ts";
import { asIdentifier, type ClientId } from "../../identifiers.ts";
import { addRelyingParty, type Diagnosis, findRelyingParty, listRelyingParties, makeClientKey, metadataOf, type RelyingParty, removeRelyingParty, retireKeys, retireSecret, rotateKey, rotateSecret } from "../../relying-parties/index.ts";
import type { Storage } from "../../storage/index.ts";
import type { Bundle } from "../assets.ts";
import { readBody } from "../body.ts";
import { pathId, sendJson, textMember } from "../context.ts";
import { localeOf, rememberLocale } from "../locale.ts";
import { securityHeaders } from "../security-headers.ts";
import { createConsoleSessions, requireOwnOrigin } from "./console-session.ts";

/** What the operator's console works on. */
export interface ConsolePorts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly sandbox: boolean;
  readonly bundle: Bundle;
  /** Looks at a registration as `client doctor` does. */
  examine(party: RelyingParty): Promise<readonly Diagnosis[]>;
}

export interface Console {
  /** Opens the console, once, in whatever browser it is entered. */
  readonly address: string;
  close(): Promise<void>;
}

const overlap = 7 * 24 * 60 * 60;
const host = "127.0.0.1";

/** Serves the console on loopback alone, on a port of its own (0: a free one), to one browser. */
export async function openConsole(ports: ConsolePorts, port = 0): Promise<Console> {
  let origin = "";
  const sessions = createConsoleSessions(ports.clock, () => origin);
  const app = new Koa();
  app.silent = true;
  // A page elsewhere whose name was made to lead here (DNS rebinding) still says that name.
  app.use(async (ctx, next) => {
    if (`http://${ctx.get("host")}` !== origin) return void (ctx.status = 421);
    await next();
  });
  app.use(securityHeaders({ issuer: "http:" }));
  app.use(plainRefusals);
  app.use(async (ctx, next) => {
    rememberLocale(ctx, { issuer: origin });
    await next();
  });
  app.use(routes(ports, sessions, () => origin).routes());
  const server = createServer(app.callback());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  origin = `http://${host}:${(server.address() as AddressInfo).port}`;
  return { address: `${origin}/#token=${sessions.token}`, close: () => closed(server) };
}

type Sessions = ReturnType<typeof createConsoleSessions>;

function routes(ports: ConsolePorts, sessions: Sessions, origin: () => string): Router {
  const { storage, clock, bundle } = ports;
  const router = new Router({ sensitive: true });
  const form = [readBody("form"), sessions.requireOwnForm] as const;
  const page = (ctx: Context): PageContext => ({ csrf: sessions.csrfOf(ctx) ?? "", sandbox: ports.sandbox, assets: bundle.assets });

  const showList = async (ctx: Context, problem?: string): Promise<void> => {
    const clients = (await listRelyingParties(storage)).map(({ clientId, metadata }) => ({
      clientId, name: metadata.client_name, redirectUris: metadata.redirect_uris, authentication: metadata.token_endpoint_auth_method, detailsUrl: `/clients/${clientId}`,
    }));
    send(ctx, consoleClientsPage({ ...page(ctx), here: "/", clients, addUrl: "/clients", ...(problem !== undefined && { problem }) }, localeOf(ctx)));
  };
  const showClient = (ctx: Context, { clientId, metadata }: RelyingParty, more: Partial<ConsoleClientContext> = {}): void => {
    const { client_secret: _secret, ...shown } = metadata;
    const members = Object.entries(shown).map(([name, value]) => ({ name, value: typeof value === "string" ? value : JSON.stringify(value) }));
    const own = `/clients/${clientId}`;
    const urls = { listUrl: "/", checkUrl: `${own}/check`, rotateUrl: `${own}/rotate`, retireUrl: `${own}/retire`, removeUrl: `${own}/remove` };
    send(ctx, consoleClientPage({ ...page(ctx), here: own, name: metadata.client_name, members, credential: isBySecret(metadata) ? "secret" : "key", ...urls, ...more }, localeOf(ctx)));
  };
  const known = async (ctx: Context): Promise<RelyingParty> => {
    const found = await findRelyingParty(storage, asIdentifier<ClientId>(pathId(ctx, "clientId")));
    if (found === null) throw new Refusal("not_found", "relying party");
    return found;
  };

  router.get("/assets/:name", (ctx) => {
    const file = bundle.files.get(ctx.path);
    if (file === undefined) throw new Refusal("not_found", "asset");
    ctx.type = file.type;
    ctx.body = Buffer.from(file.body);
  });
  router.post("/session", readBody("json"), (ctx) => {
    requireOwnOrigin(ctx, origin());
    sessions.open(ctx, textMember(ctx, "token"));
    sendJson(ctx, { location: "/" });
  });
  router.get("/", async (ctx) => (sessions.csrfOf(ctx) === null ? send(ctx, consoleOpenPage(page(ctx), localeOf(ctx))) : showList(ctx)));
  router.get("/clients/:clientId", async (ctx) => {
    if (sessions.csrfOf(ctx) === null) throw new Refusal("sign_in_required", "console session");
    showClient(ctx, await known(ctx));
  });
  router.post("/clients", ...form, async (ctx) => {
    const outcome = await add(ctx, ports).catch(refusalOf);
    if (outcome instanceof Refusal) return showList(ctx, outcome.detail);
    showClient(ctx, outcome.party, { made: outcome.made });
  });
  router.post("/clients/:clientId/check", ...form, async (ctx) => {
    const party = await known(ctx);
    showClient(ctx, party, { findings: await ports.examine(party) });
  });
  router.post("/clients/:clientId/rotate", ...form, async (ctx) => {
    const made = await rotate(await known(ctx), ports).catch(refusalOf);
    showClient(ctx, await known(ctx), made instanceof Refusal ? { problem: made.detail } : { made });
  });
  router.post("/clients/:clientId/retire", ...form, async (ctx) => {
    const { clientId, metadata } = await known(ctx);
    const retire = isBySecret(metadata) ? retireSecret : retireKeys;
    const refusal = await retire(storage, clientId, clock()).catch(refusalOf);
    showClient(ctx, await known(ctx), refusal === undefined ? {} : { problem: refusal.detail });
  });
  router.post("/clients/:clientId/remove", ...form, async (ctx) => {
    await removeRelyingParty(storage, (await known(ctx)).clientId, clock());
    ctx.status = 303;
    ctx.redirect("/");
  });
  return router;
}

const isBySecret = ({ token_endpoint_auth_method }: RelyingParty["metadata"]): boolean => token_endpoint_auth_method === "client_secret_basic";

/** Registers what the form says; the secret or private key that was made goes with it, this one time. */
async function add(ctx: Context, { storage, clock }: ConsolePorts): Promise<{ party: RelyingParty; made: string }> {
  const byKey = textMember(ctx, "method") === "private_key_jwt";
  const key = byKey ? await makeClientKey("ES256") : null;
  const { profile } = ctx.request.body as { profile?: string };
  const metadata = orThrow(metadataOf({
    clientId: textMember(ctx, "client_id"),
    name: textMember(ctx, "name").trim(),
    redirectUris: [textMember(ctx, "redirect_uri", 2000)],
    authentication: byKey ? "private_key_jwt" : "client_secret_basic",
    ...(key !== null && { jwks: { keys: [key.publicKey] } }),
    ...(profile === "fapi2" && { profile }),
  }));
  const { secret } = await addRelyingParty(storage, metadata, clock());
  const party = { clientId: asIdentifier<ClientId>(metadata.client_id), metadata, createdAt: clock() };
  return { party, made: secret ?? JSON.stringify(key?.privateKey, null, 2) };
}

async function rotate({ clientId, metadata }: RelyingParty, { storage, clock }: ConsolePorts): Promise<string> {
  if (isBySecret(metadata)) return (await rotateSecret(storage, clientId, overlap, clock())).secret;
  const { publicKey, privateKey } = await makeClientKey((metadata["token_endpoint_auth_signing_alg"] ?? "ES256") as Parameters<typeof makeClientKey>[0]);
  await rotateKey(storage, clientId, { ...publicKey }, overlap, clock());
  return JSON.stringify(privateKey, null, 2);
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}

/** The operator reads codes; nothing of the console's is for anybody else. */
const plainRefusals: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal("internal_error", "console");
    ctx.status = catalogue[refusal.code].status;
    ctx.body = { error: refusal.code, error_description: catalogue[refusal.code][localeOf(ctx) as Locale] };
  }
};

function send(ctx: Context, page: Html): void {
  ctx.type = "text/html; charset=utf-8";
  ctx.set("cache-control", "no-store");
  ctx.body = render(page);
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
