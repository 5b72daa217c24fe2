import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { concatBytes, utf8 } from "../../src/bytes.ts";
import { parseCrl } from "../../src/pki/crl.ts";
import { authority, judgeByCrl } from "./crl-world.ts";
import { now } from "../certificates/authority.ts";
import { authorityCrl, cRLNumber, crlExtensions, encodeEntry, reasonCode, unknownExtension } from "../certificates/crl-factory.ts";
import { der, enumerated, integer, sequence, utcTime } from "../certificates/der-writer.ts";
import { encodeExtension, type ExtensionSpec } from "../certificates/extensions.ts";
import { schemes } from "../certificates/keys.ts";

/** CRLs that are not the DER of a CertificateList, and what is read of one that is. */

const right = authorityCrl(authority, { entries: [{ serialNumber: 5 }] });
const entries = (...listed: readonly Uint8Array[]) => authorityCrl(authority, { rawEntries: sequence(...listed) });
const serial = (...contents: readonly number[]) => entries(encodeEntry({ serialNumber: der(2, Uint8Array.from(contents)) }));
const entryExtension = (...extensions: readonly ExtensionSpec[]) =>
  entries(encodeEntry({ serialNumber: 5, extensions }));
const numbered = (value: Uint8Array) => authorityCrl(authority, { extensions: [{ ...cRLNumber(1), value }] });
const v1 = new Uint8Array();

/** Name, CRL, and a part of the reason the operator reads: all share a code. */
const malformed: readonly (readonly [name: string, crl: Uint8Array, reason: string])[] = [
  ["empty", new Uint8Array(), "truncated"],
  ["HTML", utf8("<!doctype html><title>404</title>"), "offset 0: SEQUENCE expected"],
  ["gzip, or a gzip bomb", gzipSync(Buffer.concat([right, Buffer.alloc(2 ** 24)])), "offset 0: SEQUENCE expected"],
  ["one trailing octet", concatBytes(right, Uint8Array.of(0)), "unexpected octets"],
  ["truncated", right.subarray(0, -1), "truncated"],
  ["length 0xffffffff", Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), "truncated"],
  ["indefinite length", concatBytes(Uint8Array.of(0x30, 0x80), right.subarray(4), new Uint8Array(2)), "offset 1: length not of DER"],
  ["a list of NULLs", sequence(...Array.from({ length: 10_000 }, () => der(5))), "SEQUENCE expected"],
  ["v1 with extensions", authorityCrl(authority, { version: v1 }), "extensions in a v1 CRL"],
  ["v1 with entry extensions", authorityCrl(authority, { version: v1, extensions: [], entries: [{ serialNumber: 5, extensions: [reasonCode(1)] }] }), "entry extensions in a v1 CRL"],
  ["version 0 written out", authorityCrl(authority, { version: integer(0) }), "version not v2"],
  ["v3", authorityCrl(authority, { version: integer(2) }), "version not v2"],
  ["algorithms that differ inside and outside", authorityCrl(authority, { innerAlgorithm: schemes.sha384WithRsa.algorithm }), "signatureAlgorithm differs from tbsCertList"],
  ["no issuer", authorityCrl(authority, { issuer: sequence() }), "issuer empty"],
  ["empty list present", entries(), "revokedCertificates present and empty"],
  ["an entry without a date", entries(sequence(integer(5))), "offset 5: truncated"],
  ["an entry with octets left over", entries(sequence(integer(5), utcTime(now), sequence(encodeExtension(reasonCode(1))), integer(1))), "unexpected octets"],
  ["entry extensions empty", entries(sequence(integer(5), utcTime(now), sequence())), "Extensions empty"],
  ["serial number zero", serial(0), "serial number not positive"],
  ["serial number negative", serial(0x80), "serial number not positive"],
  ["serial number not minimal", serial(0, 5), "INTEGER not minimal"],
  ["serial number of 21 octets", serial(1, ...Array<number>(20).fill(0)), "serial number longer than 20 octets"],
  ["serial number empty", serial(), "INTEGER not minimal"],
  ["a date that does not exist", entries(sequence(integer(5), der(0x17, utf8("260230000000Z")))), "Time not valid"],
  ["a date without seconds", entries(sequence(integer(5), der(0x17, utf8("2601010000Z")))), "Time not valid"],
  ["GeneralizedTime before 2050", entries(sequence(integer(5), der(0x18, utf8("20260101000000Z")))), "Time not valid"],
  ["a reason of no meaning", entryExtension(reasonCode(7)), "CRLReason not valid"],
  ["a reason that is no ENUMERATED", entryExtension({ ...reasonCode(1), value: integer(1) }), "expected tag a, found 2"],
  ["a reason with octets left over", entryExtension({ ...reasonCode(1), value: concatBytes(enumerated(1), enumerated(1)) }), "unexpected octets"],
  ["two reasons", entryExtension(reasonCode(1), reasonCode(6)), "extension 2.5.29.21 twice"],
  ["two CRL numbers", authorityCrl(authority, { extensions: [cRLNumber(1), cRLNumber(2)] }), "extension 2.5.29.20 twice"],
  ["CRL number negative", numbered(der(2, Uint8Array.of(0xff))), "CRLNumber not valid"],
  ["CRL number of 21 octets", numbered(der(2, Uint8Array.of(1, ...Array<number>(20).fill(0)))), "CRLNumber not valid"],
  ["64 KiB of extensions", authorityCrl(authority, { extensions: [{ ...unknownExtension(false), value: new Uint8Array(2 ** 16) }] }), "too much after the entries"],
  ["the same unknown extension twice", authorityCrl(authority, { extensions: [unknownExtension(false), unknownExtension(false)] }), "extension 1.2.392.200149.99.1 twice"],
];

test.each(malformed)("%s", (_, crl, reason) => {
  expect(judgeByCrl(crl)).toBe("malformed_crl");
  expect(parseCrl(crl)).toMatchObject({ at: expect.stringContaining(reason) });
});

test("over its cap a CRL is not read", () => {
  expect(parseCrl(right, right.length - 1)).toMatchObject({ code: "crl_too_large" });
  expect(parseCrl(concatBytes(right, Uint8Array.of(0)), right.length)).toMatchObject({ code: "crl_too_large" });
  expect(parseCrl(right, right.length).valid).toBe(true);
});

test("what is read", () => {
  const crl = parseCrl(authorityCrl(authority, { entries: [{ serialNumber: 5 }, { serialNumber: 300 }], extensions: crlExtensions(authority, 2 ** 40) }));
  if (!crl.valid) expect.fail(crl.at);
  expect(crl.value).toMatchObject({ thisUpdate: now - 3600, nextUpdate: now + 86_400, number: 2n ** 40n, baseNumber: null, unknownCritical: [] });
  expect(crl.value.entries.revoked.size).toBe(2);
  expect(crl.value.issuingDistributionPoint).toMatchObject({ onlyContains: null, onlySomeReasons: null, indirect: false });
});

test("100,000 entries are read, each is found", () => {
  const count = 100_000;
  const listed = Array.from({ length: count }, (_, index) => encodeEntry({ serialNumber: index + 1, extensions: index % 2 === 0 ? [reasonCode(1)] : [] }));
  const crl = parseCrl(entries(Buffer.concat(listed)));
  if (!crl.valid) expect.fail(crl.at);
  const { revoked } = crl.value.entries;
  expect(revoked.size).toBe(count);
  expect(revoked.find(Uint8Array.of(0x01, 0x86, 0xa0))).toMatchObject({ reason: null });
  expect(revoked.find(Uint8Array.of(0x01, 0x86, 0xa1))).toBeNull();
});
