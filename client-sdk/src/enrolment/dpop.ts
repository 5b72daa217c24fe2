/** DPoP proofs (RFC 9449) by a key that lives as long as one enrolment. */
import { randomBytes, sha256, toBase64Url, utf8 } from "../bytes.ts";
import { canonicalize } from "../statement/jcs.ts";
import { signJws } from "./jws.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A public P-256 key (RFC 7518 6.2.1). */
export interface PublicP256Key {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

/** The request that a proof is for. */
export interface ProofRequest {
  readonly method: string;
  /** The URL of the request; its query and fragment are left out of the proof (RFC 9449 4.2). */
  readonly url: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** What kind of key to make. */
export interface GenerateOptions {
  /** Whether {@link DpopKey.exportJwk} may give the private half out. */
  readonly extractable?: boolean;
}

/** An ephemeral P-256 key pair. Its private half cannot be exported, unless it was made so. */
export class DpopKey {
  readonly publicKey: PublicP256Key;
  /** RFC 7638 thumbprint of the public key, base64url. */
  readonly thumbprint: string;
  readonly #pair: CryptoKeyPair;

  private constructor(pair: CryptoKeyPair, publicKey: PublicP256Key, thumbprint: string) {
    this.#pair = pair;
    this.publicKey = publicKey;
    this.thumbprint = thumbprint;
  }

  static async generate({ extractable = false }: GenerateOptions = {}): Promise<DpopKey> {
    return DpopKey.fromPair(await crypto.subtle.generateKey(algorithm, extractable, ["sign", "verify"]));
  }

  /** A key pair that the platform kept. Rejects with what WebCrypto rejects with if it is not one of P-256. */
  static async fromPair(pair: CryptoKeyPair): Promise<DpopKey> {
    const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const publicKey: PublicP256Key = { kty: "EC", crv: "P-256", x, y };
    return new DpopKey(pair, publicKey, await thumbprint(publicKey));
  }

  /** A key that {@link exportJwk} gave out; it can be given out again. Rejects with what WebCrypto rejects with. */
  static async fromJwk(jwk: JsonWebKey): Promise<DpopKey> {
    const { kty = "", crv = "", x = "", y = "", d = "" } = jwk;
    const privateKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d }, algorithm, true, ["sign"]);
    const publicKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, true, ["verify"]);
    return DpopKey.fromPair({ privateKey, publicKey });
  }

  /** The platform's handle: a browser can keep it in IndexedDB without the key ever leaving the platform. */
  get pair(): CryptoKeyPair {
    return this.#pair;
  }

  /** The private key as a JWK; `null` if it cannot be exported. */
  async exportJwk(): Promise<JsonWebKey | null> {
    const { privateKey } = this.#pair;
    if (!privateKey.extractable) return null;
    const { kty = "", crv = "", x = "", y = "", d = "" } = await crypto.subtle.exportKey("jwk", privateKey);
    return { kty, crv, x, y, d };
  }

  /** A proof for one request: a JWS in compact form, with an identifier of its own. */
  async prove({ method, url, now }: ProofRequest): Promise<string> {
    const target = new URL(url);
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: this.publicKey } as const;
    const claims = { jti: toBase64Url(randomBytes(16)), htm: method, htu: target.origin + target.pathname, iat: now };
    return signJws(this.#pair.privateKey, header, claims);
  }
}

/** RFC 7638: its members in order and without space, which is what JCS writes. */
async function thumbprint({ kty, crv, x, y }: PublicP256Key): Promise<string> {
  return toBase64Url(await sha256(utf8(canonicalize({ kty, crv, x, y }))));
}
