/** DPoP proofs (RFC 9449) by a key that lives as long as one enrolment. */
import { randomBytes, sha256, toBase64Url, utf8 } from "../bytes.ts";
import { canonicalize } from "../statement/jcs.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A public P-256 key (RFC 7518 6.2.1). */
export interface PublicP256Key {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
}

export interface ProofRequest {
  readonly method: string;
  /** The URL of the request; its query and fragment are left out of the proof (RFC 9449 4.2). */
  readonly url: string;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** An ephemeral P-256 key pair whose private half cannot be exported. */
export class DpopKey {
  readonly publicKey: PublicP256Key;
  /** RFC 7638 thumbprint of the public key, base64url. */
  readonly thumbprint: string;
  readonly #privateKey: CryptoKey;

  private constructor(privateKey: CryptoKey, publicKey: PublicP256Key, thumbprint: string) {
    this.#privateKey = privateKey;
    this.publicKey = publicKey;
    this.thumbprint = thumbprint;
  }

  static async generate(): Promise<DpopKey> {
    const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const { x = "", y = "" } = await crypto.subtle.exportKey("jwk", pair.publicKey);
    const publicKey: PublicP256Key = { kty: "EC", crv: "P-256", x, y };
    return new DpopKey(pair.privateKey, publicKey, await thumbprint(publicKey));
  }

  /** A proof for one request: a JWS in compact form, with an identifier of its own. */
  async prove({ method, url, now }: ProofRequest): Promise<string> {
    const target = new URL(url);
    const header = { typ: "dpop+jwt", alg: "ES256", jwk: this.publicKey };
    const claims = { jti: toBase64Url(randomBytes(16)), htm: method, htu: target.origin + target.pathname, iat: now };
    const signed = `${encodeJson(header)}.${encodeJson(claims)}`;
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, this.#privateKey, utf8(signed));
    return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
  }
}

/** RFC 7638: its members in order and without space, which is what JCS writes. */
async function thumbprint({ kty, crv, x, y }: PublicP256Key): Promise<string> {
  return toBase64Url(await sha256(utf8(canonicalize({ kty, crv, x, y }))));
}

function encodeJson(value: object): string {
  return toBase64Url(utf8(JSON.stringify(value)));
}
