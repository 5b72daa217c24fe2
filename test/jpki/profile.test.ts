import { expect, test } from "vitest";
import { judge } from "./judge.ts";
import { productionPolicies, signatureProfile, userAuthenticationProfile, verifyJpkiCertificate, isTestEnvironmentPolicy } from "../../src/jpki/index.ts";
import { anyPolicy, extensionOid } from "../../src/pki/oid.ts";
import { anchors } from "./judge.ts";
import { now } from "../certificates/authority.ts";
import { withExtensions, withoutExtension } from "../certificates/certificate.ts";
import { nullValue, sequence, set, utf8String } from "../certificates/der-writer.ts";
import { basicConstraints, certificatePolicies, extendedKeyUsage, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { jpkiAuthority, jpkiCertificate, jpkiExtensions, policyOf } from "../certificates/jpki.ts";
import { attribute, name } from "../certificates/names.ts";

/** Profile: what a certificate that chains to J-LIS must say. */

const certificateWith = (...changes: readonly ExtensionSpec[]) => jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), ...changes) });
const certificateWithout = (id: string) => jpkiCertificate({ extensions: withoutExtension(jpkiExtensions(), id) });
const unknown = (critical: boolean, value: Uint8Array): ExtensionSpec => ({ oid: "1.3.6.1.4.1.55738.666.1", critical, value });
const garbage = Uint8Array.of(0xde, 0xad, 0xbe, 0xef);

const rows: readonly (readonly [string, Uint8Array, string])[] = [
  ["the exact profile, card", jpkiCertificate(), "valid"],
  ["the exact profile, smartphone", certificateWith(certificatePolicies(policyOf.authenticationSmartphone)), "valid"],
  ["the next generation of the authority", jpkiCertificate({ by: jpkiAuthority("authentication", 2) }), "valid"],
  ["EKU serverAuth only", certificateWith(extendedKeyUsage("serverAuth")), "extended_key_usage_refused"],
  ["EKU any", certificateWith(extendedKeyUsage("anyExtendedKeyUsage")), "extended_key_usage_refused"],
  ["EKU empty", certificateWith(extendedKeyUsage()), "extended_key_usage_refused"],
  ["EKU missing", certificateWithout(extensionOid.extendedKeyUsage), "valid"],
  ["EKU clientAuth and another", certificateWith(extendedKeyUsage("serverAuth", "clientAuth")), "valid"],
  ["policy missing", certificateWithout(extensionOid.certificatePolicies), "policy_refused"],
  ["policy of the signature certificate", certificateWith(certificatePolicies(policyOf.signatureCard)), "policy_refused"],
  ["policy of the test environment", certificateWith(certificatePolicies(policyOf.test)), "policy_refused"],
  ["anyPolicy only", certificateWith(certificatePolicies(anyPolicy)), "policy_refused"],
  ["anyPolicy beside the right one", certificateWith(certificatePolicies(policyOf.authenticationCard, anyPolicy)), "policy_refused"],
  ["look-alike arc 301", certificateWith(certificatePolicies(`${policyOf.authenticationCard}1`)), "policy_refused"],
  ["arc below the right one", certificateWith(certificatePolicies(`${policyOf.authenticationCard}.1`)), "policy_refused"],
  ["policy twice", certificateWith(certificatePolicies(policyOf.authenticationCard, policyOf.authenticationCard)), "policy_refused"],
  ["policies of card and smartphone", certificateWith(certificatePolicies(policyOf.authenticationCard, policyOf.authenticationSmartphone)), "policy_refused"],
  ["policies empty", certificateWith(certificatePolicies()), "policy_refused"],
  ["keyUsage nonRepudiation only", certificateWith(keyUsage("nonRepudiation")), "key_usage_refused"],
  ["keyUsage of the signature certificate", certificateWith(keyUsage("digitalSignature", "nonRepudiation")), "key_usage_refused"],
  ["keyUsage missing", certificateWithout(extensionOid.keyUsage), "key_usage_refused"],
  ["keyUsage empty", certificateWith(keyUsage()), "key_usage_refused"],
  ["keyCertSign on the leaf", certificateWith(keyUsage("digitalSignature", "keyCertSign")), "key_usage_refused"],
  ["keyEncipherment as well", certificateWith(keyUsage("digitalSignature", "keyEncipherment")), "key_usage_refused"],
  ["leaf cA TRUE", certificateWith(basicConstraints(true)), "leaf_is_ca"],
  ["leaf cA TRUE with keyCertSign", certificateWith(basicConstraints(true), keyUsage("digitalSignature", "keyCertSign")), "leaf_is_ca"],
  ["leaf with a path length", certificateWith(basicConstraints(false, 0)), "leaf_is_ca"],
  ["leaf cA FALSE", certificateWith(basicConstraints(false)), "valid"],
  ["unknown critical extension", certificateWith(unknown(true, nullValue())), "unknown_critical_extension"],
  ["unknown critical extension of garbage", certificateWith(unknown(true, garbage)), "unknown_critical_extension"],
  ["unknown extension", certificateWith(unknown(false, nullValue())), "valid"],
  ["unknown extension of garbage", certificateWith(unknown(false, garbage)), "valid"],
  ["name constraints, empty", certificateWith({ oid: extensionOid.nameConstraints, critical: true, value: sequence() }), "malformed_certificate"],
  ["policy constraints, empty", certificateWith({ oid: extensionOid.policyConstraints, critical: true, value: sequence() }), "malformed_certificate"],
  ["authority information access critical", certificateWith({ oid: extensionOid.authorityInfoAccess, critical: true, value: sequence() }), "malformed_certificate"],
  ["two CNs", jpkiCertificate({ subject: name(["C", "JP"], ["CN", "a"], ["CN", "b"]) }), "malformed_certificate"],
  ["two CNs in one relative name", jpkiCertificate({ subject: sequence(set(attribute(["C", "JP"])), set(attribute(["CN", "a"]), attribute(["CN", "b"]))) }), "malformed_certificate"],
  ["no CN", jpkiCertificate({ subject: name(["C", "JP"]) }), "malformed_certificate"],
  ["subject empty", jpkiCertificate({ subject: sequence() }), "malformed_certificate"],
  ["CN in UTF-8 beyond ASCII", jpkiCertificate({ subject: name(["C", "JP"], ["CN", utf8String("利用者")]) }), "valid"],
  ["v1", jpkiCertificate({ version: new Uint8Array(), extensions: [] }), "malformed_certificate"],
];

