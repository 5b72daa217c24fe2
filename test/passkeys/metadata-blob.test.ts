import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { toBase64, toBase64Url, utf8 } from "../../src/bytes.ts";
import { readMetadataBlob } from "../../src/passkeys/metadata-blob.ts";
import { now, year } from "../certificates/authority.ts";
import { dns, subjectAltName } from "../certificates/constraints.ts";
import { authorityKeyIdentifier, basicConstraints, extendedKeyUsage, keyUsage, subjectKeyIdentifier } from "../certificates/extensions.ts";
import { testKey } from "../certificates/keys.ts";
import {
  blob, dateIn, ecKey, entry, expiredIntermediate, goodHeader, intermediate, model, payload, root, rsaKey, secondRoot, signature, signer, signerCertificate, stranger, trust,
} from "./metadata-world.ts";

const read = (text: string | Uint8Array, changes: Partial<typeof trust> = {}, time = now): string => {
  const verdict = readMetadataBlob(typeof text === "string" ? utf8(text) : text, { ...trust, ...changes }, time);
  return verdict.valid ? "accepted" : `${verdict.code} ${verdict.at}`;
};
const chain = (...certificates: readonly Uint8Array[]): object => ({ ...goodHeader, x5c: certificates.map(toBase64) });
/** The good BLOB with one of its three parts replaced. */
const withPart = (index: 0 | 1 | 2, change: (part: string) => string): string => {
  const parts = blob().split(".");
  parts[index] = change(parts[index] ?? "");
  return parts.join(".");
};
/** One bit of the last octet turned over. */
const flipped = (part: string): string => {
  const octets = Buffer.from(part, "base64url");
  octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 1;
  return octets.toString("base64url");
};
const unsigned = (header: object): string => [header, payload()].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(".");
const leafExtensions = [subjectKeyIdentifier(utf8("signer")), authorityKeyIdentifier(intermediate.keyIdentifier), basicConstraints(false), subjectAltName(dns(signer))];
const p384 = testKey("p384", "mds signer");

const accepted: [string, string][] = [
  ["signed by ES256, by way of an intermediate", blob()],
  ["signed by RS256", blob(payload(), { ...chain(signerCertificate(root, { key: rsaKey })), alg: "RS256" }, rsaKey)],
  ["issued by an anchor itself", blob(payload(), chain(signerCertificate(root)))],
  ["issued by the second anchor", blob(payload(), chain(signerCertificate(secondRoot)))],
  ["with the anchor sent along", blob(payload(), chain(signerCertificate(intermediate), intermediate.certificate, root.certificate))],
  ["with a line break at its end, as in a file", `${blob()}\n`],
  ["without entries", blob(payload({ entries: [] }))],
];
test.each(accepted)("a BLOB is taken when it is %s", (_name, text) => expect(read(text)).toBe("accepted"));

