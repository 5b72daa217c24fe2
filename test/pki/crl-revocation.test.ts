import { expect, test } from "vitest";
import {
  certificateIssuer, crlOf, crlSigner, deltaOf, type Judging, judge, leafSerial, leafWith, listing, named, pointIssuer, pointReasons, points, read, root, scopedBy,
  scopeReasons, stranger, sub, subSerial, subWith,
} from "./crl-revocation-world.ts";
import { checkRevocation } from "../../src/pki/crl-revocation.ts";
import { makeAuthority, now } from "../certificates/authority.ts";
import { cRLNumber, type CrlSpec, fullName, issuingDistributionPoint, relativeName, scopeFlags, unknownExtension } from "../certificates/crl-factory.ts";
import { dns } from "../certificates/constraints.ts";
import { explicit } from "../certificates/der-writer.ts";
import { directoryName, keyUsage } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import { attribute } from "../certificates/names.ts";
import { concatBytes } from "../../src/bytes.ts";

/** Revocation of a whole path by CRLs (RFC 5280 6.3). */

const ofRoot = crlOf(root);
const good = crlOf(sub);
const revoked = crlOf(sub, { entries: listing(leafSerial, 1) });
const hold = crlOf(sub, { entries: listing(leafSerial, 6) });
const older: Partial<CrlSpec> = { thisUpdate: now - 7200 };
const stale: Partial<CrlSpec> = { thisUpdate: now - 7200, nextUpdate: now - 1 };
const [city, other] = [named("City"), named("Other city")];
const cityLeaf = { leaf: leafWith(points(fullName(city))) };
const inCity = (overrides: Partial<CrlSpec> = {}) => scopedBy(sub, issuingDistributionPoint(fullName(city)), overrides);
const ward = relativeName(attribute(["CN", "Ward"]));
const reasons = (bits: readonly number[], overrides: Partial<CrlSpec> = {}) => scopedBy(sub, issuingDistributionPoint(scopeReasons(...bits)), overrides);
const [some, rest] = [[1, 2], [3, 4, 5, 6, 7, 8]];

const central = crlSigner(named("Central"), root);
const indirectLeaf = { leaf: leafWith(points(concatBytes(fullName(city), pointIssuer(central.subject)))), candidates: [read(central.certificate)] };
const indirect = (overrides: Partial<CrlSpec> = {}) => scopedBy(central, issuingDistributionPoint(fullName(city), scopeFlags.indirect), overrides);
const entryOf = (subject: Uint8Array, serialNumber = leafSerial) => ({ serialNumber, extensions: [certificateIssuer(subject)] });

const delta = (base: number, number: number, overrides: Partial<CrlSpec> = {}) => crlOf(sub, { extensions: [cRLNumber(number), deltaOf(base)], ...overrides });

const twin = crlSigner(sub.subject, root);
const twinOptions = { candidates: [read(twin.certificate)] };
const byTwin = crlOf(twin, { entries: [] });
const byTwinSince = (overrides: Partial<CrlSpec> = {}) => crlOf(twin, { extensions: [cRLNumber(8), deltaOf(5)], ...overrides });
const secondSub = makeAuthority({ subject: sub.subject, key: testKey("p256", "second sub"), by: root });

