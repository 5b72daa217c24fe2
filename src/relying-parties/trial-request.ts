import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from "jose";
import { randomBytes, toBase64Url } from "../bytes.ts";
import { type Diagnosis, notTried, ok, problem } from "./diagnosis.ts";
import type { RelyingPartyMetadata } from "./registration.ts";

/** With what the relying party authenticates, as far as it is at hand. */
export interface Credentials {
  /** Private JWK. */
  readonly key?: JWK;
  readonly secret?: string;
}

/** What an endpoint answered. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly error?: string; readonly error_description?: string };
}

export interface TrialPorts {
  readonly issuer: string;
  /** Seconds since the epoch. */
  readonly now: number;
  /** Posts a form; rejects when nobody answers. */
  post(url: string, form: URLSearchParams, headers: Readonly<Record<string, string>>): Promise<Answer>;
}

const check = "trial_request";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Really pushes an authorization request (RFC 9126) as the relying party would. Nobody goes on with it: it runs out. */
export async function tryPushedRequest(metadata: RelyingPartyMetadata, credentials: Credentials, ports: TrialPorts): Promise<Diagnosis> {
  const { key, secret } = credentials;
  const method = metadata.token_endpoint_auth_method;
  if (method === "private_key_jwt" && key === undefined) return notTried(check, "no request was pushed: that takes the client's private key", "name it with --key-file");
  if (method === "client_secret_basic" && secret === undefined) return notTried(check, "no request was pushed: that takes the client's secret", "");
  if (method !== "private_key_jwt" && method !== "client_secret_basic") return notTried(check, `no request was pushed: ${method} cannot be tried from here`, "push one from the client itself");
  if (metadata["message_signing"] === true && key === undefined) return notTried(check, "no request was pushed: it would have to be signed", "name the client's private key with --key-file");
  if (key !== undefined && (await isUnregistered(key, metadata))) return problem(check, "the key given is not among the registered ones", "register its public part (client rotate-key), or give the key that is registered");
  const request = await requestOf(metadata, credentials, ports).catch(() => null);
  if (request === null) return problem(check, "the key given cannot be used", "give the private key as a JWK, with its kid");
  const answer = await ports.post(`${ports.issuer}/par`, request.form, request.headers).catch(() => null);
  if (answer === null) return notTried(check, "no request was pushed: the bridge does not answer", `start the bridge, and see that ${ports.issuer} leads to it from here`);
  return verdictOf(answer);
}

/** Of keys at a `jwks_uri` the bridge itself finds out. */
async function isUnregistered(key: JWK, { jwks }: RelyingPartyMetadata): Promise<boolean> {
  const registered = (jwks as { keys?: JWK[] } | undefined)?.keys;
  if (registered === undefined) return false;
  const thumbprints = await Promise.all([key, ...registered].map((each) => calculateJwkThumbprint(each).catch(() => "")));
  return !thumbprints.slice(1).includes(thumbprints[0] ?? "");
}

async function requestOf(metadata: RelyingPartyMetadata, { key, secret }: Credentials, { issuer, now }: TrialPorts): Promise<{ form: URLSearchParams; headers: Record<string, string> }> {
  const { client_id } = metadata;
  const random = (): string => toBase64Url(randomBytes(32));
  const parameters = { client_id, response_type: "code", scope: "openid", redirect_uri: metadata.redirect_uris[0] ?? "", state: random(), nonce: random(), code_challenge: random(), code_challenge_method: "S256", ...(metadata["message_signing"] === true && { response_mode: "jwt" }) };
  const sign = async (claims: Record<string, unknown>, alg: unknown, typ?: string): Promise<string> => {
    if (key === undefined) throw new TypeError("no key");
    const header = { alg: String(alg ?? "ES256"), ...(typ !== undefined && { typ }), ...(key.kid !== undefined && { kid: key.kid }) };
    return new SignJWT({ ...claims, iss: client_id, aud: issuer, iat: now, nbf: now, exp: now + 60, jti: random() }).setProtectedHeader(header).sign(await importJWK(key, header.alg));
  };
  const form = new URLSearchParams(metadata["message_signing"] === true ? { client_id, request: await sign(parameters, metadata["request_object_signing_alg"], "oauth-authz-req+jwt") } : parameters);
  if (metadata.token_endpoint_auth_method !== "private_key_jwt") return { form, headers: { authorization: `Basic ${btoa(`${encodeURIComponent(client_id)}:${encodeURIComponent(secret ?? "")}`)}` } };
  form.set("client_assertion_type", assertionType);
  form.set("client_assertion", await sign({ sub: client_id }, metadata["token_endpoint_auth_signing_alg"]));
  return { form, headers: {} };
}

function verdictOf({ status, body }: Answer): Diagnosis {
  if (status === 201) return ok(check, "the bridge took a request pushed as this client");
  const reason = `${body.error ?? `status ${status}`}${body.error_description === undefined ? "" : ` (${body.error_description})`}`;
  return problem(check, `the bridge refused a pushed request: ${reason}`, remedies[body.error ?? ""] ?? "see the bridge's log for this moment");
}

const remedies: Readonly<Record<string, string>> = {
  invalid_client: "the key or secret does not fit what is registered, or the clocks differ: compare the key, the algorithm and the time",
  invalid_redirect_uri: "register the redirect URI anew",
  invalid_request_object: "sign with the registered algorithm",
  rate_limited: "wait a minute and try again",
};
