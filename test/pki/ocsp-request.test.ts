import { expect, test } from "vitest";
import { buildOcspRequest } from "../../src/pki/ocsp-request.ts";
import { authority, leaf, nonce } from "./ocsp-world.ts";
import { explicit, sequence } from "../certificates/der-writer.ts";
import { encodeExtension } from "../certificates/extensions.ts";
import { certIdDer, nonceExtension, parsed } from "../certificates/ocsp-factory.ts";

const subject = { certificate: parsed(leaf), issuer: parsed(authority.certificate) };
const requestList = (hash: "sha1" | "sha256") => sequence(sequence(certIdDer(leaf, authority.certificate, { hash })));
const requestExtensions = (octets: Uint8Array) => explicit(2, sequence(encodeExtension(nonceExtension(octets))));

const rows = [
  ["SHA-1 and a nonce of 32 octets", buildOcspRequest({ ...subject, nonce }), sequence(sequence(requestList("sha1"), requestExtensions(nonce)))],
  ["SHA-256", buildOcspRequest({ ...subject, nonce, hash: "sha256" }), sequence(sequence(requestList("sha256"), requestExtensions(nonce)))],
  [
    "a nonce of 16 octets",
    buildOcspRequest({ ...subject, nonce: nonce.subarray(0, 16) }),
    sequence(sequence(requestList("sha1"), requestExtensions(nonce.subarray(0, 16)))),
  ],
  ["no nonce", buildOcspRequest({ ...subject, nonce: null }), sequence(sequence(requestList("sha1")))],
] as const;

test.each(rows)("%s", (_, request, expected) => {
  expect(Buffer.from(request).toString("hex")).toBe(Buffer.from(expected).toString("hex"));
});

test.each([0, 15, 33])("a nonce of %i octets is a mistake of the caller", (length) => {
  expect(() => buildOcspRequest({ ...subject, nonce: new Uint8Array(length) })).toThrow(RangeError);
});
