import { concatBytes, utf8 } from "../../src/bytes.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { publicKeyOid } from "../../src/pki/oid.ts";
import { bitString, der, integer, nullValue, octetString, oid, sequence, set, tag } from "../certificates/der-writer.ts";
import { withExtensions } from "../certificates/certificate.ts";
import { jpkiCertificate, jpkiExtensions } from "../certificates/jpki.ts";
import { attribute } from "../certificates/names.ts";
import { cbor, type Tampering } from "../passkeys/software-authenticator.ts";

/** Octets that are made to cost whoever reads them more than whoever sends them. */

const repeated = (count: number, ...octets: readonly number[]): Uint8Array => Uint8Array.from({ length: count * octets.length }, (_, at) => octets[at % octets.length] ?? 0);
const ones = (count: number): Uint8Array => new Uint8Array(count).fill(0xff);

function nested(depth: number): Uint8Array {
  let octets = new Uint8Array();
  for (let level = 0; level < depth; level += 1) octets = der(tag.sequence, octets);
  return octets;
}

const rsaSpki = (modulus: Uint8Array, exponent: Uint8Array): Uint8Array =>
  sequence(sequence(oid(publicKeyOid.rsaEncryption), nullValue()), bitString(sequence(der(tag.integer, Uint8Array.of(0), modulus), der(tag.integer, Uint8Array.of(0), exponent))));
const hugeOid = (octets: number): Uint8Array => der(tag.oid, Uint8Array.of(0x2a), ones(octets), Uint8Array.of(1));

/** For the field of a certificate, and what is answered. */
export const certificates: readonly (readonly [string, () => Uint8Array, ErrorCode])[] = [
  ["nested 4,000 deep", () => nested(4000), "malformed_certificate"],
  ["nested 10,000 deep", () => nested(10_000), "invalid_request"],
  ["of indefinite length, 8,000 deep", () => repeated(8000, 0x30, 0x80), "malformed_certificate"],
  ["of indefinite length, 16,000 deep", () => repeated(16_000, 0x30, 0x80), "invalid_request"],
  ["2^32 - 1 octets long, it says", () => Uint8Array.of(0x30, 0x84, ...ones(4)), "malformed_certificate"],
  ["2^64 - 1 octets long, it says", () => Uint8Array.of(0x30, 0x88, ...ones(8)), "malformed_certificate"],
  ["with a length of 126 octets", () => Uint8Array.of(0x30, 0xfe, ...ones(126)), "malformed_certificate"],
  ["signed by an algorithm with a name of 14,000 octets", () => jpkiCertificate({ innerAlgorithm: sequence(hugeOid(14_000)) }), "malformed_certificate"],
  ["with a name of 14,000 octets for an extension", () => jpkiCertificate({ rawExtensions: der(0xa3, sequence(sequence(hugeOid(14_000), octetString()))) }), "malformed_certificate"],
  ["with 5,000 empty extensions", () => jpkiCertificate({ rawExtensions: der(0xa3, sequence(...Array.from({ length: 5000 }, () => sequence()))) }), "malformed_certificate"],
  ["with 900 extensions of its own", () => jpkiCertificate({ extensions: Array.from({ length: 900 }, (_, number) => ({ oid: `1.3.${number}.1`, critical: false, value: new Uint8Array() })) }), "proof_invalid"],
  ["with 900 policies", () => jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), { oid: "2.5.29.32", critical: true, value: sequence(...Array.from({ length: 900 }, (_, number) => sequence(oid(`1.2.392.${number}.7`)))) }) }), "proof_invalid"],
  ["with 700 names for its holder", () => jpkiCertificate({ subject: sequence(...Array.from({ length: 700 }, () => set(attribute(["CN", "A"])))) }), "proof_invalid"],
  ["with one name of 700 for its holder", () => jpkiCertificate({ subject: sequence(set(...Array.from({ length: 700 }, () => attribute(["CN", "A"])))) }), "malformed_certificate"],
  ["with a serial number of 14,000 octets", () => jpkiCertificate({ serialNumber: der(tag.integer, Uint8Array.of(1), ones(14_000)) }), "malformed_certificate"],
  ["with an RSA key of 100,000 bits", () => jpkiCertificate({ spki: rsaSpki(ones(12_500), Uint8Array.of(1, 0, 1)) }), "proof_algorithm_refused"],
  ["with an RSA key whose exponent has 100,000 bits", () => jpkiCertificate({ spki: rsaSpki(ones(256), ones(12_500)) }), "proof_algorithm_refused"],
  ["with an RSA key as large as one may be", () => jpkiCertificate({ spki: rsaSpki(ones(1024), ones(8)) }), "proof_invalid"],
];

