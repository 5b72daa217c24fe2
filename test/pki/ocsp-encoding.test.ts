import { expect, test } from "vitest";
import { concatBytes, utf8 } from "../../src/bytes.ts";
import { parseOcspResponse } from "../../src/pki/ocsp-message.ts";
import { authority, certId, delegatedAnswer, judge, nonce } from "./ocsp-world.ts";
import { bitString, boolean, context, contextConstructed, der, enumerated, explicit, generalizedTime, integer, octetString, oid, sequence, tag } from "../certificates/der-writer.ts";
import { schemes } from "../certificates/keys.ts";
import { byName, nonceExtension, responderCertificate, responderName, revoked } from "../certificates/ocsp-factory.ts";
import { now } from "../certificates/authority.ts";

/** Answers that are not the DER of a successful basic response. */

const right = delegatedAnswer();
const basicOid = oid("1.3.6.1.5.5.7.48.1.1");
const wrapped = (basic: Uint8Array, type = basicOid) => sequence(enumerated(0), explicit(0, sequence(type, octetString(basic))));
/** A basic response whose signature is nonsense: what is malformed is refused before the signature is looked at. */
const unsignedBasic = (producedAt: Uint8Array, ...extensions: readonly Uint8Array[]) =>
  sequence(
    sequence(byName(responderName), producedAt, sequence(), explicit(1, sequence(...extensions))),
    schemes.ecdsaWithSha256.algorithm,
    bitString(new Uint8Array(8)),
  );
