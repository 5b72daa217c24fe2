import { constants, createHash, privateEncrypt, sign } from "node:crypto";
import { expect, test } from "vitest";
import { anchors } from "./judge.ts";
import { type EnrolmentStatement, productionPolicies, statementBytes, userAuthenticationProfile, verifyJpkiCertificate, verifyProof } from "../../src/jpki/index.ts";
import { concatBytes, toHex } from "../../src/bytes.ts";
import type { SubjectPublicKeyInfo } from "../../src/pki/certificate.ts";
import { curveOid, digestOid, publicKeyOid } from "../../src/pki/oid.ts";
import { now } from "../certificates/authority.ts";
import { nullValue, octetString, oid, sequence } from "../certificates/der-writer.ts";
import { holderKey, jpkiCertificate } from "../certificates/jpki.ts";
import { testKey, type TestKey } from "../certificates/keys.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

const statement: EnrolmentStatement = {
  iss: "https://bridge.example",
  txn: "dHhu",
  purpose: "enrol",
  client_id: "shop",
  client_name: "お店",
  client_host: "shop.example",
  nonce: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
  iat: now,
  exp: now + 300,
  jkt: "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
  code_hash: null,
};
const data = statementBytes(statement);

function verified(key: TestKey) {
  const verdict = verifyJpkiCertificate({
    certificate: jpkiCertificate({ spki: key.spki }),
    anchors,
    profile: userAuthenticationProfile,
    policies: productionPolicies.userAuthentication,
    time: now,
  });
  if (!verdict.valid) throw new Error(verdict.at);
  return verdict.value;
}

const rsa = holderKey();
const p256 = testKey("p256", "holder");
const p384 = testKey("p384", "holder");
const outcome = (key: TestKey, signature: Uint8Array, signed: EnrolmentStatement = statement): string => {
  const verdict = verifyProof({ statement: signed, certificate: verified(key), signature });
  return verdict.valid ? "valid" : verdict.code;
};

const rsaSignature = sign("sha256", data, rsa.privateKey);
const p1363 = (key: TestKey) => sign("sha256", data, { key: key.privateKey, dsaEncoding: "ieee-p1363" });

/** What the applet does: PKCS#1 v1.5 padding around the DigestInfo it is given. */
const bySignCommand = (digestInfo: Uint8Array) => privateEncrypt({ key: rsa.privateKey, padding: constants.RSA_PKCS1_PADDING }, digestInfo);
const bigEndian = (octets: Uint8Array) => BigInt(`0x${toHex(octets)}`);
const digestInfo = (algorithm: string, digest: string, parameters: readonly Uint8Array[] = [nullValue()]) =>
  sequence(sequence(oid(algorithm), ...parameters), octetString(createHash(digest).update(data).digest()));
/** A raw RSA operation over a block of the attacker's choice. */
const raw = (block: Uint8Array) => privateEncrypt({ key: rsa.privateKey, padding: constants.RSA_NO_PADDING }, block);
const right = digestInfo(digestOid.sha256, "sha256");
/** Bleichenbacher 2006: short padding, garbage after the DigestInfo. */
const garbageAfter = concatBytes(Uint8Array.of(0, 1, ...new Uint8Array(8).fill(0xff), 0), right, new Uint8Array(256 - 11 - right.length));
const blockType2 = concatBytes(Uint8Array.of(0, 2), new Uint8Array(256 - 3 - right.length).fill(0xff), Uint8Array.of(0), right);

