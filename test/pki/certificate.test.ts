import { expect, test } from "vitest";
import { concatBytes, utf8 } from "../../src/bytes.ts";
import { maximumCertificateLength, parseCertificate } from "../../src/pki/certificate.ts";
import { nameText } from "../../src/pki/name.ts";
import { extensionOid } from "../../src/pki/oid.ts";
import { now, year } from "../certificates/authority.ts";
import { withExtensions } from "../certificates/certificate.ts";
import { bitString, boolean, context, contextConstructed, der, explicit, generalizedTime, integer, nullValue, octetString, oid, printableString, sequence, set, tag, time, utcTime, utf8String } from "../certificates/der-writer.ts";
import { encodeExtension, extendedKeyUsage, keyUsage, ocspAccess, subjectKeyIdentifier } from "../certificates/extensions.ts";
import { holderKey, jpkiAuthority, jpkiCertificate, jpkiExtensions } from "../certificates/jpki.ts";
import { schemes, testKey } from "../certificates/keys.ts";
import { attribute, name } from "../certificates/names.ts";

/** Encoding: every case of the design is a row. */

let goodTbs: Uint8Array = new Uint8Array();
const good = jpkiCertificate({ mutateTbs: (tbs) => (goodTbs = tbs) });

const rawTime = (identifier: number, text: string) => sequence(der(identifier, utf8(text)), time(now + year));
const serial = (...octets: readonly number[]) => jpkiCertificate({ serialNumber: der(tag.integer, Uint8Array.from(octets)) });
const nulls = (count: number) => sequence(...Array.from({ length: count }, () => nullValue()));
const serialOfLength = (length: number) => serial(...new Uint8Array(length).fill(0x41));
const extensions = (...raw: readonly Uint8Array[]) => jpkiCertificate({ rawExtensions: explicit(3, sequence(...raw)) });
const extension = (id: string, value: Uint8Array) => jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), { oid: id, critical: false, value }) });
const keyUsageValue = (value: Uint8Array) => jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), { ...keyUsage("digitalSignature"), value }) });
const subject = (value: Uint8Array) => jpkiCertificate({ subject: name(["C", "JP"], ["CN", value]) });
const encodedExtension = (critical: Uint8Array) =>
  sequence(oid(extensionOid.subjectKeyIdentifier), critical, octetString(octetString(Uint8Array.of(1))));

/** A right certificate of this length: an extension that nobody knows fills it. */
function padded(length: number): Uint8Array {
  const filled = (octets: number) => extension("1.3.6.1.4.1.55738.1", new Uint8Array(octets));
  return filled(length - (filled(10_000).length - 10_000));
}

/** SEQUENCEs around nothing: 5,000 deep as JPKI sees it, short enough to be looked at. */
function nested(depth: number): Uint8Array {
  let value = nullValue();
  for (let level = 0; level < depth; level += 1) value = sequence(value);
  return value;
}

/** The certificate with its outermost length written another way. */
function outerLength(...length: readonly number[]): Uint8Array {
  return concatBytes(Uint8Array.of(0x30, ...length), good.subarray(4));
}
const [, , highLength = 0, lowLength = 0] = good;

