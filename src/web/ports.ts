import type { Assets } from "../../views/context.ts";
import type { Clock } from "../clock.ts";
import type { EnrolmentPorts } from "../enrolment/index.ts";
import type { Logger } from "../log.ts";
import type { Observer, Tracing } from "../observability/index.ts";
import type { BridgeProvider, ProviderPorts } from "../provider/index.ts";
import type { RegistrationSettings } from "../relying-parties/index.ts";
import type { Storage } from "../storage/index.ts";
import type { Drain } from "./drain.ts";

/** What the web application needs. */
export interface WebPorts {
  readonly issuer: string;
  readonly name: string;
  readonly sandbox: boolean;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Logger;
  readonly provider: BridgeProvider;
  readonly providerPorts: ProviderPorts;
  readonly enrolment: EnrolmentPorts;
  readonly assets: Assets;
  readonly bundle: ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array }>;
  /** Web origins whose pages may call the enrolment interface. */
  readonly appOrigins: readonly string[];
  readonly trustedProxies: number;
  /** Null: relying parties are registered by the operator alone. */
  readonly registration: RegistrationSettings | null;
  readonly limits: { readonly requests_per_minute: number; readonly sensitive_per_minute: number; readonly total_per_second: number; readonly begun_per_network: number; readonly begun: number };
  /** Whether every request leaves a line in the log. */
  readonly logRequests: boolean;
  /** Counts requests and refusals, where that is measured. */
  readonly observer?: Observer;
  /** Traces requests, where that is asked for. */
  readonly tracing?: Tracing;
  /** The other servers of the sandbox, for the home page. */
  readonly trial?: { readonly demoServiceUrl: string; readonly demoPhoneUrl: string; readonly demoAuthorityUrl: string };
  /** Whether certificates' status can be had. */
  readonly statusReady: () => boolean;
  readonly drain: Drain;
}
