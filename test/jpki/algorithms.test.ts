import { constants, sign } from "node:crypto";
import { expect, test } from "vitest";
import { judge, verdictOn } from "./judge.ts";
import { userAuthenticationProfile } from "../../src/jpki/index.ts";
import { curveOid, digestOid, mgf1, publicKeyOid, signatureOid } from "../../src/pki/oid.ts";
import { makeAuthority } from "../certificates/authority.ts";
import { bitString, der, explicit, integer, nullValue, oid, sequence, tag } from "../certificates/der-writer.ts";
import { jpkiAuthority, jpkiAuthorityName, jpkiCertificate } from "../certificates/jpki.ts";
import { schemes, type SignatureScheme, testKey } from "../certificates/keys.ts";
import { ecSpki, explicitP256, rocaModulus, rsaModulus, rsaSpki } from "../certificates/weak-keys.ts";

/** Algorithms: the holder's key, and how the authority signed. */

const modulus = rsaModulus();
const p256 = testKey("p256", "holder").spki;
const point = p256.subarray(-65);
const offCurve = Uint8Array.from(point).fill(1, 60);
const p256Name = oid(curveOid.p256);
const rsaOf = (n: Uint8Array, e: Uint8Array) => sequence(sequence(oid(publicKeyOid.rsaEncryption), nullValue()), bitString(sequence(n, e)));
const compressed = Uint8Array.of(2 | ((point[64] ?? 0) & 1), ...point.subarray(1, 33));

/** Name, key, code, and a part of the reason the operator reads: two weaknesses share a code. */
const keys: readonly (readonly [name: string, spki: Uint8Array, code: string, rule?: string])[] = [
  ["RSA-2048, e = 65537", rsaSpki(modulus, 65537n), "valid"],
  ["RSA-2048, e = 65539", rsaSpki(modulus, 65539n), "valid"],
  ["RSA-1024", testKey("rsa-1024").spki, "weak_key", "RSA of 1024 bits"],
  ["RSA-2047", testKey("rsa-2047").spki, "weak_key", "RSA of 2047 bits"],
  ["e = 1", rsaSpki(modulus, 1n), "weak_key", "RSA exponent"],
  ["e = 3", testKey("rsa-2048-e3").spki, "weak_key", "RSA exponent"],
  ["even e", rsaSpki(modulus, 65538n), "weak_key", "RSA exponent"],
  ["e below 65537", rsaSpki(modulus, 65535n), "weak_key", "RSA exponent"],
  ["e = 0", rsaSpki(modulus, 0n), "weak_key", "RSA exponent"],
  ["even modulus", rsaSpki(modulus + 1n, 65537n), "weak_key", "RSA modulus even"],
  ["modulus of zero", rsaSpki(0n, 65537n), "weak_key"],
  ["modulus of 16384 bits", rsaSpki((1n << 16384n) - 1n, 65537n), "unsupported_algorithm", "RSA key too large"],
  ["e of 2048 bits", rsaSpki(modulus, modulus - 2n), "unsupported_algorithm", "RSA key too large"],
  ["ROCA", rsaSpki(rocaModulus(), 65537n), "weak_key", "ROCA fingerprint"],
  ["RSA without parameters", sequence(sequence(oid(publicKeyOid.rsaEncryption)), bitString(sequence(integer(modulus), integer(65537)))), "malformed_certificate", "RSA parameters not NULL"],
  ["RSA key with octets after it", sequence(sequence(oid(publicKeyOid.rsaEncryption), nullValue()), bitString(sequence(integer(modulus), integer(65537), nullValue()))), "malformed_certificate", "unexpected octets"],
  ["RSA modulus negative", rsaOf(der(tag.integer, Uint8Array.from(Buffer.from(modulus.toString(16), "hex"))), integer(65537)), "malformed_certificate", "RSA key negative"],
  ["RSA exponent negative", rsaOf(integer(modulus), der(tag.integer, Uint8Array.of(0xff))), "malformed_certificate", "RSA key negative"],
  ["P-256", p256, "valid"],
  ["P-384", testKey("p384").spki, "valid"],
  ["P-521", testKey("p521").spki, "unsupported_algorithm", "P-521"],
  ["P-192", testKey("p192").spki, "weak_key", "curve 1.2.840.10045.3.1.1"],
  ["EC explicit parameters", ecSpki(explicitP256(), point), "unsupported_algorithm", "EC parameters not a named curve"],
  ["EC without parameters", ecSpki(new Uint8Array(), point), "unsupported_algorithm", "EC parameters not a named curve"],
  ["unknown curve", ecSpki(oid("1.3.132.0.10"), point), "unsupported_algorithm", "curve 1.3.132.0.10"],
  ["point off the curve", ecSpki(p256Name, offCurve), "weak_key", "EC point not on its curve"],
  ["point at infinity", ecSpki(p256Name, Uint8Array.of(0)), "unsupported_algorithm", "EC point not uncompressed"],
  ["point compressed", ecSpki(p256Name, compressed), "unsupported_algorithm", "EC point not uncompressed"],
  ["point of another curve", ecSpki(oid(curveOid.p384), point), "unsupported_algorithm", "EC point not uncompressed"],
  ["Ed25519 where RSA is expected", testKey("ed25519").spki, "unsupported_algorithm", "Ed25519"],
  ["Ed25519 with parameters", sequence(sequence(oid(publicKeyOid.ed25519), nullValue()), bitString(new Uint8Array(32))), "malformed_certificate", "Ed25519 key"],
  ["Ed25519 of 31 octets", sequence(sequence(oid(publicKeyOid.ed25519)), bitString(new Uint8Array(31))), "malformed_certificate", "Ed25519 key"],
  ["unknown key algorithm", sequence(sequence(oid("1.2.840.113549.1.3.1"), nullValue()), bitString(Uint8Array.of(1))), "unsupported_algorithm", "public key 1.2.840.113549.1.3.1"],
];