test.each<readonly [string, Uint8Array, string]>([
  ["PKCS#1 v1.5 with SHA-256", rsaSignature, "valid"],
  ["the applet's DigestInfo", bySignCommand(right), "valid"],
  ["empty", new Uint8Array(), "proof_invalid"],
  ["1 MB", new Uint8Array(1_000_000).fill(1), "proof_invalid"],
  ["one octet short", rsaSignature.subarray(1), "proof_invalid"],
  ["a zero octet before", concatBytes(Uint8Array.of(0), rsaSignature), "proof_invalid"],
  ["a zero octet after", concatBytes(rsaSignature, Uint8Array.of(0)), "proof_invalid"],
  ["one bit flipped", Uint8Array.from(rsaSignature).map((octet, index) => (index === 100 ? octet ^ 1 : octet)), "proof_invalid"],
  ["zeros", new Uint8Array(256), "proof_invalid"],
  ["as large as can be", new Uint8Array(256).fill(0xff), "proof_invalid"],
  ["by another key", sign("sha256", data, testKey("rsa-2048", "another").privateKey), "proof_invalid"],
  ["SHA-1", sign("sha1", data, rsa.privateKey), "proof_invalid"],
  ["SHA-512", sign("sha512", data, rsa.privateKey), "proof_invalid"],
  ["wrong DigestInfo hash", bySignCommand(digestInfo(digestOid.sha512, "sha256")), "proof_invalid"],
  ["DigestInfo that says SHA-256 around SHA-1", bySignCommand(digestInfo(digestOid.sha256, "sha1")), "proof_invalid"],
  ["DigestInfo without NULL", bySignCommand(digestInfo(digestOid.sha256, "sha256", [])), "proof_invalid"],
  ["digest without DigestInfo", bySignCommand(createHash("sha256").update(data).digest()), "proof_invalid"],
  ["garbage after the DigestInfo", raw(garbageAfter), "proof_invalid"],
  ["block type 2", raw(blockType2), "proof_invalid"],
  ["PSS", sign("sha256", data, { key: rsa.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }), "proof_invalid"],
  ["ECDSA for an RSA key", p1363(p256), "proof_invalid"],
  ["the statement signed as it stands, not hashed with its label", sign("sha256", Buffer.from(JSON.stringify(statement)), rsa.privateKey), "proof_invalid"],
])("RSA: %s", (_, signature, code) => {
  expect(outcome(rsa, signature)).toBe(code);
});

function halvesOf(signature: Uint8Array): readonly [r: Uint8Array, s: Uint8Array] {
  return [signature.subarray(0, signature.length / 2), signature.subarray(signature.length / 2)];
}
const order256 = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
const [r, s] = halvesOf(p1363(p256));
const zero = new Uint8Array(32);

test.each<readonly [string, TestKey, Uint8Array, string]>([
  ["P-256", p256, p1363(p256), "valid"],
  ["P-384", p384, p1363(p384), "valid"],
  ["DER against P1363", p256, sign("sha256", data, p256.privateKey), "proof_invalid"],
  ["r = 0", p256, concatBytes(zero, s), "proof_invalid"],
  ["s = 0", p256, concatBytes(r, zero), "proof_invalid"],
  ["r = s = 0", p256, concatBytes(zero, zero), "proof_invalid"],
  ["r = n", p256, concatBytes(order256, s), "proof_invalid"],
  ["s = n", p256, concatBytes(r, order256), "proof_invalid"],
  ["r = s = n", p256, concatBytes(order256, order256), "proof_invalid"],
  ["r and s beyond n", p256, new Uint8Array(64).fill(0xff), "proof_invalid"],
  ["padded halves", p256, concatBytes(Uint8Array.of(0), r, Uint8Array.of(0), s), "proof_invalid"],
  ["empty", p256, new Uint8Array(), "proof_invalid"],
  ["1 MB", p256, new Uint8Array(1_000_000).fill(1), "proof_invalid"],
  ["length of another curve", p256, p1363(p384), "proof_invalid"],
  ["SHA-384", p384, sign("sha384", data, { key: p384.privateKey, dsaEncoding: "ieee-p1363" }), "proof_invalid"],
  ["RSA for an EC key", p256, rsaSignature, "proof_invalid"],
])("ECDSA: %s", (_, key, signature, code) => {
  expect(outcome(key, signature)).toBe(code);
});

