import type { KeyUse } from "../applet/applet-table.ts";
import { fromBase64Url, type Bytes } from "../bytes.ts";
import { Pin } from "./pin.ts";
import { RsaSigningKey } from "./rsa.ts";

/** One key of a {@link SecureElementImage} with what belongs to it. */
export interface SecureElementKeyImage {
  /** The holder's certificate: DER in base64url. */
  readonly certificate: string;
  /** The certification authority's certificate: DER in base64url. */
  readonly caCertificate: string;
  /** RSA-2048 private key with its primes (RFC 7518 6.3). */
  readonly key: JsonWebKey;
  readonly pin: string;
  /** Retry counter, as `counters()` gave it; full if absent. */
  readonly triesLeft?: number;
}

/** What a software Secure Element is made from; JSON. `null`: the element has no such key. */
export type SecureElementImage = Readonly<Record<KeyUse, SecureElementKeyImage | null>>;

/** One key inside the element. */
export interface Holding {
  readonly certificate: Bytes;
  readonly caCertificate: Bytes;
  readonly key: RsaSigningKey;
  readonly pin: Pin;
}

/**
 * Reads an image.
 * @throws TypeError naming the member that is not as it must be.
 */
export function readImage(image: SecureElementImage): Readonly<Record<KeyUse, Holding | null>> {
  return {
    authentication: readHolding("authentication", image.authentication),
    signature: readHolding("signature", image.signature),
  };
}

function readHolding(use: KeyUse, image: SecureElementKeyImage | null): Holding | null {
  if (image === null) return null;
  return {
    certificate: readDer(image.certificate, `${use}.certificate`),
    caCertificate: readDer(image.caCertificate, `${use}.caCertificate`),
    key: new RsaSigningKey(image.key),
    pin: new Pin(use, image.pin, image.triesLeft),
  };
}

function readDer(text: string, member: string): Bytes {
  const der = fromBase64Url(text);
  if (der === null || der.length === 0) throw new TypeError(`${member} is not DER in base64url`);
  return der;
}