type Row = readonly [name: string, crls: readonly Uint8Array[], expected: string, options?: Judging];
const rows: readonly Row[] = [
  ["no cRLNumber", [ofRoot, crlOf(sub, { extensions: [] })], "malformed_crl"],
  ["cRLNumber critical", [ofRoot, crlOf(sub, { extensions: [{ ...cRLNumber(7), critical: true }] })], "malformed_crl"],
  ["another serial number twice", [ofRoot, crlOf(sub, { entries: [...listing(5), ...listing(5)] })], "malformed_crl"],
  ["indirect CRL of a point, whose issuer the certificate does not name", [ofRoot, scopedBy(sub, issuingDistributionPoint(fullName(city), scopeFlags.indirect))], "crl_scope_mismatch", cityLeaf],
  ["a point named by a host as well", [ofRoot, inCity()], "crl_scope_mismatch", { leaf: leafWith(points(explicit(0, explicit(0, directoryName(city), dns("example.jp"))))) }],
  ["both CRLs", [ofRoot, good], "good"],
  ["in the other order", [good, ofRoot], "good"],
  ["no CRL", [], "crl_missing"],
  ["none of the leaf's issuer", [ofRoot], "crl_missing"],
  ["none of the authority's issuer", [good], "crl_missing"],
  ["leaf revoked", [ofRoot, revoked], "certificate_revoked"],
  ["leaf on hold", [ofRoot, hold], "certificate_on_hold"],
  ["removeFromCRL in a complete CRL", [ofRoot, crlOf(sub, { entries: listing(leafSerial, 8) })], "certificate_revoked"],
  ["authority revoked", [crlOf(root, { entries: listing(subSerial) }), good], "certificate_revoked"],
  ["the anchor's own serial number is nobody's", [crlOf(root, { entries: listing(subSerial + 1) }), good], "good"],

  ["stale", [ofRoot, crlOf(sub, stale)], "crl_not_fresh"],
  ["from the future", [ofRoot, crlOf(sub, { thisUpdate: now + 61 })], "crl_not_fresh"],
  ["without nextUpdate", [ofRoot, crlOf(sub, { nextUpdate: null })], "crl_not_fresh"],
  ["forged", [ofRoot, crlOf(sub, { signer: stranger.key })], "bad_signature"],
  ["garbage", [ofRoot, Uint8Array.of(0x30, 0x03)], "malformed_crl"],
  ["of a stranger", [ofRoot, crlOf(stranger)], "crl_missing"],
  ["an unknown critical extension", [ofRoot, scopedBy(sub, unknownExtension(true))], "unknown_critical_extension"],
  ["an unknown extension", [ofRoot, scopedBy(sub, unknownExtension(false))], "good"],
  ["an unknown critical entry extension of another entry", [ofRoot, crlOf(sub, { entries: [{ serialNumber: 5, extensions: [unknownExtension(true)] }] })], "unknown_critical_extension"],
  ["a stale one hides no good one", [ofRoot, crlOf(sub, stale), good], "good"],
  ["a forged one hides no good one", [ofRoot, crlOf(sub, { signer: stranger.key, entries: listing(leafSerial) }), good], "good"],
  ["garbage hides no good one", [Uint8Array.of(1), ofRoot, Uint8Array.of(2), good], "good"],
  ["an older good one hides no revocation", [ofRoot, crlOf(sub, older), revoked], "certificate_revoked"],
  ["a lifted hold", [ofRoot, crlOf(sub, { ...older, entries: listing(leafSerial, 6) }), good], "good"],
  ["signed by an authority without cRLSign", [ofRoot, good], "key_usage_refused", { authority: { ...sub, certificate: crlSigner(sub.subject, root, "sub", [keyUsage("keyCertSign")], subSerial).certificate } }],

  ["the point of the certificate", [ofRoot, inCity()], "good", cityLeaf],
  ["another point", [ofRoot, inCity()], "crl_scope_mismatch", { leaf: leafWith(points(fullName(other))) }],
  ["a point, a certificate without", [ofRoot, inCity()], "crl_scope_mismatch"],
  ["no point, a certificate with one", [ofRoot, good], "good", cityLeaf],
  ["revoked in its point, good in another", [ofRoot, inCity({ entries: listing(leafSerial) }), scopedBy(sub, issuingDistributionPoint(fullName(other)))], "certificate_revoked", cityLeaf],
  ["the issuer's own name as point", [ofRoot, scopedBy(sub, issuingDistributionPoint(fullName(sub.subject)))], "good"],
  ["relative to the issuer", [ofRoot, scopedBy(sub, issuingDistributionPoint(ward))], "good", { leaf: leafWith(points(ward)) }],
  ["another relative name", [ofRoot, scopedBy(sub, issuingDistributionPoint(relativeName(attribute(["CN", "Ward 2"]))))], "crl_scope_mismatch", { leaf: leafWith(points(ward)) }],
  ["onlyContainsUserCerts", [ofRoot, scopedBy(sub, issuingDistributionPoint(scopeFlags.userCertificates))], "good"],
  ["onlyContainsCACerts", [ofRoot, scopedBy(sub, issuingDistributionPoint(scopeFlags.cACertificates))], "crl_scope_mismatch"],
  ["onlyContainsCACerts of the root", [scopedBy(root, issuingDistributionPoint(scopeFlags.cACertificates)), good], "good"],
  ["onlyContainsUserCerts of the root", [scopedBy(root, issuingDistributionPoint(scopeFlags.userCertificates)), good], "crl_scope_mismatch"],
  ["onlyContainsAttributeCerts", [ofRoot, scopedBy(sub, issuingDistributionPoint(scopeFlags.attributeCertificates))], "crl_scope_mismatch"],

  ["some reasons", [ofRoot, reasons(some)], "crl_scope_mismatch"],
  ["all reasons in two CRLs", [ofRoot, reasons(some), reasons(rest)], "good"],
  ["all but one", [ofRoot, reasons(some), reasons(rest.slice(1))], "crl_scope_mismatch"],
  ["revoked for the other reasons", [ofRoot, reasons(some), reasons(rest, { entries: listing(leafSerial, 4) })], "certificate_revoked"],
  ["some reasons of the point", [ofRoot, inCity()], "crl_scope_mismatch", { leaf: leafWith(points(concatBytes(fullName(city), pointReasons(...some)))) }],
  ["some reasons of the point, then all of the issuer", [ofRoot, inCity(), good], "good", { leaf: leafWith(points(concatBytes(fullName(city), pointReasons(...some)))) }],

  ["indirect", [ofRoot, indirect()], "good", indirectLeaf],
  ["indirect, listed as the issuer's", [ofRoot, indirect({ entries: [entryOf(sub.subject)] })], "certificate_revoked", indirectLeaf],
  ["indirect, the same serial number of the CRL's own", [ofRoot, indirect({ entries: listing(leafSerial) })], "good", indirectLeaf],
  ["indirect, of another issuer", [ofRoot, indirect({ entries: [entryOf(stranger.subject)] })], "good", indirectLeaf],
  ["indirect, the issuer named by the entry before", [ofRoot, indirect({ entries: [entryOf(sub.subject, 5), { serialNumber: leafSerial }] })], "certificate_revoked", indirectLeaf],
  ["indirect, the issuer changed in between", [ofRoot, indirect({ entries: [entryOf(sub.subject, 5), entryOf(root.subject, 6), { serialNumber: leafSerial }] })], "good", indirectLeaf],
  ["cRLIssuer named, CRL not indirect", [ofRoot, scopedBy(central, issuingDistributionPoint(fullName(city)))], "crl_scope_mismatch", indirectLeaf],
  ["certificateIssuer in a direct CRL", [ofRoot, crlOf(sub, { entries: [entryOf(stranger.subject, 5)] })], "crl_scope_mismatch"],
  ["cRLIssuer nobody knows", [ofRoot, indirect()], "crl_missing", { leaf: indirectLeaf.leaf }],
  ["the CRL issuer is revoked", [crlOf(root, { entries: listing(88) }), indirect()], "certificate_revoked", indirectLeaf],
  ["an indirect CRL of one the certificate does not name", [ofRoot, indirect()], "crl_missing", { candidates: [read(central.certificate)] }],

  ["a delta alone", [ofRoot, delta(7, 8)], "crl_missing"],
  ["revoked since the complete CRL", [ofRoot, good, delta(7, 8, { entries: listing(leafSerial, 1) })], "certificate_revoked"],
  ["hold lifted since", [ofRoot, hold, delta(7, 8, { entries: listing(leafSerial, 8) })], "good"],
  ["a delta to an older base", [ofRoot, hold, delta(5, 8, { entries: listing(leafSerial, 8) })], "good"],
  ["a delta to a later base", [ofRoot, hold, delta(8, 9, { entries: listing(leafSerial, 8) })], "certificate_on_hold"],
  ["a delta older than the complete CRL", [ofRoot, hold, delta(5, 6, { entries: listing(leafSerial, 8) })], "certificate_on_hold"],
  ["a delta of another scope", [ofRoot, hold, crlOf(sub, { extensions: [cRLNumber(8), deltaOf(7), issuingDistributionPoint(scopeFlags.userCertificates)], entries: listing(leafSerial, 8) })], "certificate_on_hold"],
  ["a stale delta", [ofRoot, hold, delta(7, 8, { ...stale, entries: listing(leafSerial, 8) })], "certificate_on_hold"],
  ["a forged delta", [ofRoot, hold, delta(7, 8, { signer: stranger.key, entries: listing(leafSerial, 8) })], "certificate_on_hold"],
  ["the newer of two deltas", [ofRoot, hold, delta(7, 8, { ...older, entries: listing(leafSerial, 8) }), delta(7, 9, { entries: listing(leafSerial, 1) })], "certificate_revoked"],

  ["a stale complete CRL and a current delta (5.2.4)", [ofRoot, crlOf(sub, stale), delta(7, 8)], "good"],
  ["the same, revoked in the complete one", [ofRoot, crlOf(sub, { ...stale, entries: listing(leafSerial, 1) }), delta(7, 8)], "certificate_revoked"],
  ["the same, revoked in the delta", [ofRoot, crlOf(sub, stale), delta(7, 8, { entries: listing(leafSerial, 1) })], "certificate_revoked"],
  ["the same, a hold lifted in the delta", [ofRoot, crlOf(sub, { ...stale, entries: listing(leafSerial, 6) }), delta(7, 8, { entries: listing(leafSerial, 8) })], "good"],
  ["a stale complete CRL and a stale delta", [ofRoot, crlOf(sub, stale), delta(7, 8, stale)], "crl_not_fresh"],
  ["a stale complete CRL older than the delta's base", [ofRoot, crlOf(sub, stale), delta(8, 9)], "crl_not_fresh"],
  ["a stale complete CRL as new as the delta", [ofRoot, crlOf(sub, stale), delta(6, 7)], "crl_not_fresh"],
  ["a stale complete CRL and a delta of another scope", [ofRoot, crlOf(sub, stale), crlOf(sub, { extensions: [cRLNumber(8), deltaOf(7), issuingDistributionPoint(scopeFlags.userCertificates)] })], "crl_not_fresh"],
  ["a stale complete CRL and a forged delta", [ofRoot, crlOf(sub, stale), delta(7, 8, { signer: stranger.key })], "crl_not_fresh"],
  ["a stale forged complete CRL and a current delta", [ofRoot, crlOf(sub, { ...stale, signer: stranger.key }), delta(7, 8)], "crl_not_fresh"],
  ["a complete CRL from the future and a current delta", [ofRoot, crlOf(sub, { thisUpdate: now + 61 }), delta(7, 8)], "crl_not_fresh"],
  ["a complete CRL without nextUpdate and a current delta", [ofRoot, crlOf(sub, { nextUpdate: null }), delta(7, 8)], "crl_not_fresh"],

  ["a complete CRL and a delta by another key of the same name (6.3.3 (h))", [ofRoot, hold, byTwinSince({ entries: listing(leafSerial, 8) })], "certificate_on_hold", twinOptions],
  ["the same, the complete one stale", [ofRoot, crlOf(sub, stale), byTwinSince()], "crl_not_fresh", twinOptions],
  ["the same, both keys' complete ones stale", [ofRoot, crlOf(sub, stale), crlOf(twin, { ...stale, extensions: [cRLNumber(6)] }), byTwinSince()], "good", twinOptions],
  ["a stale complete CRL by another key of the same name and the authority's delta", [ofRoot, crlOf(twin, stale), delta(7, 8)], "crl_not_fresh", twinOptions],
  ["a stale complete CRL and a delta by another authority of the same name", [ofRoot, crlOf(sub, stale), crlOf(secondSub, { extensions: [cRLNumber(8), deltaOf(7)] })], "crl_not_fresh", { candidates: [read(secondSub.certificate)] }],
  ["both by another key of the same name", [ofRoot, crlOf(twin, stale), byTwinSince()], "good", twinOptions],

  ["another key of the same name signs CRLs", [ofRoot, byTwin], "good", twinOptions],
  ["the same, not sent along", [ofRoot, byTwin], "bad_signature"],
  ["the same, revoked", [crlOf(root, { entries: listing(88) }), byTwin], "certificate_revoked", twinOptions],
  ["the same, without cRLSign", [ofRoot, byTwin], "key_usage_refused", { candidates: [read(crlSigner(sub.subject, root, "crl signer", [keyUsage("digitalSignature")]).certificate)] }],
  ["the same, of another root", [ofRoot, byTwin], "untrusted_issuer", { candidates: [read(crlSigner(sub.subject, stranger).certificate), read(stranger.certificate)] }],
];

