import { expect, test } from "vitest";
import { sha1 } from "../../src/pki/digest.ts";
import { digestOid } from "../../src/pki/oid.ts";
import { verifyOcspResponse } from "../../src/pki/ocsp-response.ts";
import { authority, authorityAnswer, certId, delegatedAnswer, judge, type Judging, leaf, lookAlike, nonce } from "./ocsp-world.ts";
import { now } from "../certificates/authority.ts";
import { unknownExtension } from "../certificates/crl-factory.ts";
import { der, octetString, oid, sequence, tag } from "../certificates/der-writer.ts";
import { jpkiCertificate } from "../certificates/jpki.ts";
import { certIdDer, good, nonceExtension, type OcspSpec, parsed, revoked, type SingleSpec, unknown } from "../certificates/ocsp-factory.ts";

/** What a rightly signed answer says: about whom, when, and to which question. */

const single = (overrides: Partial<SingleSpec>, spec: Partial<OcspSpec> = {}) =>
  delegatedAnswer({ responses: [{ certId, ...overrides }], ...spec });
const about = (overrides: Parameters<typeof certIdDer>[2]) => single({ certId: certIdDer(leaf, authority.certificate, overrides) });
const otherLeaf = jpkiCertificate({ serialNumber: 20_260_002 });
const other = certIdDer(otherLeaf, authority.certificate);
const day = 86_400;
const ourIssuer = parsed(authority.certificate);
const fieldsOfCertId = [octetString(sha1(ourIssuer.subject.der)), octetString(sha1(ourIssuer.publicKey.keyBits)), der(tag.integer, parsed(leaf).serialNumber)];
const unknownAnswer = authorityAnswer({ responses: [{ certId, status: unknown }] });
const flipped = (answer: Uint8Array, at: number, bit = 1) => answer.map((octet, index) => (index === at ? octet ^ bit : octet));