test("what was taken: number, date, models, and the digest of its payload", () => {
  const verdict = readMetadataBlob(utf8(blob()), trust, now);
  expect(verdict).toMatchObject({ valid: true, value: { number: 7, nextUpdate: Date.parse(dateIn(10)) / 1000, digest: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  expect(verdict.valid && [...verdict.value.models.keys()]).toEqual([model, "cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd"]);
});

const refused: [string, string | Uint8Array, string | RegExp][] = [
  // Its form
  ["empty", "", /^malformed_metadata/],
  ["a page", "<html><body>Service Unavailable. Try again.</body></html>", /^malformed_metadata/],
  ["JSON", JSON.stringify(payload()), /^malformed_metadata/],
  ["two parts", blob().split(".").slice(0, 2).join("."), "malformed_metadata JWS compact serialization"],
  ["five parts, encrypted", "a.b.c.d.e", "malformed_metadata JWS compact serialization"],
  ["of 50 MB", new Uint8Array(50 * 1024 * 1024).fill(0x61), "metadata_too_large 52428800 octets"],
  ["of a header of 1 MB", withPart(0, () => "e".repeat(1024 * 1024)), "malformed_metadata header"],
  ["of a header that is no JSON", withPart(0, () => toBase64Url(utf8("{"))), "malformed_metadata header"],
  ["of a header that is a list", blob(payload(), []), "malformed_metadata x5c"],
  ["padded", withPart(2, (part) => `${part}=`), "malformed_metadata base64url"],
  ["of a payload that is no JSON", blobOfText("{"), "malformed_metadata JSON"],
  ["of a payload that is not UTF-8", blobOfText(Uint8Array.of(0x22, 0xff, 0x22)), "malformed_metadata JSON"],
  // Its signature
  ["altered in its payload", withPart(1, () => toBase64Url(utf8(JSON.stringify(payload({ no: 8 }))))), "bad_signature BLOB"],
  ["altered in its signature", withPart(2, flipped), "bad_signature BLOB"],
  ["without its signature", withPart(2, () => ""), "bad_signature BLOB"],
  ["signed in DER", `${unsigned(goodHeader)}.${toBase64Url(Uint8Array.from(derSignature(unsigned(goodHeader))))}`, "bad_signature BLOB"],
  ["signed by another key", blob(payload(), goodHeader, testKey("p256", "mds thief")), "bad_signature BLOB"],
  ["of algorithm none", `${unsigned({ ...goodHeader, alg: "none" })}.`, "unsupported_algorithm alg"],
  ["of algorithm None", `${unsigned({ ...goodHeader, alg: "None" })}.`, "unsupported_algorithm alg"],
  ["of no algorithm", `${unsigned({ ...goodHeader, alg: undefined })}.`, "unsupported_algorithm alg"],
  ["of algorithm HS256, keyed by the public key", hs256(), "unsupported_algorithm alg"],
  ["of algorithm RS256 with an EC key", blob(payload(), { ...goodHeader, alg: "RS256" }), "unsupported_algorithm alg"],
  ["of algorithm ES256 with an RSA key", blob(payload(), chain(signerCertificate(root, { key: rsaKey })), rsaKey), "unsupported_algorithm alg"],
  ["of algorithm ES256 with another curve", blob(payload(), chain(signerCertificate(root, { key: p384 })), p384), "unsupported_algorithm alg"],
  ["of algorithm PS256", blob(payload(), { ...goodHeader, alg: "PS256" }), "unsupported_algorithm alg"],
  ["that must be understood in a way it is not", blob(payload(), { ...goodHeader, crit: ["b64"], b64: false }), "malformed_metadata crit"],
  // Who signed it
  ["without x5c", blob(payload(), { alg: "ES256" }), "malformed_metadata x5c"],
  ["with x5u alone", blob(payload(), { alg: "ES256", x5u: "https://attacker.example/chain.pem" }), "malformed_metadata x5c"],
  ["with a key of its own", blob(payload(), { alg: "ES256", jwk: testKey("p256", "mds thief").privateKey.export({ format: "jwk" }) }), "malformed_metadata x5c"],
  ["with an empty x5c", blob(payload(), chain()), "malformed_metadata x5c"],
  ["with seven certificates", blob(payload(), chain(...Array.from({ length: 7 }, () => root.certificate))), "malformed_metadata x5c"],
  ["with a certificate in base64url", blob(payload(), { ...goodHeader, x5c: [toBase64Url(signerCertificate(root))] }), "malformed_metadata x5c"],
  ["with junk for a certificate", blob(payload(), chain(utf8("junk"))), /^malformed_certificate/],
  ["of another root", blob(payload(), chain(signerCertificate(stranger), stranger.certificate)), /^untrusted_issuer/],
  ["of another root, with an anchor sent along", blob(payload(), chain(signerCertificate(stranger), root.certificate)), /^untrusted_issuer/],
  ["without the intermediate", blob(payload(), chain(signerCertificate(intermediate))), /^untrusted_issuer/],
  ["signed by the anchor itself", blob(payload(), chain(root.certificate), root.key), /^untrusted_issuer/],
  ["with an expired certificate", blob(payload(), chain(signerCertificate(root, { notAfter: now - 1 }))), /^certificate_expired/],
  ["with a certificate of tomorrow", blob(payload(), chain(signerCertificate(root, { notBefore: now + 1 }))), /^certificate_not_yet_valid/],
  ["by way of an expired intermediate", blob(payload(), chain(signerCertificate(expiredIntermediate), expiredIntermediate.certificate)), /^certificate_expired/],
  ["of another host of the same authority", blob(payload(), chain(signerCertificate(root, { host: "attacker.example" }))), /^name_mismatch/],
  ["of a host below", blob(payload(), chain(signerCertificate(root, { host: `x.${signer}` }))), /^name_mismatch/],
  ["of a host whose name only begins alike", blob(payload(), chain(signerCertificate(root, { host: `${signer}.attacker.example` }))), /^name_mismatch/],
  ["of a client's certificate", blob(payload(), chain(signerCertificate(intermediate, { extensions: [...leafExtensions, keyUsage("digitalSignature"), extendedKeyUsage("clientAuth")] }), intermediate.certificate)), /^extended_key_usage_refused/],
  ["of a certificate for nothing named", blob(payload(), chain(signerCertificate(intermediate, { extensions: [...leafExtensions, keyUsage("digitalSignature")] }), intermediate.certificate)), /^extended_key_usage_refused/],
  ["of a key that is not for signatures", blob(payload(), chain(signerCertificate(intermediate, { extensions: [...leafExtensions, keyUsage("keyEncipherment"), extendedKeyUsage("serverAuth")] }), intermediate.certificate)), /^key_usage_refused/],
  // What it says is in metadata-payload.test.ts
  ["of entries listed twice", blob(payload({ entries: [entry(model), entry(model.toUpperCase())] })), "malformed_metadata entries[1].aaguid twice"],
];
test.each(refused)("a BLOB is refused when it is %s", (_name, text, expected) => {
  if (typeof expected === "string") expect(read(text)).toBe(expected);
  else expect(read(text)).toMatch(expected);
});

test("no anchor, no metadata; and a chain ends with its certificates", () => {
  expect(read(blob(), { anchors: [] })).toMatch(/^untrusted_issuer/);
  expect(read(blob(), { anchors: [secondRoot.certificate] })).toMatch(/^untrusted_issuer/);
  expect(read(blob(), { signer: "mds.example" })).toMatch(/^name_mismatch/);
  expect(read(blob(), {}, now + 2 * year)).toMatch(/^certificate_expired/);
});

function blobOfText(text: string | Uint8Array): string {
  const octets = typeof text === "string" ? utf8(text) : text;
  const input = `${toBase64Url(utf8(JSON.stringify(goodHeader)))}.${toBase64Url(octets)}`;
  return `${input}.${signature(input, ecKey)}`;
}

function hs256(): string {
  const input = unsigned({ ...goodHeader, alg: "HS256" });
  return `${input}.${createHmac("sha256", ecKey.spki).update(input).digest("base64url")}`;
}

/** ECDSA as X.509 writes it, not as JOSE does. */
function derSignature(input: string): Uint8Array {
  const raw = Buffer.from(signature(input, ecKey), "base64url");
  const integer = (octets: Uint8Array): number[] => ((octets[0] ?? 0) < 0x80 ? [2, octets.length, ...octets] : [2, octets.length + 1, 0, ...octets]);
  const content = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];
  return Uint8Array.from([0x30, content.length, ...content]);
}