/** Name, certificate, and a part of the reason the operator reads. */
const rows: readonly (readonly [string, Uint8Array, string])[] = [
  ["empty", new Uint8Array(), "expected tag 30, found the end"],
  ["over size", padded(maximumCertificateLength + 1), "octets"],
  ["10 MB of NULLs", new Uint8Array(10_000_000).map((_, index) => (index % 2 === 0 ? 5 : 0)), "octets"],
  ["16 KiB of NULLs", new Uint8Array(maximumCertificateLength).map((_, index) => (index % 2 === 0 ? 5 : 0)), "expected tag 30, found 5"],
  ["1 MB OID", sequence(der(tag.oid, new Uint8Array(1_000_000).fill(0x81))), "octets"],
  ["8 KB OID", extensions(sequence(der(tag.oid, new Uint8Array(8000).fill(0x81), Uint8Array.of(1)), octetString())), "OBJECT IDENTIFIER not valid"],
  ["deep nesting (5,000)", nested(5000), "octets"],
  ["deep nesting, under the size limit", nested(3000), "expected tag 2, found 30"],
  ["deep nesting in parameters", jpkiCertificate({ spki: sequence(sequence(oid("1.2.3"), nested(1000)), bitString(Uint8Array.of(1))) }), "nested too deep"],
  ["many values in parameters", jpkiCertificate({ spki: sequence(sequence(oid("1.2.3"), nulls(6000)), bitString(Uint8Array.of(1))) }), "too many values"],
  ["truncated by one octet", good.subarray(0, -1), "length beyond the end"],
  ["truncated in the header", good.subarray(0, 3), "truncated"],
  ["one trailing octet", concatBytes(good, Uint8Array.of(0)), "unexpected octets"],
  ["second certificate appended", concatBytes(good, good), "unexpected octets"],
  ["indefinite length", concatBytes(outerLength(0x80), Uint8Array.of(0, 0)), "indefinite length"],
  ["non-minimal length", outerLength(0x83, 0, highLength, lowLength), "length not minimal"],
  ["length 0xffffffff", outerLength(0x84, 0xff, 0xff, 0xff, 0xff), "length beyond the end"],
  ["length of five octets", outerLength(0x85, 0, 0, 0, highLength, lowLength), "length of more than four octets"],
  ["reserved length 0xff", outerLength(0xff), "length of more than four octets"],
  ["BOOLEAN 01", extensions(encodedExtension(der(tag.boolean, Uint8Array.of(1)))), "BOOLEAN neither 00 nor FF"],
  ["BOOLEAN of two octets", extensions(encodedExtension(der(tag.boolean, Uint8Array.of(0xff, 0xff)))), "BOOLEAN neither 00 nor FF"],
  ["explicit FALSE", extensions(encodedExtension(boolean(false))), "default value encoded"],
  ["explicit cA FALSE", extension(extensionOid.basicConstraints, sequence(boolean(false))), "default value encoded"],
  ["negative pathLenConstraint", extension(extensionOid.basicConstraints, sequence(boolean(true), der(tag.integer, Uint8Array.of(0xff)))), "INTEGER out of range"],
  ["duplicate keyUsage", extensions(...[...jpkiExtensions(), keyUsage("digitalSignature")].map(encodeExtension)), "extension 2.5.29.15 twice"],
  ["duplicate EKU", extensions(...[...jpkiExtensions(), extendedKeyUsage("clientAuth")].map(encodeExtension)), "extension 2.5.29.37 twice"],
  ["no extensions in the sequence", extensions(), "Extensions empty"],
  ["octets after the extension value", extension(extensionOid.subjectKeyIdentifier, concatBytes(octetString(Uint8Array.of(1)), nullValue())), "unexpected octets"],
  ["empty extension value", extension(extensionOid.subjectKeyIdentifier, new Uint8Array()), "expected tag 4, found the end"],
  ["v1 with extensions", jpkiCertificate({ version: new Uint8Array() }), "extensions in a certificate that is not v3"],
  ["v1 with a unique identifier", jpkiCertificate({ version: new Uint8Array(), extensions: [], spki: concatBytes(holderKey().spki, bitString(Uint8Array.of(1)).fill(context(1), 0, 1)) }), "unique identifier in a v1 certificate"],
  ["v2 with extensions", jpkiCertificate({ version: explicit(0, integer(1)) }), "extensions in a certificate that is not v3"],
  ["v1 written out", jpkiCertificate({ version: explicit(0, integer(0)), extensions: [] }), "version not v2 or v3"],
  ["v4", jpkiCertificate({ version: explicit(0, integer(3)) }), "version not v2 or v3"],
  ["algorithms differ inside and outside", jpkiCertificate({ innerAlgorithm: schemes.sha384WithRsa.algorithm }), "signatureAlgorithm differs from tbsCertificate"],
  ["parameters differ inside and outside", jpkiCertificate({ innerAlgorithm: sequence(oid("1.2.840.113549.1.1.11")) }), "signatureAlgorithm differs from tbsCertificate"],
  ["negative serial", serial(0x80), "serialNumber not positive"],
  ["zero serial", serial(0), "serialNumber not positive"],
  ["empty serial", serial(), "INTEGER not minimal"],
  ["non-minimal serial", serial(0, 0x11), "INTEGER not minimal"],
  ["40-octet serial", serialOfLength(40), "serialNumber longer than 20 octets"],
  ["21-octet serial", serialOfLength(21), "serialNumber longer than 20 octets"],
  ["UTCTime without seconds", jpkiCertificate({ validity: rawTime(tag.utcTime, "2506010000Z") }), "Time not valid"],
  ["UTCTime with offset", jpkiCertificate({ validity: rawTime(tag.utcTime, "250601000000+0900") }), "Time not valid"],
  ["GeneralizedTime before 2050", jpkiCertificate({ validity: sequence(generalizedTime(now - year), time(now + year)) }), "Time not valid"],
  ["fractional seconds", jpkiCertificate({ validity: rawTime(tag.generalizedTime, "20510601000000.5Z") }), "Time not valid"],
  ["UTCTime with a fraction", jpkiCertificate({ validity: rawTime(tag.utcTime, "250601000000.5Z") }), "Time not valid"],
  ["29 February of a common year", jpkiCertificate({ validity: rawTime(tag.utcTime, "250229000000Z") }), "Time not valid"],
  ["29 February of 2100", jpkiCertificate({ validity: rawTime(tag.generalizedTime, "21000229000000Z") }), "Time not valid"],
  ["second 60", jpkiCertificate({ validity: rawTime(tag.utcTime, "250601000060Z") }), "Time not valid"],
  ["month 13", jpkiCertificate({ validity: rawTime(tag.utcTime, "251301000000Z") }), "Time not valid"],
  ["letters in the time", jpkiCertificate({ validity: rawTime(tag.utcTime, "25060100000OZ") }), "Time not valid"],
  ["unused bits set", keyUsageValue(der(tag.bitString, Uint8Array.of(7, 0x81))), "BIT STRING not valid"],
  ["trailing zero bits", keyUsageValue(der(tag.bitString, Uint8Array.of(0, 0x80))), "BIT STRING with trailing zero bits"],
  ["eight unused bits", keyUsageValue(der(tag.bitString, Uint8Array.of(8, 0x80))), "BIT STRING not valid"],
  ["BIT STRING without contents", keyUsageValue(der(tag.bitString)), "BIT STRING not valid"],
  ["key of unused bits", jpkiCertificate({ spki: sequence(schemes.ed25519.algorithm, bitString(Uint8Array.of(0x80), 1)) }), "BIT STRING with unused bits"],
  ["NUL in CN", subject(utf8String("good\0evil")), "string not valid"],
  ["NUL in a printable CN", subject(printableString("good\0evil")), "string not valid"],
  ["letters that PrintableString does not have", subject(printableString("a*b@c")), "string not valid"],
  ["invalid UTF-8", subject(der(tag.utf8String, Uint8Array.of(0xc3, 0x28))), "string not valid"],
  ["overlong UTF-8", subject(der(tag.utf8String, Uint8Array.of(0xc0, 0xaf))), "string not valid"],
  ["half a surrogate pair", subject(der(tag.bmpString, Uint8Array.of(0xd8, 0x00))), "string not valid"],
  ["empty relative name", jpkiCertificate({ subject: sequence(set()) }), "RelativeDistinguishedName empty"],
  ["relative name not in order", jpkiCertificate({ subject: sequence(set(attribute(["CN", "b"]), attribute(["CN", "a"]))) }), "SET OF not in order"],
  ["issuer empty", jpkiCertificate({ issuer: sequence() }), "issuer empty"],
  ["tag of two octets", jpkiCertificate({ subject: sequence(set(sequence(oid("2.5.4.3"), Uint8Array.of(0x1f, 0x81, 0x01, 0)))) }), "tag of more than one octet"],
  ["keyIdentifier's issuer without serial", extension(extensionOid.authorityKeyIdentifier, sequence(explicit(1, explicit(4, name(["C", "JP"]))))), "authorityCertIssuer and serial number apart"],
  ["distribution points, empty", extension(extensionOid.cRLDistributionPoints, sequence()), "CRLDistributionPoints empty"],
  ["distribution point that names nothing", extension(extensionOid.cRLDistributionPoints, sequence(sequence())), "DistributionPoint names nothing"],
  ["alternative names, empty", extension(extensionOid.issuerAltName, sequence()), "GeneralNames empty"],
  ["URI beyond ASCII", extension(extensionOid.authorityInfoAccess, ocspAccess("http://ö.example/").value), "IA5String not valid"],
  ["URI with NUL", extension(extensionOid.authorityInfoAccess, ocspAccess("http://a\0.example/").value), "IA5String not valid"],
  ["policy qualifiers that are no list", extension(extensionOid.certificatePolicies, sequence(sequence(oid("1.2.3"), nullValue()))), "policyQualifiers not a SEQUENCE"],
  ["name constraints with an empty list", extension(extensionOid.nameConstraints, sequence(der(contextConstructed(0)))), "GeneralSubtrees empty"],
  ["signature with unused bits", sequence(goodTbs, schemes.sha256WithRsa.algorithm, bitString(new Uint8Array(256), 1)), "BIT STRING with unused bits"],
];