test.each(keys.map(([name, spki, code, rule = ""]) => ({ name, spki, code, rule })))("holder's key: $name", ({ spki, code, rule }) => {
  const verdict = verdictOn(jpkiCertificate({ spki }));
  expect(verdict).toMatchObject(code === "valid" ? { valid: true } : { code, at: expect.stringContaining(rule) });
});

const digest = (id: string) => sequence(oid(id), nullValue());
const mask = (id: string) => sequence(oid(mgf1), digest(id));
const pss = (...fields: readonly Uint8Array[]): SignatureScheme => ({ algorithm: sequence(oid(signatureOid.rsassaPss), sequence(...fields)), digest: "sha256" });
const pssSha256 = pss(explicit(0, digest(digestOid.sha256)), explicit(1, mask(digestOid.sha256)), explicit(2, integer(32)));
const root = jpkiAuthority();

/** A certificate that says `scheme` and carries a PSS signature by SHA-256 with this salt. */
const signedByPss = (scheme: SignatureScheme, saltLength = 32) =>
  jpkiCertificate({
    scheme,
    sign: (tbs) => sign("sha256", tbs, { key: root.key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }),
  });
const named = (id: string, ...parameters: readonly Uint8Array[]) => jpkiCertificate({ scheme: { algorithm: sequence(oid(id), ...parameters), digest: "sha256" } });