type Row = readonly [name: string, response: Uint8Array, expected: string, options?: Judging];
const rows: readonly Row[] = [
  ["good", single({ status: good }), "good"],
  ["revoked", single({ status: revoked(now - day, 1) }), "revoked"],
  ["revoked without reason", single({ status: revoked(now - day) }), "revoked"],
  ["revoked with removeFromCRL", single({ status: revoked(now - day, 8) }), "revoked"],
  ["hold", single({ status: revoked(now - day, 6) }), "hold"],
  ["unknown", single({ status: unknown }), "unknown"],

  ["bit flipped in the signature", flipped(authorityAnswer(), authorityAnswer().length - 1), "bad_signature"],
  ["bit flipped: unknown made good", flipped(unknownAnswer, Buffer.from(unknownAnswer).indexOf(unknown), 0x02), "bad_signature"],

  ["CertID by SHA-256", about({ hash: "sha256" }), "good"],
  ["other serial", about({ serialNumber: Uint8Array.of(0x7f) }), "ocsp_certificate_mismatch"],
  ["serial with a longer start", about({ serialNumber: Uint8Array.of(...parsed(leaf).serialNumber, 0x00) }), "ocsp_certificate_mismatch"],
  ["other key hash", about({ keyHash: new Uint8Array(20) }), "ocsp_certificate_mismatch"],
  ["other name hash", about({ nameHash: new Uint8Array(20) }), "ocsp_certificate_mismatch"],
  ["key hash of the look-alike authority", single({ certId: certIdDer(leaf, lookAlike.certificate) }), "ocsp_certificate_mismatch"],
  ["empty hashes", about({ nameHash: new Uint8Array(), keyHash: new Uint8Array() }), "ocsp_certificate_mismatch"],
  ["CertID by MD5", about({ algorithm: "1.2.840.113549.2.5" }), "ocsp_certificate_mismatch"],
  ["SHA-1 hashes said to be SHA-256", about({ algorithm: "2.16.840.1.101.3.4.2.1" }), "ocsp_certificate_mismatch"],

  ["CertID whose digest has parameters", single({ certId: sequence(sequence(oid(digestOid.sha1), sequence()), ...fieldsOfCertId) }), "malformed_ocsp_response"],
  ["CertID whose digest has no parameters", single({ certId: sequence(sequence(oid(digestOid.sha1)), ...fieldsOfCertId) }), "good"],

  ["zero responses", delegatedAnswer({ responses: [] }), "ocsp_certificate_mismatch"],
  ["another certificate's good", single({ certId: other }), "ocsp_certificate_mismatch"],
  ["good, and another's good", delegatedAnswer({ responses: [{ certId }, { certId: other }] }), "ocsp_certificate_mismatch"],
  ["good twice", delegatedAnswer({ responses: [{ certId }, { certId }] }), "ocsp_certificate_mismatch"],
  ["good, then revoked", delegatedAnswer({ responses: [{ certId }, { certId, status: revoked(now - day) }] }), "revoked"],
  ["revoked, then good", delegatedAnswer({ responses: [{ certId, status: revoked(now - day) }, { certId }] }), "revoked"],
  ["hold, then revoked", delegatedAnswer({ responses: [{ certId, status: revoked(now - day, 6) }, { certId, status: revoked(now - day, 1) }] }), "revoked"],
  ["good, then hold", delegatedAnswer({ responses: [{ certId }, { certId, status: revoked(now - day, 6) }] }), "hold"],
  ["good and another's revoked", delegatedAnswer({ responses: [{ certId }, { certId: other, status: revoked(now - day) }] }), "ocsp_certificate_mismatch"],

  ["nextUpdate in this second", single({ nextUpdate: now }), "good"],
  ["nextUpdate past", single({ nextUpdate: now - 1 }), "ocsp_not_fresh"],
  ["nextUpdate past, and an age allowed", single({ nextUpdate: now - 1 }), "ocsp_not_fresh", { maximumAge: day }],
  ["no nextUpdate and 90 days old", single({ thisUpdate: now - 90 * day, nextUpdate: null }), "ocsp_not_fresh"],
  ["no nextUpdate and 90 days old, a week allowed", single({ thisUpdate: now - 90 * day, nextUpdate: null }), "ocsp_not_fresh", { maximumAge: 7 * day }],
  ["no nextUpdate and 90 days old, as long allowed", single({ thisUpdate: now - 90 * day, nextUpdate: null }), "good", { maximumAge: 90 * day }],
  ["no nextUpdate, just made", single({ nextUpdate: null }), "ocsp_not_fresh"],
  ["no nextUpdate, within the age allowed", single({ nextUpdate: null }), "good", { maximumAge: 10 }],
  ["no nextUpdate, older than allowed", single({ nextUpdate: null }), "ocsp_not_fresh", { maximumAge: 9 }],
  ["yesterday's good replayed, its nextUpdate past", single({ thisUpdate: now - day, nextUpdate: now - day + 600 }), "ocsp_not_fresh"],
  ["yesterday's good replayed, its nextUpdate far away", single({ thisUpdate: now - day, nextUpdate: now + 6 * day }), "ocsp_not_fresh", { maximumAge: 3600 }],
  ["yesterday's good with yesterday's nonce", single({ thisUpdate: now - day }, { extensions: [nonceExtension(nonce.toReversed())] }), "ocsp_nonce_mismatch"],
  ["thisUpdate 60 s ahead", single({ thisUpdate: now + 60 }), "good"],
  ["thisUpdate in the future", single({ thisUpdate: now + 61 }), "ocsp_not_fresh"],
  ["producedAt 60 s ahead", single({}, { producedAt: now + 60 }), "good"],
  ["producedAt in the future", single({}, { producedAt: now + 61 }), "ocsp_not_fresh"],
  ["thisUpdate ahead with no skew allowed", single({ thisUpdate: now + 1 }), "ocsp_not_fresh", { clockSkew: 0 }],
  ["nextUpdate before thisUpdate", single({ thisUpdate: now + 30, nextUpdate: now + 20 }), "ocsp_not_fresh"],
  ["an archived answer, judged at its time", single({}), "good", { time: now + 500 }],
  ["an archived answer, judged today", single({}), "ocsp_responder_untrusted", { time: now + 365 * day }],
  ["a stale revocation", single({ status: revoked(now - day), nextUpdate: now - 1 }), "ocsp_not_fresh"],

  ["other nonce", single({}, { extensions: [nonceExtension(Uint8Array.from(nonce, (octet) => octet ^ 1))] }), "ocsp_nonce_mismatch"],
  ["other nonce, though none is required", single({}, { extensions: [nonceExtension(nonce.toReversed())] }), "ocsp_nonce_mismatch", { nonceRequired: false }],
  ["a prefix of the nonce", single({}, { extensions: [nonceExtension(nonce.subarray(0, 16))] }), "ocsp_nonce_mismatch"],
  ["no nonce, required", single({}, { extensions: [] }), "ocsp_nonce_mismatch"],
  ["no nonce, not required", single({}, { extensions: [] }), "good", { nonceRequired: false }],
  ["nonce not asked for", single({}), "good", { nonce: null }],
  ["nonce critical", single({}, { extensions: [nonceExtension(nonce, true)] }), "unknown_critical_extension"],
  ["critical extension in the answer", single({}, { extensions: [nonceExtension(nonce), unknownExtension(true)] }), "unknown_critical_extension"],
  ["critical extension in the single response", single({ extensions: [unknownExtension(true)] }), "unknown_critical_extension"],
  ["extensions that are not critical", single({ extensions: [unknownExtension(false)] }, { extensions: [nonceExtension(nonce), unknownExtension(false)] }), "good"],
];

test.each(rows.map(([name, response, expected, options]) => ({ name, response, expected, options })))("$name", ({ response, expected, options }) => {
  expect(judge(response, options)).toBe(expected);
});

test("the status carries times, revocation date and reason", () => {
  const verdict = verifyOcspResponse({
    response: single({ status: revoked(now - day, 4) }),
    certificate: parsed(leaf),
    issuer: parsed(authority.certificate),
    time: now,
    nonce,
    nonceRequired: true,
    maximumAge: null,
  });
  expect(verdict).toEqual({
    valid: true,
    value: { status: "revoked", thisUpdate: now - 10, nextUpdate: now + 600, producedAt: now - 10, revokedAt: now - day, reason: "superseded" },
  });
});
