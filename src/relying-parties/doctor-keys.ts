import { fromBase64Url } from "../bytes.ts";
import { type Diagnosis, notTried, ok, problem, warning } from "./diagnosis.ts";
import type { RelyingPartyMetadata } from "./registration.ts";

/** JSON as it came, and what the other's clock showed. */
export interface FetchedDocument {
  readonly json: unknown;
  /** Seconds since the epoch, by the `Date` header; null without one. */
  readonly date: number | null;
}

interface Surroundings {
  readonly now: number;
  fetchDocument(url: string): Promise<FetchedDocument>;
}

type Key = Readonly<Record<string, unknown>>;

/** What a key must be for an algorithm (RFC 7518 3.1, RFC 8037 3.1, RFC 9864). */
const families = {
  ES256: { name: "EC P-256", fits: ({ kty, crv }: Key) => kty === "EC" && crv === "P-256" },
  PS256: { name: "RSA of 2048 bits or more", fits: isStrongRsa },
  RS256: { name: "RSA of 2048 bits or more", fits: isStrongRsa },
  EdDSA: { name: "OKP Ed25519", fits: ({ kty, crv }: Key) => kty === "OKP" && crv === "Ed25519" },
  Ed25519: { name: "OKP Ed25519", fits: ({ kty, crv }: Key) => kty === "OKP" && crv === "Ed25519" },
} as const;
type Algorithm = keyof typeof families;

/** More than the one in use and the next. */
const manyKeys = 2;
/** Seconds by which an assertion may come from the future (FAPI 2.0 Security Profile 5.3.2.1). */
const clockAhead = 60;
const clockNotice = 10;

/** Looks at the keys of a relying party that has or needs some. */
export async function diagnoseKeys(metadata: RelyingPartyMetadata, { now, fetchDocument }: Surroundings): Promise<Diagnosis[]> {
  const byCertificate = metadata.token_endpoint_auth_method === "self_signed_tls_client_auth";
  const algorithm = algorithmOf(metadata);
  if (algorithm === null && !byCertificate) return [];
  const uri = metadata["jwks_uri"];
  if (typeof uri !== "string") return [...keySet(metadata["jwks"], algorithm, now), notTried("clock", "the keys are registered, so no server of the client was asked for the time", "keep its clock right (NTP): an assertion more than a minute ahead is refused")];
  const fetched = await fetchDocument(uri).catch(() => null);
  if (fetched === null || fetched.json === null) return [problem("client_keys", `${uri} did not answer with JSON`, "serve the JWKS there over https, readable by this server; a host at a private address is called only when listed under outgoing.private_hosts")];
  return [...keySet(fetched.json, algorithm, now), clock(fetched.date, now)];
}

/** By which the relying party signs; null when it signs nothing. */
function algorithmOf(metadata: RelyingPartyMetadata): Algorithm | null {
  const named = metadata.token_endpoint_auth_method === "private_key_jwt" ? (metadata["token_endpoint_auth_signing_alg"] ?? "ES256") : metadata["request_object_signing_alg"];
  return typeof named === "string" && Object.hasOwn(families, named) ? (named as Algorithm) : null;
}

function keySet(jwks: unknown, algorithm: Algorithm | null, now: number): Diagnosis[] {
  const listed: unknown = isRecord(jwks) ? jwks["keys"] : undefined;
  const all = Array.isArray(listed) ? listed.filter(isRecord) : [];
  const keys = all.filter((key) => !(typeof key["exp"] === "number" && key["exp"] <= now));
  const usable = algorithm === null ? keys.filter((key) => Array.isArray(key["x5c"])) : keys.filter((key) => isUsable(key, algorithm));
  const wanted = algorithm === null ? "key with its certificate (x5c)" : `${families[algorithm].name} public signing key for ${algorithm}`;
  const exposed = all.some((key) => key["d"] !== undefined || key["k"] !== undefined);
  if (exposed) return [problem("client_keys", `publishes a private or shared key; no ${wanted} counts`, "make new keys, publish their public parts alone, and use the exposed ones no more")];
  if (usable.length === 0) return [problem("client_keys", `no ${wanted} in the JWKS`, algorithm === null ? "publish the certificate in x5c" : `publish a JWK of that kind with use sig, alg ${algorithm} and a kid`)];
  const counted = `${usable.length} ${algorithm === null ? "certificate" : `${algorithm} signing key`}${usable.length === 1 ? "" : "s"}`;
  return [ok("client_keys", counted), ...namesOfKeys(usable), ...spareKeys(all, usable)];
}

function isUsable(key: Key, algorithm: Algorithm): boolean {
  return families[algorithm].fits(key) && key["use"] !== "enc" && (key["alg"] === undefined || key["alg"] === algorithm || isSameCurve(key["alg"], algorithm));
}

/** `EdDSA` with Ed25519 and `Ed25519` are one algorithm by two names (RFC 9864). */
const isSameCurve = (named: unknown, algorithm: Algorithm): boolean => ["EdDSA", "Ed25519"].includes(String(named)) && ["EdDSA", "Ed25519"].includes(algorithm);

function namesOfKeys(usable: readonly Key[]): Diagnosis[] {
  const kids = usable.map(({ kid }) => kid);
  if (usable.length === 1 || (new Set(kids).size === kids.length && !kids.includes(undefined))) return [];
  return [warning("key_ids", "several keys, and not each has a kid of its own", "give every key its own kid, and name it in the header of what is signed")];
}

function spareKeys(all: readonly Key[], usable: readonly Key[]): Diagnosis[] {
  const spare = all.length - usable.length;
  if (spare > 0) return [warning("unused_keys", `${spare} more in the JWKS that cannot be used: ended, for encryption, or of another algorithm`, "take them out")];
  return usable.length > manyKeys ? [warning("unused_keys", `${usable.length} signing keys; one in use and the next are enough`, "take out the old ones")] : [];
}

function clock(date: number | null, now: number): Diagnosis {
  if (date === null) return notTried("clock", "the server of its keys tells no time (no Date header)", "keep the client's clock right (NTP)");
  const ahead = Math.round(date - now);
  if (Math.abs(ahead) < clockNotice) return ok("clock", "within seconds of ours");
  const finding = `${Math.abs(ahead)} seconds ${ahead > 0 ? "ahead of" : "behind"} ours`;
  const remedy = "set the clocks right on both sides (NTP)";
  return Math.abs(ahead) > clockAhead ? problem("clock", finding, `${remedy}: assertions are refused`) : warning("clock", finding, remedy);
}

function isStrongRsa({ kty, n }: Key): boolean {
  const modulus = kty === "RSA" && typeof n === "string" ? fromBase64Url(n) : null;
  return modulus !== null && modulus.length >= 256;
}

const isRecord = (value: unknown): value is Key => typeof value === "object" && value !== null;