test.each<readonly [string, Uint8Array, string]>([
  ["SHA-256", jpkiCertificate(), "valid"],
  ["SHA-384", jpkiCertificate({ scheme: schemes.sha384WithRsa }), "valid"],
  ["SHA-512", jpkiCertificate({ scheme: schemes.sha512WithRsa }), "valid"],
  ["without parameters", named(signatureOid.sha256WithRsa), "valid"],
  ["SHA-1", jpkiCertificate({ scheme: schemes.sha1WithRsa }), "weak_algorithm"],
  ["MD5", jpkiCertificate({ scheme: schemes.md5WithRsa }), "weak_algorithm"],
  ["SHA-224", named(signatureOid.sha224WithRsa, nullValue()), "weak_algorithm"],
  ["PSS", signedByPss(pssSha256), "valid"],
  ["PSS with another salt than it says", signedByPss(pssSha256, 20), "bad_signature"],
  ["PSS with SHA-1 MGF", signedByPss(pss(explicit(0, digest(digestOid.sha256)), explicit(2, integer(32)))), "weak_algorithm"],
  ["PSS with SHA-1 MGF written out", signedByPss(pss(explicit(0, digest(digestOid.sha256)), explicit(1, mask(digestOid.sha1)), explicit(2, integer(32)))), "weak_algorithm"],
  ["PSS by defaults", signedByPss(pss()), "weak_algorithm"],
  ["PSS with two digests", signedByPss(pss(explicit(0, digest(digestOid.sha256)), explicit(1, mask(digestOid.sha512)), explicit(2, integer(32)))), "unsupported_algorithm"],
  ["PSS with a trailer field", signedByPss(pss(explicit(0, digest(digestOid.sha256)), explicit(1, mask(digestOid.sha256)), explicit(2, integer(32)), explicit(3, integer(1)))), "unsupported_algorithm"],
  ["PSS with a negative salt", signedByPss(pss(explicit(0, digest(digestOid.sha256)), explicit(1, mask(digestOid.sha256)), explicit(2, Uint8Array.of(2, 1, 0xff)))), "unsupported_algorithm"],
  ["PSS with a salt beyond the key", signedByPss(pss(explicit(0, digest(digestOid.sha256)), explicit(1, mask(digestOid.sha256)), explicit(2, integer(500)))), "bad_signature"],
  ["PSS without parameters", named(signatureOid.rsassaPss), "unsupported_algorithm"],
  ["PSS said, PKCS#1 v1.5 signed", jpkiCertificate({ scheme: pssSha256 }), "bad_signature"],
  ["PKCS#1 v1.5 said, PSS signed", signedByPss(schemes.sha256WithRsa), "bad_signature"],
  ["PSS whose digest has parameters", signedByPss(pss(explicit(0, sequence(oid(digestOid.sha256), sequence())), explicit(1, mask(digestOid.sha256)), explicit(2, integer(32)))), "unsupported_algorithm"],
  ["unknown algorithm, as bare as Ed25519", named("1.2.840.113549.1.1.99"), "unsupported_algorithm"],
  ["unknown algorithm", named("1.2.840.113549.1.1.99", nullValue()), "unsupported_algorithm"],
  ["RSA with other parameters", named(signatureOid.sha256WithRsa, sequence()), "unsupported_algorithm"],
  ["ECDSA said, RSA signed", named(signatureOid.ecdsaWithSha256), "bad_signature"],
  ["ECDSA with parameters", named(signatureOid.ecdsaWithSha256, nullValue()), "unsupported_algorithm"],
  ["Ed25519 said, RSA signed", named(signatureOid.ed25519), "bad_signature"],
  ["digest differs from what it says", jpkiCertificate({ scheme: { ...schemes.sha256WithRsa, digest: "sha512" } }), "bad_signature"],
  ["empty signature", jpkiCertificate({ sign: () => new Uint8Array() }), "bad_signature"],
  ["signature a zero octet longer", jpkiCertificate({ sign: (tbs) => Buffer.concat([Buffer.of(0), sign("sha256", tbs, root.key.privateKey)]) }), "bad_signature"],
  ["signature of zeros", jpkiCertificate({ sign: () => new Uint8Array(256) }), "bad_signature"],
  ["signature of 8 KiB", jpkiCertificate({ sign: () => new Uint8Array(8192).fill(1) }), "bad_signature"],
])("signed by: %s", (_, certificate, code) => {
  expect(judge(certificate)).toBe(code);
});

test("a profile may refuse RSA", () => {
  const profile = { ...userAuthenticationProfile, algorithms: { ...userAuthenticationProfile.algorithms, minimumRsaBits: null } };
  expect(judge(jpkiCertificate(), { profile })).toBe("unsupported_algorithm");
  expect(judge(jpkiCertificate({ spki: p256 }), { profile })).toBe("valid");
});

test.each(["p256", "p384", "p521", "ed25519"] as const)("an authority whose key is %s", (kind) => {
  const authority = makeAuthority({ subject: jpkiAuthorityName("authentication"), key: testKey(kind, "authority") });
  const pinned = { anchors: { userAuthentication: [authority.certificate], signature: [] } };
  expect(judge(jpkiCertificate({ by: authority }), pinned)).toBe("valid");
  expect(judge(jpkiCertificate({ by: authority, scheme: schemes.sha256WithRsa, sign: () => new Uint8Array(256) }), pinned)).toBe("bad_signature");
  expect(judge(jpkiCertificate({ by: authority, sign: () => new Uint8Array(64) }), pinned)).toBe("bad_signature");
});