test.each(rows)("%s", (_, certificate, reason) => {
  const verdict = parseCertificate(certificate);
  const code = certificate.length > maximumCertificateLength ? "certificate_too_large" : "malformed_certificate";
  expect(verdict).toEqual({ valid: false, code, at: expect.stringContaining(reason) });
});

const accepted: readonly (readonly [string, Uint8Array])[] = [
  ["the profile of JPKI", good],
  ["its authority", jpkiAuthority().certificate],
  ["as large as may be", padded(maximumCertificateLength)],
  ["20-octet serial", serialOfLength(20)],
  ["serial with the top bit set, padded", serial(0, 0x80)],
  ["29 February of a leap year", jpkiCertificate({ validity: rawTime(tag.utcTime, "240229000000Z") })],
  ["31 December 2049 and 1 January 2050", jpkiCertificate({ validity: sequence(utcTime(2_524_607_999), generalizedTime(2_524_608_000)) })],
  ["unknown extension with garbage inside", extension("1.3.6.1.4.1.55738.1", Uint8Array.of(0xde, 0xad))],
  ["an object identifier under 2.25", extension("2.25.329800735698586629295641978511506172918", nullValue())],
  ["subject empty", jpkiCertificate({ subject: sequence() })],
  ["an Ed25519 key", jpkiCertificate({ spki: testKey("ed25519").spki })],
  ["subjectKeyIdentifier", jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), subjectKeyIdentifier(Uint8Array.of(1))) })],
];

