import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { randomBytes, toBase64Url } from "../../src/bytes.ts";
import { orThrow } from "../../src/errors.ts";
import { addRelyingParty, metadataOf, type RegistrationRequest } from "../../src/relying-parties/index.ts";
import { challengeOf, ProofKey, verifier } from "../attacks/raw-party.ts";
import type { Answer, HttpBrowser } from "./http-browser.ts";
import type { World } from "./world.ts";

/** What a request is changed by; `undefined` takes a member away. */
export type Change = Readonly<Record<string, unknown>>;

export interface SigningKey {
  readonly privateKey: CryptoKey | Uint8Array;
  readonly alg: string;
}

export interface Refusal {
  readonly status: number;
  readonly error: unknown;
}

/** A JWT to be signed, with anything wrong about it. */
export interface Forgery {
  readonly claims?: Change;
  readonly key?: SigningKey;
}

let count = 0;

/** A relying party under FAPI 2.0 by hand, so that every rule can be broken. */
export class FapiParty {
  readonly world: World;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly key: SigningKey;
  readonly proof: ProofKey;

  private constructor(world: World, clientId: string, redirectUri: string, key: SigningKey, proof: ProofKey) {
    this.world = world;
    this.clientId = clientId;
    this.redirectUri = redirectUri;
    this.key = key;
    this.proof = proof;
  }

  static async register(world: World, registration: Partial<RegistrationRequest> = {}): Promise<FapiParty> {
    count += 1;
    const clientId = `fapi-${count}`;
    const redirectUri = `https://bank-${count}.example/callback`;
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "1", use: "sig" }] };
    const metadata = orThrow(metadataOf({ clientId, name: `Bank ${count}`, redirectUris: [redirectUri], authentication: "private_key_jwt", jwks, profile: "fapi2", ...registration }));
    await addRelyingParty(world.bridge.storage, metadata, world.now());
    return new FapiParty(world, clientId, redirectUri, { privateKey, alg: "ES256" }, await ProofKey.generate());
  }

  /** Parameters of a right authorization request. */
  parameters(change: Change = {}): Change {
    const usual = { client_id: this.clientId, redirect_uri: this.redirectUri, response_type: "code", scope: "openid", state: "state", nonce: "nonce", code_challenge: challengeOf(verifier), code_challenge_method: "S256" };
    return { ...usual, ...change };
  }

  assertion({ claims = {}, key = this.key }: Forgery = {}): Promise<string> {
    const now = this.world.now();
    return sign({ iss: this.clientId, sub: this.clientId, aud: this.world.issuer, jti: toBase64Url(randomBytes(16)), iat: now, exp: now + 60, ...claims }, key);
  }

  requestObject({ claims = {}, key = this.key }: Forgery = {}): Promise<string> {
    const now = this.world.now();
    return sign({ iss: this.clientId, aud: this.world.issuer, nbf: now, exp: now + 300, response_mode: "jwt", ...this.parameters(), ...claims }, key);
  }

  /** The members by which this party authenticates. */
  async authentication(forgery: Forgery = {}): Promise<Change> {
    return { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", client_assertion: await this.assertion(forgery) };
  }

  /** Pushes what it is given, authenticated unless that is replaced. */
  async push(parameters: Change = this.parameters(), authentication?: Change): Promise<Refusal & { readonly requestUri: string }> {
    const reply = await this.post("/par", { ...parameters, ...(authentication ?? (await this.authentication())) });
    return { status: reply.status, error: reply.body["error"], requestUri: String(reply.body["request_uri"]) };
  }

  open(browser: HttpBrowser, requestUri: string, change: Record<string, string> = {}): Promise<Answer> {
    return browser.open(`${this.world.issuer}/authorize?${new URLSearchParams({ client_id: this.clientId, request_uri: requestUri, ...change })}`);
  }

  /** Exchanges a code with the right verifier and a right proof, unless changed. */
  async exchange(code: string, change: Change = {}, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    const parameters = { grant_type: "authorization_code", code, redirect_uri: this.redirectUri, code_verifier: verifier, ...(await this.authentication()), ...change };
    return this.post("/token", parameters, headers ?? { dpop: await this.proof.prove("POST", `${this.world.issuer}/token`) });
  }

  async post(path: string, parameters: Change, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const sent = Object.entries(parameters).filter(([, value]) => value !== undefined).map(([name, value]): [string, string] => [name, String(value)]);
    const response = await fetch(`${this.world.issuer}${path}`, { method: "POST", body: new URLSearchParams(sent), headers: { accept: "application/json", ...headers } });
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : {} };
  }
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

function sign(claims: Change, { privateKey, alg }: SigningKey): Promise<string> {
  const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  if (alg === "none") return Promise.resolve(new UnsecuredJWT(present).encode());
  return new SignJWT(present).setProtectedHeader({ alg, kid: "1" }).sign(privateKey);
}