test.each(rows.map(([name, crls, expected, options]) => ({ name, crls, expected, options })))("$name", ({ crls, expected, options }) => {
  expect(judge(crls, options)).toBe(expected);
});

test("a revoked authority cannot name the judge of its own revocation", () => {
  const judgeOfItsOwn = crlSigner(root.subject, sub);
  const candidates = [read(judgeOfItsOwn.certificate)];
  const says = crlOf(judgeOfItsOwn, { issuer: root.subject });
  expect(judge([says, good], { candidates })).toBe("untrusted_issuer");
  expect(judge([says, crlOf(root, { ...older, entries: listing(subSerial) }), good], { candidates })).toBe("certificate_revoked");
});

test("a signer's status on the very CRL that it signs: then that CRL decides (PKITS 4.14.30)", () => {
  const self = crlSigner(named("Central"), root, "self", [keyUsage("cRLSign"), points(concatBytes(fullName(city), pointIssuer(named("Central"))))]);
  const options = { ...indirectLeaf, candidates: [read(self.certificate)] };
  const crl = (...entries: CrlSpec["entries"]) => scopedBy(self, issuingDistributionPoint(fullName(city), scopeFlags.indirect), { entries });
  expect(judge([ofRoot, crl()], options)).toBe("good");
  expect(judge([crl()], { ...options, authority: subWith(points(concatBytes(fullName(city), pointIssuer(named("Central"))))) })).toBe("good");
  expect(judge([ofRoot, crl(entryOf(root.subject, 88))], options)).toBe("certificate_revoked");
});

test("an empty path and one of the anchor alone", () => {
  expect(checkRevocation({ path: [], crls: [], time: now })).toMatchObject({ code: "untrusted_issuer" });
  expect(checkRevocation({ path: [read(root.certificate)], crls: [], time: now })).toMatchObject({ valid: true });
});

test("hundreds of CRLs and signers end in a bounded number of signature checks", () => {
  const candidates = Array.from({ length: 60 }, (_, index) => read(crlSigner(sub.subject, root, `many ${index % 4}`).certificate));
  const many = Array.from({ length: 60 }, (_, index) => crlOf(sub, { signer: stranger.key, entries: listing(index + 1000) }));
  const start = process.cpuUsage().user;
  expect(judge([ofRoot, ...many, good], { candidates })).toBe("path_too_complex");
  expect((process.cpuUsage().user - start) / 1000).toBeLessThan(1000);
});
