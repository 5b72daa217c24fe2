import type { Router } from "@koa/router";
import type { Clock } from "../../clock.ts";
import type { DemoClient } from "./client.ts";
import type { Crosswalk } from "./crosswalk.ts";
import type { LogoutLog } from "./logout-log.ts";
import type { ProviderConnection } from "./provider-connection.ts";
import type { SessionStore } from "./session.ts";
import type { StyleSheet } from "./style-sheet.ts";

/** What the routes work with. */
export interface ServiceParts {
  readonly issuer: string;
  /** Where the service is reached, without a trailing slash. */
  readonly origin: string;
  readonly clock: Clock;
  readonly connection: ProviderConnection;
  readonly client: DemoClient;
  readonly crosswalk: () => Promise<Crosswalk>;
  readonly sessions: SessionStore;
  readonly logouts: LogoutLog;
  readonly styleSheet: StyleSheet;
}

export type AddRoutes = (router: Router, parts: ServiceParts) => void;
