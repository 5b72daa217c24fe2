import { expect, test } from "vitest";
import { parseCrl } from "../../src/pki/crl.ts";
import { lookUp, verifyCrl } from "../../src/pki/crl-verification.ts";
import { authority, type CrlJudging, judgeByCrl, leafSerial } from "./crl-world.ts";
import { makeAuthority, now } from "../certificates/authority.ts";
import { withExtensions } from "../certificates/certificate.ts";
import { authorityCrl, crlExtensions, deltaCRLIndicator, reasonCode, unknownExtension } from "../certificates/crl-factory.ts";
import { integer, sequence } from "../certificates/der-writer.ts";
import { basicConstraints, directoryName, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { jpkiAuthority, jpkiAuthorityName, jpkiCertificate } from "../certificates/jpki.ts";
import { schemes, testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

/** Whose CRL it is, whether it is current and complete, and what it says. */

const listed = (...reasons: readonly number[]) =>
  authorityCrl(authority, { entries: [{ serialNumber: leafSerial, extensions: reasons.map(reasonCode) }] });
const withExtension = (...extensions: readonly ExtensionSpec[]) =>
  authorityCrl(authority, { extensions: withExtensions(crlExtensions(authority), ...extensions) });
const withEntryExtension = (serialNumber: number, ...extensions: readonly ExtensionSpec[]) =>
  authorityCrl(authority, { entries: [{ serialNumber, extensions }] });
const certificateIssuer = { oid: "2.5.29.29", critical: true, value: sequence(directoryName(jpkiAuthorityName("signature"))) };
const flipped = () => {
  const crl = authorityCrl(authority);
  crl[crl.length - 1] = (crl.at(-1) ?? 0) ^ 1;
  return crl;
};
const issuerWith = (...extensions: readonly ExtensionSpec[]) =>
  parsed(makeAuthority({ subject: authority.subject, key: authority.key, extensions }).certificate);
const printableName = name(["C", "JP"], ["O", "jpki"], ["OU", "JPKI  for User Authentication"], ["OU", "Japan Agency for Local Authority Information Systems"]);

type Row = readonly [name: string, crl: Uint8Array, expected: string, options?: CrlJudging];
const rows: readonly Row[] = [
  ["not listed", authorityCrl(authority), "good"],
  ["others listed", authorityCrl(authority, { entries: [{ serialNumber: leafSerial + 1 }, { serialNumber: leafSerial - 1 }] }), "good"],
  ["listed without reason", listed(), "revoked"],
  ["listed: keyCompromise", listed(1), "revoked"],
  ["listed: removeFromCRL in a complete CRL", listed(8), "revoked"],
  ["listed: certificateHold", listed(6), "hold"],
  ["listed twice", authorityCrl(authority, { entries: [{ serialNumber: leafSerial }, { serialNumber: leafSerial }] }), "revoked"],
  ["listed twice: hold, then revoked", authorityCrl(authority, { entries: [{ serialNumber: leafSerial, extensions: [reasonCode(6)] }, { serialNumber: leafSerial }] }), "revoked"],
  ["listed twice: revoked, then hold", authorityCrl(authority, { entries: [{ serialNumber: leafSerial }, { serialNumber: leafSerial, extensions: [reasonCode(6)] }] }), "revoked"],
  ["the issuer's name in other letters", authorityCrl(authority, { issuer: printableName }), "good"],
  ["v1 without extensions, for a certificate of any point", authorityCrl(authority, { version: new Uint8Array(), extensions: [] }), "good", { acceptWithoutPoint: true }],

  ["wrong issuer", authorityCrl(jpkiAuthority("signature")), "crl_issuer_mismatch"],
  ["another issuer's name, our key", authorityCrl(authority, { issuer: jpkiAuthorityName("signature") }), "crl_issuer_mismatch"],
  ["our name, the key of another generation", authorityCrl(jpkiAuthority("authentication", 2)), "bad_signature"],
  ["bad signature", flipped(), "bad_signature"],
  ["signed by a stranger", authorityCrl(authority, { signer: testKey("p256", "stranger") }), "bad_signature"],
  ["SHA-1", authorityCrl(authority, { scheme: schemes.sha1WithRsa }), "weak_algorithm"],
  ["signer without cRLSign", authorityCrl(authority), "key_usage_refused", { issuer: issuerWith(keyUsage("keyCertSign"), basicConstraints(true)) }],
  ["signer without keyUsage", authorityCrl(authority), "good", { issuer: issuerWith(basicConstraints(true)) }],

  ["thisUpdate 60 s ahead", authorityCrl(authority, { thisUpdate: now + 60 }), "good"],
  ["thisUpdate in the future", authorityCrl(authority, { thisUpdate: now + 61 }), "crl_not_fresh"],
  ["nextUpdate in this second", authorityCrl(authority, { nextUpdate: now }), "good"],
  ["nextUpdate past", authorityCrl(authority, { nextUpdate: now - 1 }), "crl_not_fresh"],
  ["nextUpdate absent", authorityCrl(authority, { nextUpdate: null }), "crl_not_fresh"],
  ["nextUpdate before thisUpdate", authorityCrl(authority, { thisUpdate: now + 30, nextUpdate: now + 20 }), "crl_not_fresh"],
  ["an archived CRL, judged at its time", authorityCrl(authority, { thisUpdate: now - 900, nextUpdate: now - 100 }), "good", { time: now - 500 }],

  ["unknown critical extension", withExtension(unknownExtension(true)), "unknown_critical_extension"],
  ["unknown extension that is not critical", withExtension(unknownExtension(false)), "good"],
  ["unknown critical entry extension", withEntryExtension(leafSerial, unknownExtension(true)), "unknown_critical_extension"],
  ["unknown critical extension in another's entry", withEntryExtension(1, unknownExtension(true)), "unknown_critical_extension"],
  ["unknown entry extension that is not critical", withEntryExtension(leafSerial, unknownExtension(false)), "revoked"],
  ["delta without base", withExtension(deltaCRLIndicator), "crl_scope_mismatch"],
  ["delta marked not critical, as a complete one", withExtension({ ...deltaCRLIndicator, critical: false }), "crl_scope_mismatch"],
  ["an entry of another issuer in a CRL that is not called indirect", withEntryExtension(leafSerial, certificateIssuer), "crl_scope_mismatch"],
];

test.each(rows.map(([name, crl, expected, options]) => ({ name, crl, expected, options })))("$name", ({ crl, expected, options }) => {
  expect(judgeByCrl(crl, options)).toBe(expected);
});

const serials = [
  ["with the top bit set", Uint8Array.of(0x02, 0x02, 0x00, 0x80), Uint8Array.of(0x00, 0x80)],
  ["of one octet", integer(5), Uint8Array.of(5)],
  ["of 20 octets", integer(2n ** 159n - 1n), Uint8Array.of(0x7f, ...Array<number>(19).fill(0xff))],
] as const;

test.each(serials)("a serial number %s is found, and only it", (_, serialNumber, contents) => {
  const parsedCrl = parseCrl(authorityCrl(authority, { entries: [{ serialNumber, revokedAt: now - 5, extensions: [reasonCode(3)] }] }));
  if (!parsedCrl.valid) expect.fail(parsedCrl.at);
  const verified = verifyCrl({ crl: parsedCrl.value, issuer: parsed(authority.certificate), time: now });
  if (!verified.valid) expect.fail(verified.at);
  expect(lookUp(verified.value, contents)).toEqual({ status: "revoked", revokedAt: now - 5, reason: "affiliationChanged" });
  expect(lookUp(verified.value, contents.subarray(1)).status).toBe("good");
  expect(lookUp(verified.value, Uint8Array.of(...contents, 0)).status).toBe("good");
});

test("a person's certificate signs no CRL", () => {
  const holder = parsed(jpkiCertificate());
  expect(judgeByCrl(authorityCrl(authority, { issuer: holder.subject.der, signer: testKey("rsa-2048", "holder") }), { issuer: holder })).toBe("key_usage_refused");
});
