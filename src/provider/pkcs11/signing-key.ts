import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { ExternalSigningKey } from "oidc-provider";
import { utf8 } from "../../bytes.ts";
import type { KeyDocument } from "../keys.ts";
import { TokenError } from "./return-values.ts";
import type { SigningToken } from "./token.ts";

/** Without a full stop it is no JWS Signing Input (RFC 7515 5.1): the signature is good for nothing. */
const trialOctets = utf8("trial");
/** Milliseconds for which a signature speaks for those that follow it. */
const speaksFor = 1000;

/** A key of the provider in a token, as oidc-provider takes it: everything it signs with this key passes here. */
export class TokenSigningKey extends ExternalSigningKey {
  readonly #document: KeyDocument;
  readonly #publicKey: KeyObject;
  readonly #token: SigningToken | null;
  /** Since when its last signature speaks for the next, by the process's clock; null where there is none, or one failed since. */
  #signedAt: number | null = null;
  #trial: Promise<boolean> | null = null;

  /** @param token null where none is configured: then the key is only published. */
  constructor(document: KeyDocument, token: SigningToken | null) {
    super();
    this.#document = document;
    this.#publicKey = createPublicKey({ key: document as JsonWebKey, format: "jwk" });
    this.#token = token;
  }

  override get kid(): string {
    return this.#document.kid;
  }

  override get alg(): KeyDocument["alg"] {
    return this.#document.alg;
  }

  override keyObject(): KeyObject {
    return this.#publicKey;
  }

  /** False while the token hangs, and where none is configured. */
  isAnswering(): boolean {
    return this.#token?.isAnswering() ?? false;
  }

  /** Whether a signature can be counted on, as far as can be told. Without one of just now another is tried, one for all who ask. */
  async isReady(): Promise<boolean> {
    if (this.#token?.hasRoom() !== true) return false;
    if (this.#signedAt !== null && performance.now() - this.#signedAt < speaksFor) return true;
    this.#trial ??= this.sign(trialOctets).then(() => true, () => false).finally(() => (this.#trial = null));
    return this.#trial;
  }

  /** @throws TokenError */
  override async sign(octets: Uint8Array): Promise<Buffer> {
    try {
      const signature = await this.#sign(octets);
      this.#signedAt = performance.now();
      return signature;
    } catch (error) {
      this.#signedAt = null;
      throw error;
    }
  }

  /**
   * A token finds its keys by their places, and sessions are opened anew: another key may have come to that place.
   * @throws TokenError; `key_replaced` where the signature is not this key's.
   */
  async #sign(octets: Uint8Array): Promise<Buffer> {
    const { token: place, alg } = this.#document;
    if (this.#token === null || place === undefined) throw new TokenError("no_token", "keys.pkcs11 is not configured");
    const signature = await this.#token.sign(place, alg, octets);
    if (!verify("sha256", octets, { key: this.#publicKey, dsaEncoding: "ieee-p1363" }, signature)) throw new TokenError("key_replaced", `the token has another ${alg} key in the place of the one that signs`);
    return Buffer.from(signature);
  }
}
