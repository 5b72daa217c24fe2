import { setTimeout as pause } from "node:timers/promises";
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import * as openid from "openid-client";
import { type Clock, systemClock } from "../../clock.ts";
import { Refusal } from "../../errors.ts";
import type { ServiceKeys } from "./keys.ts";
import { clientId } from "./registration.ts";

export interface ConnectionOptions {
  readonly issuer: string;
  readonly keys: ServiceKeys;
  readonly clock: Clock;
  /** Whether the issuer may be http: on loopback, in the sandbox. */
  readonly allowInsecure: boolean;
}

/** The provider did not answer. */
export class ProviderUnreachable extends Error {
  override readonly name = "ProviderUnreachable";
}

/** What discovery told, kept for the life of the process. */
export interface ProviderConnection {
  /** Throws {@link ProviderUnreachable} while the provider is down; the next call tries again. */
  configuration(): Promise<openid.Configuration>;
  /** The provider's signature keys, for tokens that are not answered to openid-client. Refuses with `service_unavailable`. */
  readonly signatureKeys: JWTVerifyGetKey;
  /** The provider's document of levels. */
  crosswalkDocument(): Promise<unknown>;
}

/** Seconds to wait for an answer. */
const patience = 5;
/** Milliseconds before each try of discovery: the bridge may start after us. */
const pauses = [0, 150, 500];
/** Milliseconds after which no further try is made: somebody is waiting for a page. */
const longestDiscovery = 1000;

/** Discovers the provider when it is first needed. */
export function connectProvider(options: ConnectionOptions): ProviderConnection {
  const { issuer, allowInsecure } = options;
  if (!allowInsecure && new URL(issuer).protocol !== "https:") throw new TypeError("the issuer must be https");
  let metadata: openid.ServerMetadata | undefined;
  let discovery: Promise<openid.ServerMetadata> | undefined;
  let configured: { readonly skew: number; readonly configuration: openid.Configuration } | undefined;
  let keySet: JWTVerifyGetKey | undefined;

  const discovered = async (): Promise<openid.ServerMetadata> => {
    if (metadata !== undefined) return metadata;
    discovery ??= discover(options).finally(() => (discovery = undefined));
    metadata = await discovery;
    return metadata;
  };

  return {
    configuration: async () => {
      const found = await discovered();
      // openid-client reads the machine's clock; ours may be another.
      const skew = options.clock() - systemClock();
      if (configured?.skew !== skew) configured = { skew, configuration: configure(options, found, skew) };
      return configured.configuration;
    },
    signatureKeys: async (header, token) => {
      const { jwks_uri } = await discovered().catch(() => Promise.reject(new Refusal("service_unavailable", "discovery")));
      if (jwks_uri === undefined) throw new Refusal("service_unavailable", "jwks_uri");
      keySet ??= createRemoteJWKSet(new URL(jwks_uri), { timeoutDuration: patience * 1000 });
      return keySet(header, token);
    },
    crosswalkDocument: async () => {
      const { assurance_crosswalk_uri: linked } = await discovered();
      const address = typeof linked === "string" ? linked : `${issuer}/assurance/crosswalk`;
      const response = await reach(address, { signal: AbortSignal.timeout(patience * 1000), redirect: "error" });
      if (!response.ok) throw new ProviderUnreachable();
      return response.json().catch(() => null);
    },
  };
}

async function discover({ issuer, allowInsecure }: ConnectionOptions): Promise<openid.ServerMetadata> {
  const execute = allowInsecure ? [openid.allowInsecureRequests] : [];
  const started = performance.now();
  let failure: unknown;
  for (const wait of pauses) {
    if (performance.now() - started > longestDiscovery) break;
    await pause(wait);
    try {
      const configuration = await openid.discovery(new URL(issuer), clientId, undefined, undefined, { execute, timeout: patience, [openid.customFetch]: reach });
      return configuration.serverMetadata();
    } catch (error) {
      failure = error;
    }
  }
  throw new ProviderUnreachable(undefined, { cause: failure });
}

function configure({ keys, allowInsecure }: ConnectionOptions, server: openid.ServerMetadata, skew: number): openid.Configuration {
  const authentication = openid.PrivateKeyJwt({ key: keys.client.privateKey, kid: keys.client.kid });
  const client = { id_token_signed_response_alg: "ES256", [openid.clockSkew]: skew };
  const configuration = new openid.Configuration(server, clientId, client, authentication);
  configuration.timeout = patience;
  configuration[openid.customFetch] = reach;
  if (allowInsecure) openid.allowInsecureRequests(configuration);
  // The signature of the ID token is checked too: in the sandbox there is no TLS to vouch for it.
  openid.enableNonRepudiationChecks(configuration);
  return configuration;
}

/** `fetch` whose failure to get any answer has a name of its own. */
const reach = async (address: string, options: object): Promise<Response> => {
  try {
    return await fetch(address, options);
  } catch (error) {
    throw new ProviderUnreachable(undefined, { cause: error });
  }
};
