import { expect, test } from "vitest";
import { type PathRequest, validatePath } from "../../src/pki/path.ts";
import { nameText } from "../../src/pki/name.ts";
import { extensionOid } from "../../src/pki/oid.ts";
import { type Authority, authorityExtensions, makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate, keyIdentifierOf, withExtensions, withoutExtension } from "../certificates/certificate.ts";
import { dns, policies, subjectAltName } from "../certificates/constraints.ts";
import { nullValue, sequence } from "../certificates/der-writer.ts";
import { authorityKeyIdentifier, basicConstraints, extendedKeyUsage, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";

/** Paths of any length (RFC 5280 6.1). */

const authorityName = (label: string) => name(["C", "JP"], ["CN", label]);
type Options = Parameters<typeof makeAuthority>[0];
const authority = (label: string, by?: Authority, options: Options = {}): Authority =>
  makeAuthority({ subject: authorityName(label), key: testKey("p256", label), ...(by === undefined ? {} : { by }), ...options });
const extensionsOf = (label: string, by: Authority, pathLength?: number) => authorityExtensions(keyIdentifierOf(testKey("p256", label)), by, pathLength);

const root = authority("root");
const a = authority("A", root);
const b = authority("B", a);
const c = authority("C", b);

interface LeafOptions {
  readonly extensions?: readonly ExtensionSpec[];
  readonly version?: Uint8Array;
  readonly notAfter?: number;
  readonly subject?: Uint8Array;
}
const leaf = (by: Authority, options: LeafOptions = {}): Uint8Array =>
  buildCertificate({
    issuer: by.subject,
    subject: name(["CN", "leaf"]),
    notBefore: now - year,
    notAfter: now + year,
    spki: testKey("p256", "leaf").spki,
    extensions: [keyUsage("digitalSignature"), authorityKeyIdentifier(by.keyIdentifier)],
    ...options,
    signer: by.key,
  });

function outcome(certificate: Uint8Array, intermediates: readonly Authority[], overrides: Partial<PathRequest> = {}): string {
  const verdict = validatePath({
    certificate,
    intermediates: intermediates.map((each) => each.certificate),
    trustAnchors: [root.certificate],
    time: now,
    ...overrides,
  });
  return verdict.valid ? verdict.value.path.map(({ subject }) => nameText(subject).replace(/.*CN=/, "")).join(" ") : verdict.code;
}

const limited = authority("limited", root, { extensions: extensionsOf("limited", root, 0) });
const belowLimited = authority("below", limited);
const selfIssued = authority("limited", limited, { key: testKey("p256", "rollover"), extensions: authorityExtensions(keyIdentifierOf(testKey("p256", "rollover")), limited, 0) });
const changedA = (...changes: readonly ExtensionSpec[]) => authority("A", root, { extensions: withExtensions(extensionsOf("A", root), ...changes) });
const a1 = authority("A", root, { version: new Uint8Array(), extensions: [] });
const mail = changedA(extendedKeyUsage("serverAuth"));
const leafWith = (...extensions: readonly ExtensionSpec[]) => leaf(a, { extensions: [...extensions, authorityKeyIdentifier(a.keyIdentifier)] });
const named = subjectAltName(dns("a.example"));
const withPurpose = (by: Authority) => leaf(by, { extensions: [extendedKeyUsage("clientAuth"), authorityKeyIdentifier(by.keyIdentifier)] });

test.each<readonly [string, Uint8Array, readonly Authority[], string]>([
  ["directly below the anchor", leaf(root), [], "leaf root"],
  ["three authorities", leaf(c), [a, b, c], "leaf C B A root"],
  ["wrong order", leaf(c), [c, a, b], "leaf C B A root"],
  ["every certificate twice", leaf(c), [c, a, b, a, b, c], "leaf C B A root"],
  ["one missing", leaf(c), [a, c], "untrusted_issuer"],
  ["the anchor among them", leaf(a), [root, a], "leaf A root"],
  ["authority expired", leaf(a), [authority("A", root, { notAfter: now - 1 })], "certificate_expired"],
  ["authority expired and a valid one beside it", leaf(a), [authority("A", root, { notAfter: now - 1 }), a], "leaf A root"],
  ["leaf expired", leaf(a, { notAfter: now - 1 }), [a], "certificate_expired"],
  ["cA FALSE", leaf(a), [changedA(basicConstraints(false), keyUsage("digitalSignature"))], "not_a_ca"],
  ["cA FALSE and keyCertSign", leaf(a), [changedA(basicConstraints(false))], "key_usage_refused"],
  ["basicConstraints missing", leaf(a), [authority("A", root, { extensions: withoutExtension(extensionsOf("A", root), extensionOid.basicConstraints) })], "key_usage_refused"],
  ["basicConstraints and keyUsage missing", leaf(a), [authority("A", root, { extensions: [authorityKeyIdentifier(root.keyIdentifier)] })], "not_a_ca"],
  ["v1 sub-authority", leaf(a), [a1], "malformed_certificate"],
  ["v1 leaf", leaf(a, { version: new Uint8Array(), extensions: [] }), [a], "malformed_certificate"],
  ["keyCertSign missing", leaf(a), [changedA(keyUsage("cRLSign"))], "key_usage_refused"],
  ["path length used up", leaf(limited), [limited], "leaf limited root"],
  ["path length exceeded", leaf(belowLimited), [limited, belowLimited], "path_length_exceeded"],
  ["self-issued does not count", leaf(selfIssued), [limited, selfIssued], "leaf limited limited root"],
  ["unknown critical extension in an authority", leaf(a), [changedA({ oid: "1.3.6.1.4.1.55738.1", critical: true, value: nullValue() })], "unknown_critical_extension"],
  ["empty name constraints in an authority", leaf(a), [changedA({ oid: extensionOid.nameConstraints, critical: true, value: sequence() })], "malformed_certificate"],
  ["inhibitAnyPolicy that is no INTEGER", leaf(a), [changedA({ oid: extensionOid.inhibitAnyPolicy, critical: false, value: nullValue() })], "malformed_certificate"],
  ["authority for another purpose", withPurpose(mail), [mail], "extended_key_usage_refused"],
  ["authority without purpose", withPurpose(a), [a], "leaf A root"],
  ["authority key identifier missing", leaf(a, { extensions: [keyUsage("digitalSignature")] }), [a], "malformed_certificate"],
  ["subject key identifier missing in an authority", leaf(a), [authority("A", root, { extensions: withoutExtension(extensionsOf("A", root), extensionOid.subjectKeyIdentifier) })], "malformed_certificate"],
  ["basicConstraints of an authority not critical", leaf(a), [changedA({ ...basicConstraints(true), critical: false })], "leaf A root"],
  ["signed by a key of the authority's name", leaf({ ...a, key: b.key }), [a], "bad_signature"],
  ["weak key in an authority", leaf(authority("A", root, { key: testKey("rsa-1024") })), [authority("A", root, { key: testKey("rsa-1024") })], "weak_key"],
  ["keyUsage empty", leafWith(keyUsage()), [a], "key_usage_refused"],
  ["keyCertSign on a leaf", leafWith(keyUsage("keyCertSign")), [a], "key_usage_refused"],
  ["extended key usage empty", leafWith(extendedKeyUsage()), [a], "extended_key_usage_refused"],
  ["policies empty", leafWith(policies()), [a], "policy_refused"],
  ["a policy twice", leafWith(policies("1.2.3", "1.2.3")), [a], "policy_refused"],
  ["subject empty, no other name", leaf(a, { subject: sequence() }), [a], "malformed_certificate"],
  ["subject empty, another name not critical", leaf(a, { subject: sequence(), extensions: [named, authorityKeyIdentifier(a.keyIdentifier)] }), [a], "malformed_certificate"],
  ["subject empty, another name critical", leaf(a, { subject: sequence(), extensions: [{ ...named, critical: true }, authorityKeyIdentifier(a.keyIdentifier)] }), [a], " A root"],
  ["CA as leaf", b.certificate, [a], "B A root"],
])("%s", (_, certificate, intermediates, expected) => {
  expect(outcome(certificate, intermediates)).toBe(expected);
});

test.each([
  ["0 and none", leaf(root), 0, "leaf root"],
  ["0 and one", leaf(a), 0, "path_length_exceeded"],
  ["1 and one", leaf(a), 1, "leaf A root"],
  ["1 and two", leaf(b), 1, "path_length_exceeded"],
] as const)("maximum path length %s", (_, certificate, maximumPathLength, expected) => {
  expect(outcome(certificate, [a, b], { maximumPathLength })).toBe(expected);
});

test.each([
  ["named", withPurpose(a), "1.3.6.1.5.5.7.3.2", "leaf A root"],
  ["not named", withPurpose(a), "1.3.6.1.5.5.7.3.1", "extended_key_usage_refused"],
  ["none named", leaf(a), "1.3.6.1.5.5.7.3.1", "leaf A root"],
] as const)("purpose wanted: %s", (_, certificate, purpose, expected) => {
  expect(outcome(certificate, [a], { extendedKeyUsages: [purpose] })).toBe(expected);
});

test("the anchor itself is nobody's certificate", () => {
  expect(outcome(root.certificate, [])).toBe("untrusted_issuer");
});

test("an authority may be pinned without the root above it", () => {
  expect(outcome(leaf(b), [b, root], { trustAnchors: [a.certificate] })).toBe("leaf B A");
});

test("a pinned authority's basicConstraints are critical", () => {
  const loose = authority("loose", undefined, { extensions: [keyUsage("keyCertSign"), { ...basicConstraints(true), critical: false }] });
  expect(outcome(leaf(loose), [], { trustAnchors: [loose.certificate], requireKeyIdentifiers: false })).toBe("not_a_ca");
});