test.each(rows)("%s", (_, certificate, code) => {
  expect(judge(certificate)).toBe(code);
});

const signature = { profile: signatureProfile, policies: productionPolicies.signature };
const signatureWith = (...changes: readonly ExtensionSpec[]) =>
  jpkiCertificate({ use: "signature", extensions: withExtensions(jpkiExtensions("signature"), ...changes) });

test.each<readonly [string, Uint8Array, string]>([
  ["the exact profile", jpkiCertificate({ use: "signature" }), "valid"],
  ["smartphone", signatureWith(certificatePolicies(policyOf.signatureSmartphone)), "valid"],
  ["authentication certificate", jpkiCertificate(), "untrusted_issuer"],
  ["authentication policy under the signature authority", signatureWith(certificatePolicies(policyOf.authenticationCard)), "policy_refused"],
  ["digitalSignature only", signatureWith(keyUsage("digitalSignature")), "key_usage_refused"],
  ["EKU clientAuth", signatureWith(extendedKeyUsage("clientAuth")), "extended_key_usage_refused"],
])("for signature: %s", (_, certificate, code) => {
  expect(judge(certificate, signature)).toBe(code);
});

test.each([
  ["card", policyOf.authenticationCard],
  ["smartphone", policyOf.authenticationSmartphone],
] as const)("says what was verified: %s", (medium, policy) => {
  const verdict = verifyJpkiCertificate({
    certificate: certificateWith(certificatePolicies(policy)),
    anchors,
    profile: userAuthenticationProfile,
    policies: productionPolicies.userAuthentication,
    time: now,
  });
  if (!verdict.valid) return expect.fail(verdict.at);
  expect(verdict.value).toMatchObject({ medium, policy, notAfter: verdict.value.certificate.notAfter });
  expect(verdict.value.issuer.der).toEqual(jpkiAuthority().certificate);
  return undefined;
});

test.each([
  [policyOf.test, true],
  ["1.2.392.200149.8.5.1.0.1", true],
  [policyOf.authenticationCard, false],
  ["1.2.392.200149.8.5.1.01", false],
])("test environment: %s %s", (policy, expected) => {
  expect(isTestEnvironmentPolicy(policy)).toBe(expected);
});

test("the test environment is accepted only where it is configured", () => {
  const certificate = certificateWith(certificatePolicies(policyOf.test));
  expect(judge(certificate, { policies: [{ oid: policyOf.test, medium: "card" }] })).toBe("valid");
});
