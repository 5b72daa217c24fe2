import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { randomBytes, toBase64Url, utf8 } from "../../src/bytes.ts";
import { orThrow } from "../../src/errors.ts";
import { sha256 } from "../../src/pki/digest.ts";
import { addRelyingParty, metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import type { Answer, HttpBrowser } from "../support/http-browser.ts";
import { openEnrolment, reachCallback, returnToBrowser, newPerson, type Person, linkOf, enrolOnPhone } from "../support/journey.ts";
import type { World } from "../support/world.ts";

type Parameters = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface JsonReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

let count = 0;

/** A relying party by hand, that keeps to no library's rules: any parameter can be wrong, missing or doubled. */
export class RawParty {
  readonly world: World;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly #secret: string;

  private constructor(world: World, clientId: string, redirectUri: string, secret: string) {
    this.world = world;
    this.clientId = clientId;
    this.redirectUri = redirectUri;
    this.#secret = secret;
  }

  static async register(world: World, registration: Partial<RegistrationRequest> = {}): Promise<RawParty> {
    count += 1;
    const clientId = `raw-${count}`;
    const redirectUri = `https://service-${count}.example/callback`;
    const metadata = orThrow(metadataOf({ clientId, name: `Raw service ${count}`, redirectUris: [redirectUri], postLogoutRedirectUris: [redirectUri], authentication: "client_secret_basic", ...registration }));
    const { secret } = await addRelyingParty(world.bridge.storage, metadata, world.now());
    return new RawParty(world, clientId, redirectUri, secret ?? "");
  }

  /** Parameters of a right authorization request; `undefined` takes one away. */
  request(change: Parameters = {}): URLSearchParams {
    const usual = { client_id: this.clientId, redirect_uri: this.redirectUri, response_type: "code", scope: "openid", state: toBase64Url(randomBytes(16)), nonce: toBase64Url(randomBytes(16)), code_challenge: challengeOf(verifier), code_challenge_method: "S256" };
    return encoded({ ...usual, ...change });
  }

  authorize(browser: HttpBrowser, change: Parameters = {}): Promise<Answer> {
    return browser.open(`${this.world.issuer}/authorize?${this.request(change).toString()}`, { headers: { accept: "text/html" } });
  }

  push(change: Parameters = {}, headers: Readonly<Record<string, string>> = {}): Promise<JsonReply> {
    return this.#post("/par", this.request(change), headers);
  }

  /** A code for the person who is signed in in this browser and agreed before. */
  async code(browser: HttpBrowser, change: Parameters = {}): Promise<string> {
    const { headers, text } = await this.authorize(browser, change);
    const code = new URL(headers.get("location") ?? "about:blank").searchParams.get("code");
    if (code === null) throw new Error(`no code: ${headers.get("location") ?? text.slice(0, 200)}`);
    return code;
  }

  exchange(code: string, change: Parameters = {}, headers: Readonly<Record<string, string>> = {}): Promise<JsonReply> {
    return this.token({ grant_type: "authorization_code", code, redirect_uri: this.redirectUri, code_verifier: verifier, ...change }, headers);
  }

  token(parameters: Parameters, headers: Readonly<Record<string, string>> = {}): Promise<JsonReply> {
    return this.#post("/token", encoded(parameters), headers);
  }

  introspect(token: string): Promise<JsonReply> {
    return this.#post("/introspect", encoded({ token }));
  }

  revoke(token: string): Promise<JsonReply> {
    return this.#post("/revoke", encoded({ token }));
  }

  get authorization(): string {
    return `Basic ${Buffer.from(`${this.clientId}:${this.#secret}`).toString("base64")}`;
  }

  async #post(path: string, body: URLSearchParams, headers: Readonly<Record<string, string>> = {}): Promise<JsonReply> {
    const sent = Object.entries({ accept: "application/json", authorization: this.authorization, ...headers }).filter(([, value]) => value !== "");
    return replyOf(await fetch(`${this.world.issuer}${path}`, { method: "POST", body, headers: Object.fromEntries(sent) }));
  }
}

export async function replyOf(response: Response): Promise<JsonReply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

export async function userinfo(world: World, headers: Readonly<Record<string, string>>): Promise<JsonReply> {
  return replyOf(await fetch(`${world.issuer}/userinfo`, { headers: { accept: "application/json", ...headers } }));
}

/** Enrols a person and lets him agree to a party: afterwards a code needs no more pages. */
export async function personWith(world: World, party: RawParty, persona = "good-phone", change: Parameters = {}): Promise<Person> {
  const person = newPerson(persona);
  const page = await party.authorize(person.browser, change);
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return to this device's browser");
  await reachCallback(person, await returnToBrowser(person, outcome.return_url));
  return person;
}

/** Lets a person who is signed in agree to another party, or to more. */
export async function agree(person: Person, party: RawParty, change: Parameters = {}): Promise<void> {
  await reachCallback(person, await party.authorize(person.browser, change));
}

/** The verifier of every request here: what is attacked is never its secrecy. */
export const verifier = toBase64Url(randomBytes(32));
export const challengeOf = (text: string): string => toBase64Url(sha256(utf8(text)));

function encoded(parameters: Parameters): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of typeof value === "string" ? [value] : (value ?? [])) search.append(name, one);
  }
  return search;
}

/** A DPoP key of a relying party, and proofs by it with any member wrong. */
export class ProofKey {
  readonly jwk: JWK;
  readonly thumbprint: string;
  readonly #privateKey: CryptoKey;

  private constructor(privateKey: CryptoKey, jwk: JWK, thumbprint: string) {
    this.#privateKey = privateKey;
    this.jwk = jwk;
    this.thumbprint = thumbprint;
  }

  static async generate(): Promise<ProofKey> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    return new ProofKey(privateKey, jwk, await calculateJwkThumbprint(jwk));
  }

  prove(method: string, url: string, accessToken?: string, change: object = {}, header: object = {}): Promise<string> {
    const claims = { jti: toBase64Url(randomBytes(16)), htm: method, htu: url, iat: Math.floor(Date.now() / 1000), ...(accessToken !== undefined && { ath: toBase64Url(sha256(utf8(accessToken))) }), ...change };
    return new SignJWT(claims).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: this.jwk, ...header }).sign(this.#privateKey);
  }
}
