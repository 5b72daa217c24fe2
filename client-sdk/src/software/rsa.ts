/**
 * RSASSA-PKCS1-v1_5 on a given DigestInfo (RFC 8017 8.2.1), as a card does it. WebCrypto cannot: it
 * hashes the message itself, and a card never sees the message.
 */
import { fromBase64Url, randomBytes, toHex, type Bytes } from "../bytes.ts";

const modulusBits = 2048n;
const modulusLength = 256;

/** An RSA-2048 private key that signs and is never given out. */
export class RsaSigningKey {
  readonly #modulus: bigint;
  readonly #publicExponent: bigint;
  readonly #first: CrtFactor;
  readonly #second: CrtFactor;
  readonly #coefficient: bigint;

  /** @throws TypeError if the key is not an RSA-2048 private key with its primes (RFC 7518 6.3.2). */
  constructor(jwk: JsonWebKey) {
    this.#modulus = readInteger(jwk.n);
    this.#publicExponent = readInteger(jwk.e);
    this.#first = { prime: readInteger(jwk.p), exponent: readInteger(jwk.dp) };
    this.#second = { prime: readInteger(jwk.q), exponent: readInteger(jwk.dq) };
    this.#coefficient = readInteger(jwk.qi);
    const isModulus = this.#modulus >> (modulusBits - 1n) === 1n && this.#first.prime * this.#second.prime === this.#modulus;
    if (jwk.kty !== "RSA" || !isModulus) throw new TypeError("the key is not an RSA-2048 private key");
  }

  /** The 256-byte signature; `null` if the computation went wrong, so that a fault gives nothing away. */
  sign(digestInfo: Uint8Array): Bytes | null {
    const message = BigInt(`0x${toHex(encodeMessage(digestInfo))}`);
    const { blinding, unblinding } = this.#newBlinding();
    const blinded = this.#decrypt((message * blinding) % this.#modulus);
    const signature = (blinded * unblinding) % this.#modulus;
    // One wrong half of the CRT would let anyone factor the modulus (Boneh, DeMillo, Lipton 1997).
    return power(signature, this.#publicExponent, this.#modulus) === message ? toBytes(signature) : null;
  }

  /** RSADP by the Chinese remainder theorem (RFC 8017 5.1.2). */
  #decrypt(ciphertext: bigint): bigint {
    const first = power(ciphertext, this.#first.exponent, this.#first.prime);
    const second = power(ciphertext, this.#second.exponent, this.#second.prime);
    const h = modulo((first - second) * this.#coefficient, this.#first.prime);
    return second + this.#second.prime * h;
  }

  /** r^e and r^-1 of a random r: the time of the computation then tells nothing of the message. */
  #newBlinding(): { blinding: bigint; unblinding: bigint } {
    const random = BigInt(`0x${toHex(randomBytes(modulusLength))}`) % this.#modulus;
    const unblinding = inverse(random, this.#modulus);
    if (unblinding === null) return this.#newBlinding();
    return { blinding: power(random, this.#publicExponent, this.#modulus), unblinding };
  }
}

interface CrtFactor {
  readonly prime: bigint;
  readonly exponent: bigint;
}

/** EMSA-PKCS1-v1_5 (RFC 8017 9.2): 00 01 FF ... FF 00 DigestInfo. */
function encodeMessage(digestInfo: Uint8Array): Bytes {
  const encoded = new Uint8Array(modulusLength).fill(0xff);
  const start = modulusLength - digestInfo.length;
  encoded[0] = 0x00;
  encoded[1] = 0x01;
  encoded[start - 1] = 0x00;
  encoded.set(digestInfo, start);
  return encoded;
}

/** Four bits of the exponent at a time. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers = [1n];
  for (let index = 1; index < 16; index += 1) powers.push(((powers[index - 1] ?? 1n) * base) % modulus);
  let result = 1n;
  for (const digit of exponent.toString(16)) {
    for (let square = 0; square < 4; square += 1) result = (result * result) % modulus;
    result = (result * (powers[Number.parseInt(digit, 16)] ?? 1n)) % modulus;
  }
  return result;
}

/** The inverse by Euclid's extended algorithm; `null` if there is none. */
function inverse(value: bigint, modulus: bigint): bigint | null {
  let [remainder, nextRemainder] = [modulus, value];
  let [coefficient, nextCoefficient] = [0n, 1n];
  while (nextRemainder !== 0n) {
    const quotient = remainder / nextRemainder;
    [remainder, nextRemainder] = [nextRemainder, remainder - quotient * nextRemainder];
    [coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient];
  }
  return remainder === 1n ? modulo(coefficient, modulus) : null;
}

function modulo(value: bigint, modulus: bigint): bigint {
  const remainder = value % modulus;
  return remainder < 0n ? remainder + modulus : remainder;
}

function toBytes(value: bigint): Bytes {
  const digits = value.toString(16).padStart(modulusLength * 2, "0");
  return Uint8Array.from({ length: modulusLength }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

function readInteger(text: string | undefined): bigint {
  const bytes = text === undefined ? null : fromBase64Url(text);
  if (bytes === null || bytes.length === 0) throw new TypeError("the key lacks a member or it is not base64url");
  return BigInt(`0x${toHex(bytes)}`);
}
