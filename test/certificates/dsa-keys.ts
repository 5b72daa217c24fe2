import { createPrivateKey } from "node:crypto";
import { bitString, integer, octetString, oid, sequence } from "./der-writer.ts";
import { testKey, type TestKey } from "./keys.ts";
import { parseDer } from "../../src/pki/der.ts";
import { publicKeyOid } from "../../src/pki/oid.ts";
import { bigEndian } from "../../src/pki/unsigned-integer.ts";

/** DSA keys that share parameters, with and without them in the SubjectPublicKeyInfo (RFC 3279 2.3.2). */

interface Domain {
  readonly p: bigint;
  readonly q: bigint;
  readonly g: bigint;
}

/** The parameters of {@link testKey} `dsa-1024`, which are as good as any others. */
export function domainOf(key: TestKey = testKey("dsa-1024")): Domain {
  const limits = { maximumLength: 10_000, maximumDepth: 5, maximumValues: 20 };
  const read = parseDer(key.spki, limits, (reader) => reader.within(0x30, (spki) => {
    const domain = spki.within(0x30, (algorithm) => {
      algorithm.oid();
      return algorithm.within(0x30, (inner) => ({ p: bigEndian(inner.integer()), q: bigEndian(inner.integer()), g: bigEndian(inner.integer()) }));
    });
    spki.bitStringOctets();
    return domain;
  }), "malformed_certificate");
  if (!read.valid) throw new Error(read.at);
  return read.value;
}

export function parametersOf({ p, q, g }: Domain): Uint8Array<ArrayBuffer> {
  return sequence(integer(p), integer(q), integer(g));
}

/** @param parameters - DER, empty to leave them out. */
export function dsaSpki(parameters: Uint8Array, y: bigint): Uint8Array<ArrayBuffer> {
  return sequence(sequence(oid(publicKeyOid.dsa), parameters), bitString(integer(y)));
}

/** Another key of the same parameters, which its SubjectPublicKeyInfo leaves out unless they are given. */
export function inheritingKey(secret: bigint, parameters: Uint8Array = new Uint8Array()): TestKey {
  const domain = domainOf();
  const algorithm = sequence(oid(publicKeyOid.dsa), parametersOf(domain));
  const der = Buffer.from(sequence(integer(0), algorithm, octetString(integer(secret))));
  return { kind: "dsa-1024", privateKey: createPrivateKey({ key: der, format: "der", type: "pkcs8" }), spki: dsaSpki(parameters, power(domain.g, secret, domain.p)) };
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let [square, rest] = [base, exponent]; rest > 0n; [square, rest] = [(square * square) % modulus, rest >> 1n]) {
    if (rest % 2n === 1n) result = (result * square) % modulus;
  }
  return result;
}