test.each(accepted)("reads: %s", (_, certificate) => {
  expect(parseCertificate(certificate)).toMatchObject({ valid: true });
});

test("gives the fields of the profile", () => {
  const parsed = parseCertificate(good);
  if (!parsed.valid) return expect.fail(parsed.at);
  const { issuer, subject: holder, notBefore, notAfter, extensions: read, version } = parsed.value;
  expect(nameText(issuer)).toBe("C=JP, O=JPKI, OU=JPKI for user authentication, OU=Japan Agency for Local Authority Information Systems");
  expect(nameText(holder)).toBe("C=JP, CN=1234ABCD5678EFGH123400A00012A");
  expect({ version, notBefore, notAfter }).toEqual({ version: 3, notBefore: now - year, notAfter: now + 4 * year });
  expect(read).toMatchObject({
    keyUsage: new Set(["digitalSignature"]),
    extendedKeyUsage: ["1.3.6.1.5.5.7.3.2"],
    certificatePolicies: [{ oid: "1.2.392.200149.8.5.1.3.30" }],
    authorityInfoAccess: [{ method: "1.3.6.1.5.5.7.48.1", location: { kind: "uniformResourceIdentifier", text: "http://ocsp.jpki.example/" } }],
    cRLDistributionPoints: [{ name: { kind: "fullName", names: [{ kind: "directoryName" }] }, reasons: null, cRLIssuer: null }],
    unknownCritical: [],
  });
  expect(read.authorityKeyIdentifier?.authorityCertSerialNumber).toEqual(Uint8Array.of(0x11));
  return undefined;
});
