import { createServer } from "node:http";
import path from "node:path";
import { bodyParser } from "@koa/bodyparser";
import { Router } from "@koa/router";
import Koa from "koa";
import { systemClock } from "../../clock.ts";
import type { Clock } from "../../clock.ts";
import { answerErrors } from "../answer-errors.ts";
import { closeServer, listenOnLoopback, portOf } from "../loopback.ts";
import { Authority, loadAuthorities } from "./ca/authority.ts";
import type { Anchors } from "./ca/authority.ts";
import { municipalityIds } from "./ca/municipalities.ts";
import { KeyDirectory } from "./ca/keys.ts";
import { OcspResponder } from "./ca/ocsp-responder.ts";
import { RevocationLists } from "./ca/revocation-lists.ts";
import { Store } from "./ca/store.ts";
import { FaultSwitches } from "./faults.ts";
import { makeFirstState } from "./personas/first-state.ts";
import { PersonaDesk } from "./personas/persona-desk.ts";
import { addContinuityRoute } from "./web/continuity-route.ts";
import { addFaultRoutes } from "./web/fault-routes.ts";
import { securityHeaders } from "./web/guards.ts";
import { maximumBody } from "./web/input.ts";
import type { JlisParts } from "./web/jlis-parts.ts";
import { languageOf } from "./web/language.ts";
import { refusalPage } from "./web/page.ts";
import { addPageRoutes } from "./web/page-routes.ts";
import { addPersonaRoutes } from "./web/persona-routes.ts";
import { addStatusRoutes } from "./web/status-routes.ts";

export interface JlisOptions {
  /** Holds state and keys; made when absent, continued when it is there. */
  readonly directory: string;
  /** Of the loopback interface; 3200 by default, 0 takes a free one. */
  readonly port?: number;
  /** Where the server is reached, as certificates name it; `http://localhost:<port>` by default. */
  readonly origin?: string;
  readonly clock?: Clock;
  /** Origins whose pages may read the personas and their Secure Elements. */
  readonly corsOrigins?: readonly string[];
}

/** The J-LIS stand-in: certification authorities, OCSP, CRLs and personas behind one HTTP server. */
export interface Jlis {
  readonly app: Koa;
  /** For further pages of the sandbox; routes may be added at any time. */
  readonly router: Router;
  readonly authority: Authority;
  readonly personas: PersonaDesk;
  readonly faults: FaultSwitches;
  readonly origin: string;
  readonly ocspUrl: string;
  /** Every partition of every authority. */
  readonly crlUrls: readonly string[];
  anchors(): Anchors;
  listen(): Promise<void>;
  /** Ends connections, waits for changes under way. */
  close(): Promise<void>;
}

export async function createJlis(options: JlisOptions): Promise<Jlis> {
  const { directory, port = 3200, clock = systemClock, corsOrigins = [] } = options;
  const app = new Koa();
  const server = createServer();
  // A free port must be known before the first certificate names it.
  if (port === 0) await listenOnLoopback(server, 0);
  const origin = options.origin ?? `http://localhost:${portOf(server) ?? port}`;
  const urls = { ocsp: `${origin}/ocsp`, practiceStatement: `${origin}/cps` };

  const keys = new KeyDirectory(path.join(directory, "keys"));
  const store = await Store.open(directory, () => makeFirstState(keys, urls, clock()));
  const authority = new Authority(store, await loadAuthorities(store, keys), urls, clock);
  const closing = new AbortController();
  const parts: JlisParts = {
    authority,
    responder: new OcspResponder(store, authority, clock),
    revocationLists: new RevocationLists(store, clock),
    personas: new PersonaDesk(authority, keys, store.state.forgery, clock),
    faults: new FaultSwitches(store),
    origin,
    corsOrigins,
    closing: closing.signal,
  };
  const router = addMiddleware(app, parts);

  return {
    app,
    router,
    authority,
    personas: parts.personas,
    faults: parts.faults,
    origin,
    ocspUrl: urls.ocsp,
    crlUrls: authority.authorities.flatMap(({ id }) => municipalityIds.map((city) => `${origin}/crl/${id}/${city}.crl`)),
    anchors: () => authority.anchors(),
    listen: async () => {
      // Only now, so that whoever adds pages may add middleware to the application before.
      if (server.listenerCount("request") === 0) server.on("request", app.callback());
      if (!server.listening) await listenOnLoopback(server, port);
    },
    close: async () => {
      closing.abort();
      await closeServer(server);
      await store.settled();
    },
  };
}

function addMiddleware(app: Koa, parts: JlisParts): Router {
  const router = new Router();
  const addRoutes = [addStatusRoutes, addPersonaRoutes, addContinuityRoute, addFaultRoutes, addPageRoutes];
  for (const add of addRoutes) add(router, parts);
  app
    .use(securityHeaders())
    .use(answerErrors({ languageOf, refusalPage }))
    .use(bodyParser({ enableTypes: ["json", "form"], jsonLimit: maximumBody, formLimit: maximumBody }))
    .use(router.routes())
    .use(router.allowedMethods());
  return router;
}
