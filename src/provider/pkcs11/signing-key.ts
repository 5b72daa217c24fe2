import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { ExternalSigningKey } from "oidc-provider";
import type { KeyDocument } from "../keys.ts";
import { TokenError } from "./return-values.ts";
import type { SigningToken } from "./token.ts";

/** A key of the provider in a token, as oidc-provider takes it: everything it signs with this key passes here. */
export class TokenSigningKey extends ExternalSigningKey {
  readonly #document: KeyDocument;
  readonly #publicKey: KeyObject;
  readonly #token: SigningToken | null;

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

  /** @throws TokenError */
  override async sign(octets: Uint8Array): Promise<Buffer> {
    const { token: place, alg } = this.#document;
    if (this.#token === null || place === undefined) throw new TokenError("no_token", "keys.pkcs11 is not configured");
    return Buffer.from(await this.#token.sign(place, alg, octets));
  }
}
