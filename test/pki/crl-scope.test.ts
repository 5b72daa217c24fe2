import { expect, test } from "vitest";
import { authority, type CrlJudging, judgeByCrl } from "./crl-world.ts";
import { makeAuthority } from "../certificates/authority.ts";
import { withExtensions, withoutExtension } from "../certificates/certificate.ts";
import { authorityCrl, cRLNumber, fullName, issuingDistributionPoint, relativeName, scopeFlags, uriName } from "../certificates/crl-factory.ts";
import { explicit, namedBits, sequence, context } from "../certificates/der-writer.ts";
import { cRLDistributionPoints, directoryName } from "../certificates/extensions.ts";
import { distributionPointName, jpkiCertificate, jpkiExtensions } from "../certificates/jpki.ts";
import { testKey } from "../certificates/keys.ts";
import { attribute, name } from "../certificates/names.ts";

/** Whether the CRL of this scope speaks for a certificate of that distribution point (RFC 5280 6.3.3 (b)). */

const cdpOid = "2.5.29.31";
const ours = distributionPointName();
const cityB = distributionPointName("Tokyo", "Minato-ku");
const scoped = (...fields: readonly Uint8Array[]) => authorityCrl(authority, { extensions: [cRLNumber(7), issuingDistributionPoint(...fields)] });
const unscoped = authorityCrl(authority, { extensions: [cRLNumber(7)] });

/** A certificate with this list of DistributionPoints. */
const leafAt = (...points: readonly Uint8Array[]) =>
  jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), { oid: cdpOid, critical: false, value: sequence(...points) }) });
const withoutPoint = jpkiCertificate({ extensions: withoutExtension(jpkiExtensions(), cdpOid) });
const twoPoints = jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), cRLDistributionPoints(cityB, ours)) });
const oneUri = (uri: string) => leafAt(sequence(uriName(uri)));
const relative = attribute(["CN", "Ward 1"]);
const belowAuthority = name(
  ["C", "JP"],
  ["O", "JPKI"],
  ["OU", "JPKI for user authentication"],
  ["OU", "Japan Agency for Local Authority Information Systems"],
  ["CN", "Ward 1"],
);
const spaced = name(["C", "JP"], ["O", "jpki"], ["OU", "CRL  distribution points"], ["OU", "TOKYO"], ["CN", "chiyoda-ku crldp "]);
const longer = name(["C", "JP"], ["O", "JPKI"], ["OU", "CRL Distribution Points"], ["OU", "Tokyo"], ["CN", "Chiyoda-ku CRLDP"], ["CN", "2"]);
const shorter = name(["C", "JP"], ["O", "JPKI"], ["OU", "CRL Distribution Points"], ["OU", "Tokyo"]);
const subordinate = makeAuthority({ by: authority, key: testKey("p256", "subordinate"), subject: name(["C", "JP"], ["O", "Sub"]) }).certificate;
const emptyReasons = namedBits([1], context(1));

type Row = readonly [name: string, crl: Uint8Array, expected: string, options?: CrlJudging];
const rows: readonly Row[] = [
  ["the same directoryName", scoped(fullName(ours)), "good"],
  ["the same directoryName in other letters", scoped(fullName(spaced)), "good"],
  ["the same among two names of the CRL", scoped(fullName(cityB, ours)), "good"],
  ["the same among two points of the certificate", scoped(fullName(ours)), "good", { certificate: twoPoints }],
  ["another municipality", scoped(fullName(cityB)), "crl_scope_mismatch"],
  ["a longer name", scoped(fullName(longer)), "crl_scope_mismatch"],
  ["a shorter name", scoped(fullName(shorter)), "crl_scope_mismatch"],
  ["the name as a URI", scoped(uriName("C=JP,O=JPKI,OU=CRL Distribution Points,OU=Tokyo,CN=Chiyoda-ku CRLDP")), "crl_scope_mismatch"],
  ["no point on the CRL, one on the certificate", unscoped, "crl_scope_mismatch"],
  ["no point on the CRL, accepted by the profile", unscoped, "good", { acceptWithoutPoint: true }],
  ["a scope without a name", scoped(scopeFlags.userCertificates), "crl_scope_mismatch"],
  ["a point on the CRL, none on the certificate", scoped(fullName(ours)), "crl_scope_mismatch", { certificate: withoutPoint }],
  ["no point on either", unscoped, "good", { certificate: withoutPoint }],

  ["the same URI", scoped(uriName("http://crl.example/1")), "good", { certificate: oneUri("http://crl.example/1") }],
  ["another URI", scoped(uriName("http://crl.example/1")), "crl_scope_mismatch", { certificate: oneUri("http://crl.example/10") }],
  ["both relative to the issuer", scoped(relativeName(relative)), "good", { certificate: leafAt(sequence(relativeName(relative))) }],
  ["relative on the CRL, full on the certificate", scoped(relativeName(relative)), "good", { certificate: leafAt(sequence(fullName(belowAuthority))) }],
  ["full on the CRL, relative on the certificate", scoped(fullName(belowAuthority)), "good", { certificate: leafAt(sequence(relativeName(relative))) }],
  ["another relative name", scoped(relativeName(relative)), "crl_scope_mismatch", { certificate: leafAt(sequence(relativeName(attribute(["CN", "Ward 2"])))) }],

  ["onlyContainsUserCerts, a person's", scoped(fullName(ours), scopeFlags.userCertificates), "good"],
  ["onlyContainsUserCerts, an authority's", scoped(scopeFlags.userCertificates), "crl_scope_mismatch", { certificate: subordinate }],
  ["onlyContainsCACerts, a person's", scoped(fullName(ours), scopeFlags.cACertificates), "crl_scope_mismatch"],
  ["onlyContainsCACerts, an authority's", scoped(scopeFlags.cACertificates), "good", { certificate: subordinate }],
  ["onlyContainsAttributeCerts", scoped(fullName(ours), scopeFlags.attributeCertificates), "crl_scope_mismatch"],
  ["onlySomeReasons", scoped(fullName(ours), scopeFlags.someReasons), "crl_scope_mismatch"],
  ["indirect", scoped(fullName(ours), scopeFlags.indirect), "crl_scope_mismatch"],
  ["the certificate's point is for some reasons only", scoped(fullName(ours)), "crl_scope_mismatch", { certificate: leafAt(sequence(fullName(ours), emptyReasons)) }],
  [
    "the certificate's point names a CRL issuer",
    scoped(fullName(ours)),
    "crl_scope_mismatch",
    { certificate: leafAt(sequence(fullName(ours), explicit(2, directoryName(authority.subject)))) },
  ],
  ["a certificate of another issuer", scoped(fullName(ours)), "crl_issuer_mismatch", { certificate: jpkiCertificate({ use: "signature" }) }],

  ["two of onlyContains*", scoped(fullName(ours), scopeFlags.userCertificates, scopeFlags.cACertificates), "malformed_crl"],
  ["an empty scope", scoped(), "malformed_crl"],
  ["explicit FALSE in the scope", scoped(fullName(ours), Uint8Array.of(0x81, 0x01, 0x00)), "malformed_crl"],
  ["fields of the scope in the wrong order", scoped(scopeFlags.userCertificates, fullName(ours)), "malformed_crl"],
  ["a name that is none", scoped(explicit(0, explicit(0))), "malformed_crl"],
];

test.each(rows.map(([name, crl, expected, options]) => ({ name, crl, expected, options })))("$name", ({ crl, expected, options }) => {
  expect(judgeByCrl(crl, options)).toBe(expected);
});
