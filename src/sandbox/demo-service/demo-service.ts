import { createServer } from "node:http";
import { Router } from "@koa/router";
import Koa from "koa";
import { randomBytes, toBase64Url } from "../../bytes.ts";
import { type Clock, systemClock } from "../../clock.ts";
import type { ProtectedResource } from "../../provider/ports.ts";
import type { RegistrationRequest } from "../../relying-parties/registration.ts";
import { answerErrors } from "../answer-errors.ts";
import { closeServer, listenOnLoopback } from "../loopback.ts";
import { createClient } from "./client.ts";
import { createCrosswalkReader } from "./crosswalk.ts";
import { ownHost, securityHeaders } from "./guards.ts";
import { loadServiceKeys } from "./keys.ts";
import { languageOf } from "./language.ts";
import { LogoutLog } from "./logout-log.ts";
import { refusalPage } from "./pages/problem.ts";
import type { AddRoutes, ServiceParts } from "./parts.ts";
import { connectProvider } from "./provider-connection.ts";
import { registrationOf, resourceOf } from "./registration.ts";
import { addBackchannelLogoutRoute } from "./routes/backchannel-logout.ts";
import { addClaimsRoutes } from "./routes/claims.ts";
import { addHomeRoutes } from "./routes/home.ts";
import { addReadingListRoute } from "./routes/reading-list.ts";
import { addSignInRoutes } from "./routes/sign-in.ts";
import { addSignOutRoutes } from "./routes/sign-out.ts";
import { SessionStore } from "./session.ts";
import { bundleStyleSheet } from "./style-sheet.ts";

export interface DemoServiceOptions {
  /** Of the loopback interface; 3100 by default. */
  readonly port?: number;
  /** The provider. It may start later. */
  readonly issuer: string;
  /** Where this service is reached, as its registration says: `http://localhost:3100`. */
  readonly origin: string;
  /** Holds the keys; made when absent, continued when it is there. */
  readonly directory: string;
  readonly clock?: Clock;
  /** Whether the issuer may be http, as in the sandbox. */
  readonly allowInsecure: boolean;
}

/** The demo relying party: a library's site, and the API that its readers' tokens open. */
export interface DemoService {
  readonly app: Koa;
  readonly origin: string;
  /** What the provider must know of this relying party. */
  readonly registration: RegistrationRequest;
  /** What the provider must know of its API. */
  readonly resource: ProtectedResource;
  listen(): Promise<void>;
  close(): Promise<void>;
}

export async function createDemoService(options: DemoServiceOptions): Promise<DemoService> {
  const { port = 3100, issuer, origin, directory, clock = systemClock, allowInsecure } = options;
  const keys = await loadServiceKeys(directory);
  const connection = connectProvider({ issuer, keys, clock, allowInsecure });
  const app = createApp({
    issuer,
    origin,
    clock,
    connection,
    client: createClient({ origin, keys, clock, connection }),
    crosswalk: createCrosswalkReader(connection, clock),
    sessions: new SessionStore(clock),
    logouts: new LogoutLog(),
    styleSheet: await bundleStyleSheet(),
  });
  const server = createServer(app.callback());
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  return {
    app,
    origin,
    registration: registrationOf(origin, keys.jwks),
    resource: resourceOf(origin),
    listen: () => listenOnLoopback(server, port),
    close: () => closeServer(server),
  };
}

function createApp(parts: ServiceParts): Koa {
  const app = new Koa();
  // Sessions end with the process, and so may the key that signs their cookie.
  app.keys = [toBase64Url(randomBytes(32))];
  const router = new Router();
  const addRoutes: readonly AddRoutes[] = [addHomeRoutes, addSignInRoutes, addClaimsRoutes, addSignOutRoutes, addBackchannelLogoutRoute, addReadingListRoute];
  for (const add of addRoutes) add(router, parts);
  app
    .use(securityHeaders(parts.issuer))
    .use(answerErrors({ languageOf, refusalPage: (code, language) => refusalPage({ language, path: "/", styleSheet: parts.styleSheet.path }, code) }))
    .use(ownHost(parts.origin))
    .use(router.routes())
    .use(router.allowedMethods());
  return app;
}