const unsigned = (...extensions: readonly Uint8Array[]) => wrapped(unsignedBasic(generalizedTime(now), ...extensions));
const nonceOid = oid("1.3.6.1.5.5.7.48.1.2");
const nonceOctets = octetString(octetString(nonce));
const someNonce = sequence(nonceOid, nonceOctets);
const producedAt = (digits: string) => wrapped(unsignedBasic(der(tag.generalizedTime, utf8(digits)), someNonce));
const withStatus = (octets: Uint8Array) => single({ status: octets });
const single = (fields: { status?: Uint8Array }) => delegatedAnswer({ responses: [{ certId, ...fields }] });
const nested = (depth: number) => {
  let value: Uint8Array = sequence();
  for (let level = 0; level < depth; level += 1) value = sequence(value);
  return value;
};
/** Name, answer, and a part of the reason the operator reads: all share a code. */
const malformed: readonly (readonly [name: string, response: Uint8Array, reason: string])[] = [
  ["empty", new Uint8Array(), "expected tag 30, found the end"],
  ["HTML", utf8("<!doctype html><title>502 Bad Gateway</title>"), "expected tag 30, found 3c"],
  ["one trailing octet", concatBytes(right, Uint8Array.of(0)), "unexpected octets"],
  ["a second answer appended", concatBytes(right, right), "unexpected octets"],
  ["last octet missing", right.subarray(0, -1), "length beyond the end"],
  ["half of it", right.subarray(0, right.length / 2), "length beyond the end"],
  ["header alone", right.subarray(0, 4), "length beyond the end"],
  ["indefinite length", concatBytes(Uint8Array.of(0x30, 0x80), right.subarray(4), new Uint8Array(2)), "indefinite length"],
  ["length 0xffffffff", Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff), "length beyond the end"],
  ["length not minimal", concatBytes(Uint8Array.of(0x30, 0x83, 0x00), right.subarray(2)), "length not minimal"],
  ["nested 5,000 deep", nested(5000), "expected tag a, found 30"],
  ["64 KiB of NULLs", sequence(...Array.from({ length: 32_000 }, () => der(0x05))), "expected tag a, found 5"],
  ["successful without responseBytes", sequence(enumerated(0)), "successful without responseBytes"],
  ["responseStatus 4", delegatedAnswer({ responseStatus: 4 }), "responseStatus not valid"],
  ["responseStatus 7", delegatedAnswer({ responseStatus: 7 }), "responseStatus not valid"],
  ["not a basic response", wrapped(sequence(), oid("1.3.6.1.5.5.7.48.1.3")), "not a basic response"],
  ["basic response empty", wrapped(sequence()), "found the end"],
  ["octets after the basic response", wrapped(concatBytes(unsignedBasic(generalizedTime(now), someNonce), sequence())), "unexpected octets"],
  ["version v1 written out", delegatedAnswer({ version: explicit(0, integer(0)) }), "expected tag a2, found a0"],
  ["version v2", delegatedAnswer({ version: explicit(0, integer(1)) }), "expected tag a2, found a0"],
  ["no responderID", delegatedAnswer({ responderId: new Uint8Array() }), "expected tag a2, found 18"],
  ["status of no kind", withStatus(der(context(3))), "expected tag a1, found 83"],
  ["good with contents", withStatus(der(context(0), Uint8Array.of(0))), "NULL with contents"],
  ["good constructed", withStatus(der(contextConstructed(0))), "expected tag a1, found a0"],
  ["two statuses", withStatus(concatBytes(der(context(0)), der(context(0)))), "expected tag 18, found 80"],
  ["revoked without a time", withStatus(der(contextConstructed(1))), "expected tag 18, found the end"],
  ["reason 7", withStatus(revoked(now, 7)), "CRLReason not valid"],
  ["reason 11", withStatus(revoked(now, 11)), "CRLReason not valid"],
  ["reason negative", withStatus(der(contextConstructed(1), generalizedTime(now), explicit(0, der(0x0a, Uint8Array.of(0xff))))), "INTEGER out of range"],
  ["producedAt with a fraction", producedAt("20260601000000.5Z"), "GeneralizedTime not valid"],
  ["nonce twice", delegatedAnswer({ extensions: [nonceExtension(nonce), nonceExtension(nonce)] }), "extension 1.3.6.1.5.5.7.48.1.2 twice"],
  ["two values in the nonce", delegatedAnswer({ extensions: [{ ...nonceExtension(nonce), value: concatBytes(octetString(nonce), octetString(nonce)) }] }), "unexpected octets"],
  ["producedAt without seconds", producedAt("202606010000Z"), "GeneralizedTime not valid"],
  ["BOOLEAN 01", unsigned(sequence(nonceOid, der(tag.boolean, Uint8Array.of(1)), nonceOctets)), "BOOLEAN neither 00 nor FF"],
  ["a certificate that is none", delegatedAnswer({ certificates: [sequence()] }), "expected tag 30, found the end"],
  ["too many certificates", delegatedAnswer({ certificates: Array.from({ length: 9 }, () => responderCertificate(authority)) }), "too many certificates"],
  ["too many responses", delegatedAnswer({ responses: Array.from({ length: 65 }, () => ({ certId })) }), "too many responses"],
  ["explicit FALSE", unsigned(sequence(nonceOid, boolean(false), nonceOctets)), "default value encoded"],
  ["an extension without value", unsigned(sequence(nonceOid)), "expected tag 4, found the end"],
  ["extensions empty", unsigned(), "Extensions empty"],
];

test("the frame of these cases is itself well formed", () => {
  for (const frame of [unsigned(sequence(nonceOid, boolean(true), nonceOctets)), producedAt("20260601000000Z")]) expect(judge(frame)).toBe("ocsp_responder_untrusted");
});

test.each(malformed)("%s", (_, response, reason) => {
  expect(judge(response)).toBe("malformed_ocsp_response");
  expect(parseOcspResponse(response)).toMatchObject({ at: expect.stringContaining(reason) });
});

const failed: readonly (readonly [name: string, response: Uint8Array])[] = [
  ["tryLater with a good body", delegatedAnswer({ responseStatus: 3 })],
  ["malformedRequest", sequence(enumerated(1))],
  ["internalError", sequence(enumerated(2))],
  ["tryLater", sequence(enumerated(3))],
  ["sigRequired", sequence(enumerated(5))],
  ["unauthorized", sequence(enumerated(6))],
];

test.each(failed)("%s is not an answer", (_, response) => {
  expect(judge(response)).toBe("ocsp_not_successful");
});

test("over 64 KiB is not read", () => {
  expect(judge(concatBytes(right, new Uint8Array(64 * 1024)))).toBe("ocsp_response_too_large");
});
