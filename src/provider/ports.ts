import type { AssurancePolicy } from "../assurance/policy.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { JpkiAnchors } from "../jpki/index.ts";
import type { StatusSource } from "../revocation/index.ts";
import type { Storage } from "../storage/index.ts";

/** A protected resource that access tokens can be asked for (RFC 8707). */
export interface ProtectedResource {
  /** Absolute URI: the `aud` of its JWT access tokens. */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** What the provider needs from the rest of the bridge. */
export interface ProviderPorts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly issuer: string;
  readonly anchors: JpkiAnchors;
  readonly status: StatusSource;
  readonly assurance: AssurancePolicy;
  /** Seconds after which a person who signs in has the status asked for again. */
  readonly statusRefresh: number;
  readonly resources: readonly ProtectedResource[];
  /** Hosts of relying parties that may be called at private addresses; all others are refused there. */
  readonly privateHosts: readonly string[];
  readonly log: Logger;
}