test.each<readonly [string, Partial<EnrolmentStatement>]>([
  ["another challenge", { nonce: "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" }],
  ["another session", { txn: "b3RoZXI" }],
  ["another purpose", { purpose: "step-up" }],
  ["another client", { client_id: "bank" }],
  ["another client's name", { client_name: "お店 " }],
  ["another client's host", { client_host: "bank.example" }],
  ["another issuer", { iss: "https://bridge.example/" }],
  ["issued later", { iat: now + 1 }],
  ["expiring later", { exp: now + 301 }],
  ["another phone's key", { jkt: "AAIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA" }],
  ["with a number", { code_hash: "AAIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA" }],
])("a signature is worth nothing for: %s", (_, change) => {
  expect(outcome(rsa, rsaSignature, { ...statement, ...change })).toBe("proof_invalid");
});

test("a certificate swapped after signing has not signed", () => {
  expect(outcome(testKey("rsa-2048", "another"), rsaSignature)).toBe("proof_invalid");
});

/** The same person's certificate, but for its key, which a check before this one would refuse. */
const certificateOf = (publicKey: SubjectPublicKeyInfo) => ({ ...verified(rsa), certificate: { ...verified(rsa).certificate, publicKey } });

test.each<readonly [string, SubjectPublicKeyInfo, Uint8Array]>([
  ["Ed25519", publicKeyOf(testKey("ed25519"), 32, "1.3.101.112", null), sign(null, data, testKey("ed25519").privateKey)],
  ["P-521", publicKeyOf(testKey("p521"), 133, publicKeyOid.ecPublicKey, oid(curveOid.p521)), p1363(testKey("p521"))],
  ["P-192", publicKeyOf(testKey("p192"), 49, publicKeyOid.ecPublicKey, oid(curveOid.p192)), sign("sha256", data, { key: testKey("p192").privateKey, dsaEncoding: "ieee-p1363" })],
])("a key outside the profile proves nothing: %s", (_, publicKey, signature) => {
  expect(verifyProof({ statement, certificate: certificateOf(publicKey), signature })).toMatchObject({ code: "proof_algorithm_refused" });
});

test("Bleichenbacher's forgery for e = 3, made without the private key", () => {
  const weak = parsed(jpkiCertificate({ spki: testKey("rsa-2048-e3").spki }));
  const certificate = { ...verified(rsa), certificate: weak };
  const forged = forgedForCube(right);
  // What a careless verifier looks at is right: padding, zero, DigestInfo.
  const cube = Buffer.from((bigEndian(forged) ** 3n).toString(16).padStart(512, "0"), "hex");
  expect(cube.subarray(0, 11 + right.length)).toEqual(Buffer.concat([Uint8Array.of(0, 1), Buffer.alloc(8, 0xff), Uint8Array.of(0), right]));
  expect(verifyProof({ statement, certificate, signature: forged })).toMatchObject({ code: "proof_invalid" });
  expect(verifyProof({ statement, certificate, signature: sign("sha256", data, testKey("rsa-2048-e3").privateKey) }).valid).toBe(true);
});

/** The least number whose cube begins as a signature over this DigestInfo: garbage follows it. */
function forgedForCube(info: Uint8Array): Uint8Array {
  const start = bigEndian(concatBytes(Uint8Array.of(0, 1, ...new Uint8Array(8).fill(0xff), 0), info, new Uint8Array(256 - 11 - info.length)));
  let root = 0n;
  for (let bit = 700n; bit >= 0n; bit -= 1n) if ((root | (1n << bit)) ** 3n < start) root |= 1n << bit;
  return Buffer.from((root + 1n).toString(16).padStart(512, "0"), "hex");
}

function publicKeyOf(key: TestKey, length: number, algorithm: string, parameters: Uint8Array | null): SubjectPublicKeyInfo {
  return { spki: key.spki, keyBits: key.spki.subarray(-length), algorithm, parameters };
}
