import type { RelyingPartyMetadata } from "./registration.ts";
import { redirectUriProblem } from "./redirect-uri.ts";

/** One finding about a registration, and how to mend it. */
export interface Diagnosis {
  readonly check: string;
  readonly outcome: "ok" | "warning" | "problem";
  readonly finding: string;
  /** What to do; empty when nothing is to be done. */
  readonly remedy: string;
}

const ok = (check: string, finding: string): Diagnosis => ({ check, outcome: "ok", finding, remedy: "" });
const warning = (check: string, finding: string, remedy: string): Diagnosis => ({ check, outcome: "warning", finding, remedy });
const problem = (check: string, finding: string, remedy: string): Diagnosis => ({ check, outcome: "problem", finding, remedy });

/** Checks a registration: redirect URIs, keys, algorithms, what FAL its settings can reach. */
export async function diagnose(metadata: RelyingPartyMetadata, fetchJson: (url: string) => Promise<unknown>): Promise<Diagnosis[]> {
  return [...redirectUris(metadata), await keys(metadata, fetchJson), backchannelLogout(metadata), federationLevel(metadata)];
}

function redirectUris({ redirect_uris }: RelyingPartyMetadata): Diagnosis[] {
  return redirect_uris.map((uri) => {
    const found = redirectUriProblem(uri);
    if (found !== null) return problem("redirect_uri", `${uri}: ${found}`, "register an absolute https URL without a fragment");
    if (new URL(uri).protocol === "http:") return warning("redirect_uri", `${uri} is on loopback`, "fine for development; register https for production");
    return ok("redirect_uri", uri);
  });
}

async function keys(metadata: RelyingPartyMetadata, fetchJson: (url: string) => Promise<unknown>): Promise<Diagnosis> {
  if (metadata.token_endpoint_auth_method !== "private_key_jwt") {
    return warning("client_authentication", "authenticates by a shared secret", "private_key_jwt reaches FAL 2 and more: remove and add the client with --auth private_key_jwt");
  }
  const uri = metadata["jwks_uri"];
  const jwks = typeof uri === "string" ? await reachable(uri, fetchJson) : metadata["jwks"];
  if (jwks === null) return problem("client_keys", `${String(uri)} did not answer with JSON`, "serve the JWKS there over https, readable by this server");
  const found = signingKeys(jwks);
  if (found === 0) return problem("client_keys", "no EC P-256 public signing key in the JWKS", "publish a JWK with kty EC, crv P-256, use sig and a kid");
  return ok("client_keys", `${found} ES256 signing key${found === 1 ? "" : "s"}`);
}

async function reachable(uri: string, fetchJson: (url: string) => Promise<unknown>): Promise<unknown> {
  try {
    return await fetchJson(uri);
  } catch {
    return null;
  }
}

function signingKeys(jwks: unknown): number {
  const list: unknown = isRecord(jwks) ? jwks["keys"] : undefined;
  if (!Array.isArray(list)) return 0;
  return list.filter(isRecord).filter((key) => key["kty"] === "EC" && key["crv"] === "P-256" && key["use"] !== "enc" && key["d"] === undefined).length;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function backchannelLogout(metadata: RelyingPartyMetadata): Diagnosis {
  if (typeof metadata["backchannel_logout_uri"] === "string") return ok("backchannel_logout", metadata["backchannel_logout_uri"]);
  return warning("backchannel_logout", "no backchannel_logout_uri", "add one to hear when the person signs out");
}

function federationLevel(metadata: RelyingPartyMetadata): Diagnosis {
  const byKey = metadata.token_endpoint_auth_method === "private_key_jwt";
  const pushed = metadata["require_pushed_authorization_requests"] === true;
  const bound = metadata["dpop_bound_access_tokens"] === true;
  if (byKey && pushed && bound) return ok("federation_level", "reaches FAL 3 (key authentication, pushed requests, DPoP-bound tokens)");
  if (byKey && pushed) return ok("federation_level", "reaches FAL 2; FAL 3 with DPoP-bound tokens");
  if (byKey) return warning("federation_level", "FAL 1 unless its requests are pushed or signed", "push every request (PAR) and register with --par for FAL 2, with DPoP for FAL 3");
  return warning("federation_level", "FAL 1 unless requests are pushed and signed by key", "use private_key_jwt and PAR for FAL 2, DPoP as well for FAL 3");
}
