import type { AssurancePolicy } from "../assurance/policy.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type { JpkiAnchors } from "../jpki/index.ts";
import type { Observer } from "../observability/index.ts";
import type { AuthenticatorMetadata } from "../passkeys/index.ts";
import type { RegistrationSettings } from "../relying-parties/index.ts";
import type { StatusSource } from "../revocation/index.ts";
import type { Storage } from "../storage/index.ts";
import type { EndedSession } from "./features/backchannel-logout.ts";
import type { MutualTls } from "./features/mutual-tls.ts";
import type { ConfiguredToken } from "./pkcs11/index.ts";

/** A protected resource that access tokens can be asked for (RFC 8707). */
export interface ProtectedResource {
  /** Absolute URI: the `aud` of its JWT access tokens. */
  readonly identifier: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Who attests instances of client apps, by public keys (ES256). */
export interface ClientAttester {
  /** The clients for whose instances it may speak. */
  readonly clients: readonly string[];
  readonly keys: readonly { readonly kid: string; readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string }[];
}

/** What the provider needs from the rest of the bridge. */
export interface ProviderPorts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly issuer: string;
  readonly anchors: JpkiAnchors;
  readonly status: StatusSource;
  readonly metadata: AuthenticatorMetadata;
  readonly assurance: AssurancePolicy;
  /** Name of the trust framework in `verified_claims`. */
  readonly trustFramework: string;
  /** Seconds after which a person who signs in has the status asked for again. */
  readonly statusRefresh: number;
  readonly resources: readonly ProtectedResource[];
  /** None: no client authenticates by an attestation. */
  readonly clientAttesters: readonly ClientAttester[];
  /** Null: no client shows a certificate. */
  readonly mutualTls: MutualTls | null;
  /** Null: relying parties are registered by the operator alone. */
  readonly registration: RegistrationSettings | null;
  /** Hosts of relying parties that may be called at private addresses; all others are refused there. */
  readonly privateHosts: readonly string[];
  /** Has relying parties told of it. */
  readonly onSignedOut: (ended: EndedSession) => Promise<void>;
  readonly log: Logger;
  /** Holds signing keys of the provider. Absent: all of them are sealed in the database. */
  readonly token?: ConfiguredToken;
  /** Counts sign-ins and tokens, where that is measured. */
  readonly observer?: Observer;
}
