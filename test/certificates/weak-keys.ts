import { generateKeyPairSync } from "node:crypto";
import { bitString, integer, octetString, nullValue, oid, sequence } from "./der-writer.ts";
import { publicKeyOid } from "../../src/pki/oid.ts";

/** Public keys that nobody should have: DER of the SubjectPublicKeyInfo. */

/** Any modulus and exponent. */
export function rsaSpki(modulus: bigint, exponent: bigint): Uint8Array<ArrayBuffer> {
  return sequence(sequence(oid(publicKeyOid.rsaEncryption), nullValue()), bitString(sequence(integer(modulus), integer(exponent))));
}

/** An honest 2048-bit modulus. */
export function rsaModulus(): bigint {
  const { n = "" } = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  return BigInt(`0x${Buffer.from(n, "base64url").toString("hex")}`);
}

/** The product of the first 126 primes: what ROCA's generator works modulo for keys of 2048 bits. */
function primorial(): bigint {
  let product = 1n;
  for (let candidate = 2, found = 0; found < 126; candidate += 1) {
    if (!isPrime(candidate)) continue;
    product *= BigInt(candidate);
    found += 1;
  }
  return product;
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) return false;
  return true;
}

/** A modulus of 2048 bits as ROCA's generator makes them: a power of 65537 modulo the primorial. */
export function rocaModulus(): bigint {
  const primes = primorial();
  let residue = 1n;
  for (let power = 0; power < 4711; power += 1) residue = (residue * 65537n) % primes;
  const top = 3n << 2046n;
  return top - (top % primes) + residue;
}

/** An EC key of named parameters and the given point. */
export function ecSpki(parameters: Uint8Array, point: Uint8Array): Uint8Array<ArrayBuffer> {
  return sequence(sequence(oid(publicKeyOid.ecPublicKey), parameters), bitString(point));
}

/** The parameters of P-256 written out instead of named (RFC 3279 2.3.5). */
export function explicitP256(): Uint8Array<ArrayBuffer> {
  const octets = (hex: string) => octetString(Uint8Array.from(Buffer.from(hex, "hex")));
  const prime = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
  return sequence(
    integer(1),
    sequence(oid("1.2.840.10045.1.1"), integer(prime)),
    sequence(
      octets((prime - 3n).toString(16)),
      octets("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
    ),
    octets("046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
    integer(0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n),
    integer(1),
  );
}
