import type { ClientFacts } from "../assurance/facts.ts";
import { federationAssurance } from "../assurance/federation.ts";
import { type Diagnosis, ok, problem, warning } from "./diagnosis.ts";
import { diagnoseKeys, type FetchedDocument } from "./doctor-keys.ts";
import { fapiProblem } from "./fapi.ts";
import { redirectUriProblem } from "./redirect-uri.ts";
import type { RelyingPartyMetadata } from "./registration.ts";

/** What a registration is looked at with. */
export interface Examination {
  /** Seconds since the epoch. */
  readonly now: number;
  /** Gets JSON over HTTP; rejects when there is no such answer. */
  fetchDocument(url: string): Promise<FetchedDocument>;
  /** What this bridge is configured for. */
  readonly bridge: {
    /** AAL 3 needs FIDO metadata. */
    readonly highestAal: 2 | 3;
    readonly mutualTls: "off" | "self_signed" | "authorities";
    /** Clients that somebody may attest instances of. */
    readonly attestedClients: readonly string[];
  };
  /** The second until which a secret before the present one counts. */
  readonly earlierSecretUntil?: number;
}

/** Checks a registration: where it redirects, how it authenticates, with which keys, and what levels it can reach. */
export async function diagnose(metadata: RelyingPartyMetadata, examination: Examination): Promise<Diagnosis[]> {
  return [
    ...redirectUris(metadata),
    ...authentication(metadata, examination),
    ...(await diagnoseKeys(metadata, examination)),
    ...profile(metadata),
    backchannelLogout(metadata),
    ...minimums(metadata, examination),
    federationLevel(metadata),
  ];
}

function redirectUris({ redirect_uris }: RelyingPartyMetadata): Diagnosis[] {
  return redirect_uris.map((uri) => {
    const found = redirectUriProblem(uri);
    if (found !== null) return problem("redirect_uri", `${uri}: ${found}`, "register an absolute https URL without a fragment");
    if (new URL(uri).protocol === "http:") return warning("redirect_uri", `${uri} is on loopback`, "fine for development; register https for production");
    return ok("redirect_uri", uri);
  });
}

const secretAdvice = "private_key_jwt reaches FAL 2 and more: remove and add the client with --auth private_key_jwt";

function authentication(metadata: RelyingPartyMetadata, { now, bridge, earlierSecretUntil }: Examination): Diagnosis[] {
  const check = "client_authentication";
  switch (metadata.token_endpoint_auth_method) {
    case "client_secret_basic": {
      const found = warning(check, "authenticates by a shared secret", secretAdvice);
      if (earlierSecretUntil === undefined || earlierSecretUntil <= now) return [found];
      return [found, warning("client_secret", `the secret before counts until ${timeOf(earlierSecretUntil)}`, `once the new one is in use everywhere: npx jpki-bridge client rotate-secret ${metadata.client_id} --retire`)];
    }
    case "attest_jwt_client_auth":
      if (bridge.attestedClients.includes(metadata.client_id)) return [ok(check, "authenticates by an attestation of each app instance")];
      return [problem(check, "authenticates by attestations, and nobody may make them", "name an attester of this client under client_attesters")];
    case "tls_client_auth":
      if (bridge.mutualTls === "authorities") return [ok(check, "authenticates by a certificate of an authority")];
      return [problem(check, "authenticates by certificates, and no authority of them is configured", "name the authorities under mutual_tls")];
    case "self_signed_tls_client_auth":
      if (bridge.mutualTls !== "off") return [ok(check, "authenticates by a certificate of its own")];
      return [problem(check, "authenticates by certificates, and the bridge is shown none", "configure mutual_tls")];
    case "private_key_jwt":
      return [ok(check, "authenticates by its own key")];
    case "none":
      return [problem(check, "does not authenticate", "remove and add the client with --auth private_key_jwt")];
  }
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

function profile(metadata: RelyingPartyMetadata): Diagnosis[] {
  const found = fapiProblem(metadata);
  if (found !== null) return [problem("profile", found, "remove and add the client with --profile fapi2; until then every request is refused")];
  return metadata["profile"] === undefined ? [] : [ok("profile", metadata["message_signing"] === true ? "FAPI 2.0 with message signing" : "FAPI 2.0")];
}

function backchannelLogout(metadata: RelyingPartyMetadata): Diagnosis {
  if (typeof metadata["backchannel_logout_uri"] === "string") return ok("backchannel_logout", metadata["backchannel_logout_uri"]);
  return warning("backchannel_logout", "no backchannel_logout_uri", "add one to hear when the person signs out");
}

function minimums(metadata: RelyingPartyMetadata, { bridge }: Examination): Diagnosis[] {
  const aal = Number(metadata["minimum_aal"] ?? 1);
  if (aal <= bridge.highestAal) return [ok("levels", `people can reach IAL 3 and AAL ${bridge.highestAal} here`)];
  return [problem("levels", `asks for AAL ${aal} at least, and AAL ${bridge.highestAal} is the highest here: nobody can sign in`, "configure passkeys.metadata, by which attested hardware is known, or lower minimum_aal")];
}

/** How sure the relying party can be of what it is told, at best, by the rule that tokens go by. */
function federationLevel(metadata: RelyingPartyMetadata): Diagnosis {
  const check = "federation_level";
  const { level, cappedBy } = federationAssurance(factsOf(metadata));
  switch (cappedBy) {
    case "client_not_authenticated_by_key":
      return warning(check, `FAL ${level}: it does not authenticate by a key`, "use private_key_jwt and PAR for FAL 2, DPoP as well for FAL 3");
    case "request_not_protected":
      return warning(check, `FAL ${level} unless its requests are pushed or signed`, "push every request (PAR) and register with --par for FAL 2, with DPoP for FAL 3");
    case "assertion_not_key_bound":
      return ok(check, "reaches FAL 2; FAL 3 with DPoP-bound tokens");
    default:
      return ok(check, "reaches FAL 3 (key authentication, protected requests, bound tokens)");
  }
}

function factsOf(metadata: RelyingPartyMetadata): ClientFacts {
  const bound = metadata["dpop_bound_access_tokens"] === true ? "dpop" : metadata["tls_client_certificate_bound_access_tokens"] === true ? "mtls" : "none";
  return {
    authentication: metadata.token_endpoint_auth_method === "client_secret_basic" ? "secret" : metadata.token_endpoint_auth_method === "none" ? "none" : "key",
    request: metadata["require_pushed_authorization_requests"] === true ? "pushed" : metadata["require_signed_request_object"] === true ? "signed" : "plain",
    senderConstrained: bound,
  };
}
