import { expect, test } from "vitest";
import { concatBytes, utf8 } from "../../src/bytes.ts";
import { authority, certId, delegatedAnswer, judge, nonce } from "./ocsp-world.ts";
import { bitString, boolean, context, contextConstructed, der, enumerated, explicit, generalizedTime, integer, octetString, oid, sequence } from "../certificates/der-writer.ts";
import { schemes } from "../certificates/keys.ts";
import { byName, nonceExtension, responderCertificate, responderName, revoked } from "../certificates/ocsp-factory.ts";
import { now } from "../certificates/authority.ts";

/** Answers that are not the DER of a successful basic response. */

const right = delegatedAnswer();
const basicOid = oid("1.3.6.1.5.5.7.48.1.1");
const wrapped = (basic: Uint8Array, type = basicOid) => sequence(enumerated(0), explicit(0, sequence(type, octetString(basic))));
/** An answer whose signature is nonsense: what is malformed is refused before the signature is looked at. */
const unsigned = (...extensions: readonly Uint8Array[]) =>
  wrapped(
    sequence(
      sequence(byName(responderName), generalizedTime(now), sequence(), explicit(1, sequence(...extensions))),
      schemes.ecdsaWithSha256.algorithm,
      bitString(new Uint8Array(8)),
    ),
  );
const nonceOid = oid("1.3.6.1.5.5.7.48.1.2");
const nonceOctets = octetString(octetString(nonce));
const withStatus = (octets: Uint8Array) => single({ status: octets });
const single = (fields: { status?: Uint8Array }) => delegatedAnswer({ responses: [{ certId, ...fields }] });
const nested = (depth: number) => {
  let value: Uint8Array = sequence();
  for (let level = 0; level < depth; level += 1) value = sequence(value);
  return value;
};
/** Every place of `from` becomes `to`, of the same length. */
function replaced(from: Uint8Array, to: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(right).toString("hex").replace(Buffer.from(from).toString("hex"), Buffer.from(to).toString("hex")), "hex");
}
const producedAt = generalizedTime(now - 10);
const timeWithFraction = der(0x18, utf8("20260601000000.5Z"));

const malformed: readonly (readonly [name: string, response: Uint8Array])[] = [
  ["empty", new Uint8Array()],
  ["HTML", utf8("<!doctype html><title>502 Bad Gateway</title>")],
  ["one trailing octet", concatBytes(right, Uint8Array.of(0))],
  ["a second answer appended", concatBytes(right, right)],
  ["last octet missing", right.subarray(0, -1)],
  ["half of it", right.subarray(0, right.length / 2)],
  ["header alone", right.subarray(0, 4)],
  ["indefinite length", concatBytes(Uint8Array.of(0x30, 0x80), right.subarray(4), new Uint8Array(2))],
  ["length 0xffffffff", Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
  ["length not minimal", concatBytes(Uint8Array.of(0x30, 0x83, 0x00), right.subarray(2))],
  ["nested 5,000 deep", nested(5000)],
  ["64 KiB of NULLs", sequence(...Array.from({ length: 32_000 }, () => der(0x05)))],
  ["successful without responseBytes", sequence(enumerated(0))],
  ["responseStatus 4", delegatedAnswer({ responseStatus: 4 })],
  ["responseStatus 7", delegatedAnswer({ responseStatus: 7 })],
  ["not a basic response", wrapped(sequence(), oid("1.3.6.1.5.5.7.48.1.3"))],
  ["basic response empty", wrapped(sequence())],
  ["octets after the basic response", wrapped(concatBytes(sequence(), sequence()))],
  ["version v1 written out", delegatedAnswer({ version: explicit(0, integer(0)) })],
  ["version v2", delegatedAnswer({ version: explicit(0, integer(1)) })],
  ["no responderID", delegatedAnswer({ responderId: new Uint8Array() })],
  ["status of no kind", withStatus(der(context(3)))],
  ["good with contents", withStatus(der(context(0), Uint8Array.of(0)))],
  ["good constructed", withStatus(der(contextConstructed(0)))],
  ["two statuses", withStatus(concatBytes(der(context(0)), der(context(0))))],
  ["revoked without a time", withStatus(der(contextConstructed(1)))],
  ["reason 7", withStatus(revoked(now, 7))],
  ["reason 11", withStatus(revoked(now, 11))],
  ["reason negative", withStatus(der(contextConstructed(1), generalizedTime(now), explicit(0, der(0x0a, Uint8Array.of(0xff)))))],
  ["producedAt with a fraction", replaced(producedAt, timeWithFraction.subarray(0, producedAt.length))],
  ["nonce twice", delegatedAnswer({ extensions: [nonceExtension(nonce), nonceExtension(nonce)] })],
  ["two values in the nonce", delegatedAnswer({ extensions: [{ ...nonceExtension(nonce), value: concatBytes(octetString(nonce), octetString(nonce)) }] })],
  ["BOOLEAN 01", replaced(Uint8Array.of(0x01, 0x01, 0xff), Uint8Array.of(0x01, 0x01, 0x01))],
  ["a certificate that is none", delegatedAnswer({ certificates: [sequence()] })],
  ["too many certificates", delegatedAnswer({ certificates: Array.from({ length: 9 }, () => responderCertificate(authority)) })],
  ["too many responses", delegatedAnswer({ responses: Array.from({ length: 65 }, () => ({ certId })) })],
  ["explicit FALSE", unsigned(sequence(nonceOid, boolean(false), nonceOctets))],
  ["an extension without value", unsigned(sequence(nonceOid))],
  ["extensions empty", unsigned()],
];

test("the frame of these cases is itself well formed", () => {
  expect(judge(unsigned(sequence(nonceOid, boolean(true), nonceOctets)))).toBe("ocsp_responder_untrusted");
});

test.each(malformed)("%s", (_, response) => {
  expect(judge(response)).toBe("malformed_ocsp_response");
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