/** For the field of a signature. A certificate is beside it that can be read. */
export const signatures: readonly (readonly [string, () => Uint8Array, ErrorCode])[] = [
  ["of 1,000 octets", () => ones(1000), "proof_invalid"],
  ["nested 300 deep", () => nested(300), "proof_invalid"],
  ["of 40,000 octets", () => ones(40_000), "invalid_request"],
];

const cborMap = (count: number, key: (at: number) => Uint8Array): Uint8Array => concatBytes(Uint8Array.of(0xb9, count >> 8, count & 255), ...Array.from({ length: count }, (_, at) => concatBytes(key(at), Uint8Array.of(0))));
const rsaKey = (modulus: number, exponent: number): Uint8Array => cbor(new Map<number, unknown>([[1, 3], [3, -257], [-1, ones(modulus)], [-2, ones(exponent)]]));

/** CBOR (RFC 8949) by what is expensive in it; each in at most so many octets. */
const cborBombs = (octets: number): readonly (readonly [string, Uint8Array])[] => [
  ["lists in lists", repeated(octets, 0x81)],
  ["maps in maps", repeated(octets / 2, 0xa1, 0x00)],
  ["tags of tags", repeated(octets, 0xc1)],
  ["lists of indefinite length", repeated(octets, 0x9f)],
  ["maps of indefinite length", repeated(octets, 0xbf)],
  ["octets of indefinite length", concatBytes(Uint8Array.of(0x5f), repeated(octets / 2 - 1, 0x41, 0x00))],
  ["2^64 - 1 octets, it says", concatBytes(Uint8Array.of(0x5b), ones(8))],
  ["2^53 - 1 values, it says", concatBytes(Uint8Array.of(0x9b, 0, 0x1f), ones(6), new Uint8Array(octets - 9))],
  ["2^64 - 1 pairs, it says", concatBytes(Uint8Array.of(0xbb), ones(8), new Uint8Array(octets - 9))],
  ["many pairs", cborMap(Math.floor((octets - 3) / 4), (at) => Uint8Array.of(0x19, at >> 8, at & 255))],
  ["the same key again and again", cborMap(Math.floor((octets - 3) / 2), () => Uint8Array.of(0x01))],
];

/** Where the public key is in authenticator data with a credential id of 16 octets (WebAuthn 6.1, 6.5.1). */
const keyAt = 37 + 16 + 2 + 16;
const withKey = (key: Uint8Array): Tampering => ({ authenticatorData: (bytes) => concatBytes(bytes.subarray(0, keyAt), key) });
const withCertificate = (certificate: Uint8Array): Tampering => ({
  attestationObject: (object) => new Map<string, unknown>([...object, ["fmt", "packed"], ["attStmt", new Map<string, unknown>([["alg", -7], ["sig", ones(70)], ["x5c", [certificate]]])]]),
});

/** For registrations: in the key, the attestation, and what makes it sure. All answered with `passkey_response_invalid`. */
export const registrations: readonly (readonly [string, Tampering])[] = [
  ...cborBombs(20_000).map(([name, octets]) => [`a key of ${name}`, withKey(octets)] as const),
  ["an RSA key of 128,000 bits", withKey(rsaKey(16_000, 3))],
  ["an RSA key of 16,384 bits", withKey(rsaKey(2048, 3))],
  ["an RSA key whose exponent has 80,000 bits", withKey(rsaKey(10_000, 10_000))],
  ["an RSA key whose exponent has 2,048 bits", withKey(rsaKey(256, 256))],
  ...certificates.map(([name, certificate]) => [`an attestation certificate ${name}`, withCertificate(certificate().subarray(0, 23_000))] as const),
  ["an attestation certificate with 2,000 sets", withCertificate(sequence(sequence(der(0xa0, integer(2)), integer(1), sequence(oid("1.2.840.10045.4.3.2")), sequence(...Array.from({ length: 1500 }, () => set(attribute(["CN", "A"])))))))],
];

/** For what an authenticator sends as its whole attestation. */
export const attestations: readonly (readonly [string, Uint8Array])[] = [...cborBombs(24_000), ["a text instead", utf8("a".repeat(24_000))]];

/** Authenticator data that says it has extensions, and has these (WebAuthn 6.1). */
export const extensions: readonly (readonly [string, Tampering])[] = cborBombs(3000).map(([name, octets]) => [
  name, { authenticatorData: (bytes) => concatBytes(bytes.subarray(0, 32), Uint8Array.of((bytes[32] ?? 0) | 0x80), bytes.subarray(33), octets) },
]);
