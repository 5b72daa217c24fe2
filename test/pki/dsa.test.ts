import { expect, test } from "vitest";
import { answerVerifyLine } from "../../src/cli/verify-batch.ts";
import { type AlgorithmPolicy, auditedAlgorithms, generalAlgorithms, judgeKey } from "../../src/pki/algorithm-policy.ts";
import { readSubjectPublicKeyInfo } from "../../src/pki/certificate.ts";
import { parseCrl, streamCrl } from "../../src/pki/crl.ts";
import { parseDer } from "../../src/pki/der.ts";
import { validatePath } from "../../src/pki/path.ts";
import { toBase64 } from "../../src/bytes.ts";
import { type Authority, makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate, type CertificateSpec } from "../certificates/certificate.ts";
import { authorityCrl, cRLNumber } from "../certificates/crl-factory.ts";
import { nullValue, oid, sequence } from "../certificates/der-writer.ts";
import { domainOf, dsaSpki, inheritingKey, parametersOf } from "../certificates/dsa-keys.ts";
import { authorityKeyIdentifier } from "../certificates/extensions.ts";
import { schemes, testKey, type TestKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";
import { parsed } from "../certificates/ocsp-factory.ts";
import { signatureOid } from "../../src/pki/oid.ts";

/** DSA: for an auditor of old paths (profile rfc5280), refused everywhere else. */

const authority = (label: string, key: TestKey, by?: Authority): Authority => makeAuthority({ subject: name(["CN", label]), key, ...(by === undefined ? {} : { by }) });
const leafBelow = (by: Authority, overrides: Partial<CertificateSpec> = {}): Uint8Array =>
  buildCertificate({
    issuer: by.subject, subject: name(["CN", "leaf"]), notBefore: now - year, notAfter: now + year, spki: testKey("p256", "leaf").spki,
    extensions: [authorityKeyIdentifier(by.keyIdentifier)], signer: by.key, ...overrides,
  });

const root = authority("root", testKey("p256", "root"));
const old = authority("DSA", testKey("dsa-1024"), root);
const newer = authority("DSA SHA-256", testKey("dsa-2048"), root);
const heir = authority("heir", inheritingKey(1234567n), old);
const heirOfHeir = authority("heir of heir", inheritingKey(7654321n, nullValue()), heir);
const orphan = authority("orphan", inheritingKey(1111n), root);
const between = authority("between", testKey("p256", "between"), old);
const orphanBelow = authority("orphan below", inheritingKey(2222n), between);
const pinned = authority("DSA root", testKey("dsa-1024"));
const withParameters = { algorithm: sequence(oid(signatureOid.sha1WithDsa), nullValue()), digest: "sha1" };
const stranger = inheritingKey(999n);

type Row = readonly [name: string, certificate: Uint8Array, intermediates: readonly Authority[], expected: string, anchor?: Authority];
const rows: readonly Row[] = [
  ["SHA-1, 1024 bits", leafBelow(old), [old], "valid"],
  ["SHA-256, 1024 bits", leafBelow(old, { scheme: schemes.dsaWithSha256 }), [old], "valid"],
  ["SHA-256, 2048 bits", leafBelow(newer), [newer], "valid"],
  ["a pinned one", leafBelow(pinned), [], "valid", pinned],
  ["signed by another key", leafBelow(old, { signer: stranger }), [old], "bad_signature"],
  ["signed by the key of another kind", leafBelow(root, { scheme: schemes.dsaWithSha1, signer: testKey("dsa-1024") }), [], "bad_signature"],
  ["the algorithm with parameters", leafBelow(old, { scheme: withParameters }), [old], "weak_algorithm"],
  ["parameters inherited", leafBelow(heir), [heir, old], "valid"],
  ["parameters inherited, other order", leafBelow(heir), [old, heir], "valid"],
  ["parameters inherited twice, once as NULL", leafBelow(heirOfHeir), [old, heir, heirOfHeir], "valid"],
  ["parameters inherited, signed by another key", leafBelow(heir, { signer: stranger }), [old, heir], "bad_signature"],
  ["parameters inherited, the middle one signed by another key", leafBelow(heirOfHeir), [old, authority("heir", inheritingKey(1234567n), { ...old, key: stranger }), heirOfHeir], "bad_signature"],
  ["parameters inherited by the holder", leafBelow(old, { spki: inheritingKey(5n).spki }), [old], "valid"],
  ["nobody to inherit from", leafBelow(orphan), [orphan], "unsupported_algorithm"],
  ["an algorithm between", leafBelow(orphanBelow), [orphanBelow, between, old], "unsupported_algorithm"],
];
const verdictOf = (row: Row, algorithms: AlgorithmPolicy): string => {
  const [, certificate, intermediates, , anchor = root] = row;
  const verdict = validatePath({ certificate, intermediates: intermediates.map((each) => each.certificate), trustAnchors: [anchor.certificate], time: now, algorithms });
  return verdict.valid ? "valid" : verdict.code;
};

test.each(rows.map((row) => ({ name: row[0], row })))("an auditor's path: $name", ({ row }) => {
  expect(verdictOf(row, auditedAlgorithms)).toBe(row[3]);
});

test.each(rows.map((row) => ({ name: row[0], row })))("nobody else's: $name", ({ row }) => {
  expect(["weak_algorithm", "unsupported_algorithm"]).toContain(verdictOf(row, generalAlgorithms));
});

test.each([
  ["rfc5280", null],
  ["jpki-user-authentication", "weak_algorithm"],
  ["jpki-signature", "weak_algorithm"],
])("profile %s", (profile, code) => {
  const line = { id: 1, certificate: leafBelow(pinned), trust_anchors: [pinned.certificate], time: new Date(now * 1000).toISOString(), profile };
  const encoded = JSON.stringify(line, (_, value: unknown) => (value instanceof Uint8Array ? toBase64(value) : value));
  expect(answerVerifyLine(encoded)).toMatchObject({ valid: code === null, code });
});

test("CRLs by DSA: where asked for, never from a stream", () => {
  const crl = authorityCrl(pinned, { extensions: [cRLNumber(1)] });
  const { publicKey } = parsed(pinned.certificate);
  const codeOf = (acceptDsa: boolean): string => {
    const read = parseCrl(crl, undefined, { acceptDsa });
    const verdict = read.valid ? read.value.isSignedBy(publicKey) : read;
    return verdict.valid ? "valid" : verdict.code;
  };
  expect([codeOf(true), codeOf(false)]).toEqual(["valid", "weak_algorithm"]);
  expect(streamCrl().push(crl)).toMatchObject({ code: "weak_algorithm" });
});

const { p, q, g } = domainOf();
const y = (g * g) % p;
test.each([
  ["as it should be", dsaSpki(parametersOf({ p, q, g }), y), "valid"],
  ["without parameters", dsaSpki(new Uint8Array(), y), "unsupported_algorithm"],
  ["another order", dsaSpki(parametersOf({ p, q: q + 2n, g }), y), "weak_key"],
  ["an order of 8 bits", dsaSpki(parametersOf({ p, q: 251n, g }), y), "unsupported_algorithm"],
  ["an even p", dsaSpki(parametersOf({ p: p + 1n, q, g }), y), "weak_key"],
  ["p of 512 bits", dsaSpki(parametersOf({ p: ((2n ** 512n / q / 2n) * 2n * q) + 1n, q, g: 2n }), 3n), "weak_key"],
  ["p of 4096 bits", dsaSpki(parametersOf({ p: ((2n ** 4095n / q / 2n + 1n) * 2n * q) + 1n, q, g }), y), "unsupported_algorithm"],
  ["g of 1", dsaSpki(parametersOf({ p, q, g: 1n }), y), "weak_key"],
  ["g of p", dsaSpki(parametersOf({ p, q, g: p }), y), "weak_key"],
  ["y of 1", dsaSpki(parametersOf({ p, q, g }), 1n), "weak_key"],
  ["y above p", dsaSpki(parametersOf({ p, q, g }), p + 5n), "weak_key"],
  ["parameters that are none", dsaSpki(sequence(), y), "malformed_certificate"],
])("key: %s", (_, spki, expected) => {
  const info = parseDer(spki, { maximumLength: 10_000, maximumDepth: 8, maximumValues: 40 }, readSubjectPublicKeyInfo, "malformed_certificate");
  const verdict = info.valid ? judgeKey(info.value, auditedAlgorithms) : info;
  expect(verdict.valid ? "valid" : verdict.code).toBe(expected);
});
