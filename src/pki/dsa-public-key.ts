import type { SubjectPublicKeyInfo } from "./certificate.ts";
import { type DerReader, parseDer, tag } from "./der.ts";
import { bigEndian, bitLength, withoutLeadingZero } from "./unsigned-integer.ts";
import { accept, refuse, type Verdict } from "../errors.ts";

/** Above this a verification costs more than a caller may be made to pay; FIPS 186-4 4.2 has none above. */
const maximumModulusBits = 3072;
const orderBits: readonly number[] = [160, 224, 256];

/**
 * The length of p in bits of a DSA key (RFC 3279 2.3.2) whose numbers are in the ranges that
 * FIPS 186-4 4.1 gives them. That p and q are prime is for its issuer to know.
 *
 * Refuses with `malformed_certificate`, `weak_key` or `unsupported_algorithm`; the last also for a key
 * without parameters, which only a path can give it (`inherited-parameters.ts`).
 */
export function dsaModulusBits({ keyBits, parameters }: SubjectPublicKeyInfo): Verdict<number> {
  if (parameters === null || parameters[0] === tag.null) return refuse("unsupported_algorithm", "DSA without parameters");
  const domain = parseDer(parameters, limitsOf(parameters), readParameters, "malformed_certificate");
  if (!domain.valid) return domain;
  const read = parseDer(keyBits, limitsOf(keyBits), unsigned, "malformed_certificate");
  if (!read.valid) return read;
  const modulusBits = bitLength(domain.value.p);
  if (modulusBits > maximumModulusBits || !orderBits.includes(bitLength(domain.value.q))) return refuse("unsupported_algorithm", "DSA key size");
  const [p, q, g, y] = [domain.value.p, domain.value.q, domain.value.g, read.value].map(bigEndian) as [bigint, bigint, bigint, bigint];
  const isSound = p % 2n === 1n && q % 2n === 1n && (p - 1n) % q === 0n && g > 1n && g < p && y > 1n && y < p;
  return isSound ? accept(modulusBits) : refuse("weak_key", "DSA parameters");
}

const limitsOf = ({ length }: Uint8Array) => ({ maximumLength: length, maximumDepth: 2, maximumValues: 4 });

function readParameters(reader: DerReader) {
  return reader.within(tag.sequence, (inner) => ({ p: unsigned(inner), q: unsigned(inner), g: unsigned(inner) }));
}

function unsigned(reader: DerReader): Uint8Array {
  const offset = reader.offset;
  const integer = reader.integer();
  if ((integer[0] ?? 0) > 0x7f) reader.fail("DSA key negative", offset);
  return withoutLeadingZero(integer);
}
