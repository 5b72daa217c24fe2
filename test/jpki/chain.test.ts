import { expect, test } from "vitest";
import { judge, anchors } from "./judge.ts";
import { userAuthenticationProfile } from "../../src/jpki/index.ts";
import { type Authority, authorityExtensions, makeAuthority, now, year } from "../certificates/authority.ts";
import { keyIdentifierOf, withExtensions } from "../certificates/certificate.ts";
import { printableString } from "../certificates/der-writer.ts";
import { authorityKeyIdentifier, basicConstraints } from "../certificates/extensions.ts";
import { holderKey, jpkiAuthority, jpkiAuthorityName, jpkiCertificate, jpkiExtensions } from "../certificates/jpki.ts";
import { testKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";

/** Chain and time, as they look at sign-in. */

const root = jpkiAuthority();
const good = jpkiCertificate();
const elsewhere = makeAuthority({ subject: name(["C", "JP"], ["O", "Elsewhere"]), key: testKey("p256", "elsewhere") });
const lookAlike = makeAuthority({ subject: jpkiAuthorityName("authentication"), key: testKey("p256", "look-alike") });
const subAuthority = makeAuthority({ by: root, subject: name(["C", "JP"], ["O", "Sub"]), key: testKey("p256", "sub") });

/** Another person, whose key signs as if it were an authority's. */
const holder: Authority = {
  certificate: good,
  key: holderKey(),
  subject: name(["C", "JP"], ["CN", "1234ABCD5678EFGH123400A00012A"]),
  keyIdentifier: keyIdentifierOf(holderKey()),
  issuerAndSerial: { issuer: root.subject, serialNumber: Uint8Array.of(0x01, 0x35, 0x24, 0xa1) },
};

const identified = (keyIdentifier: Uint8Array, issuer: Uint8Array, serialNumber: Uint8Array) =>
  jpkiCertificate({ extensions: withExtensions(jpkiExtensions(), authorityKeyIdentifier(keyIdentifier, { issuer, serialNumber })) });

function flipped(at: number): Uint8Array {
  const copy = Uint8Array.from(good);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
const placeOf = (text: string) => Buffer.from(good).indexOf(text);

test.each<readonly [string, Uint8Array, readonly Uint8Array[], string]>([
  ["issued by the pinned authority", good, [], "valid"],
  ["unknown issuer", jpkiCertificate({ by: elsewhere }), [elsewhere.certificate], "untrusted_issuer"],
  ["look-alike authority", jpkiCertificate({ by: lookAlike }), [], "untrusted_issuer"],
  ["look-alike authority sent along", jpkiCertificate({ by: lookAlike }), [lookAlike.certificate], "bad_signature"],
  ["look-alike authority that names the real key", jpkiCertificate({ signer: lookAlike.key }), [lookAlike.certificate], "bad_signature"],
  ["look-alike authority of RSA that names the real key", jpkiCertificate({ signer: testKey("rsa-2048", "look-alike") }), [], "bad_signature"],
  ["self-signed leaf", jpkiCertificate({ by: holder, subject: holder.subject }), [], "untrusted_issuer"],
  ["self-signed leaf sent along as well", jpkiCertificate({ by: holder, subject: holder.subject }), [jpkiCertificate({ by: holder, subject: holder.subject })], "untrusted_issuer"],
  ["signed with another person's certificate", jpkiCertificate({ by: holder, subject: name(["C", "JP"], ["CN", "B"]) }), [good], "not_a_ca"],
  ["family of the signature authority", jpkiCertificate({ use: "signature" }), [], "untrusted_issuer"],
  ["authentication profile under the signature authority", jpkiCertificate({ by: jpkiAuthority("signature") }), [jpkiAuthority("signature").certificate], "untrusted_issuer"],
  ["sub-authority under the pinned one", jpkiCertificate({ by: subAuthority }), [subAuthority.certificate], "untrusted_issuer"],
  ["sub-authority not sent", jpkiCertificate({ by: subAuthority }), [], "untrusted_issuer"],
  ["names in PrintableString against UTF8String", jpkiCertificate({ issuer: name(["C", "JP"], ["O", printableString("JPKI")], ["OU", printableString("JPKI for user authentication")], ["OU", printableString("Japan Agency for Local Authority Information Systems")]) }), [], "valid"],
  ["authority's serial number of another", identified(root.keyIdentifier, root.subject, Uint8Array.of(0x12)), [], "untrusted_issuer"],
  ["authority's issuer of another", identified(root.keyIdentifier, elsewhere.subject, Uint8Array.of(0x11)), [], "untrusted_issuer"],
  ["key identifier of another", identified(elsewhere.keyIdentifier, root.subject, Uint8Array.of(0x11)), [], "untrusted_issuer"],
  ["signature flipped", flipped(good.length - 1), [], "bad_signature"],
  ["subject flipped", flipped(placeOf("1234ABCD")), [], "bad_signature"],
  ["policy flipped", flipped(Buffer.from(good).indexOf(Buffer.from([0x8c, 0x9b, 0x55, 0x08, 0x05, 0x01, 0x03, 0x1e])) + 7), [], "bad_signature"],
  ["anchor sent as leaf", root.certificate, [], "untrusted_issuer"],
  ["anchor sent along", good, [root.certificate], "valid"],
  ["leaf sent along", good, [good, good], "valid"],
  ["unrelated certificates sent along", good, [elsewhere.certificate, lookAlike.certificate, subAuthority.certificate], "valid"],
  ["garbage sent along", good, [new Uint8Array([1, 2, 3]), new Uint8Array(20_000)], "valid"],
])("%s", (_, certificate, intermediates, code) => {
  expect(judge(certificate, { intermediates })).toBe(code);
});

test("the sub-authority's path is right: it is the profile that has one tier", () => {
  const profile = { ...userAuthenticationProfile, maximumIntermediates: 1 };
  expect(judge(jpkiCertificate({ by: subAuthority }), { profile, intermediates: [subAuthority.certificate] })).toBe("valid");
});

test("an authority that the other side sends is never an anchor", () => {
  expect(judge(good, { anchors: { userAuthentication: [], signature: anchors.signature }, intermediates: [root.certificate] })).toBe("untrusted_issuer");
});

test("a pinned authority that cannot be read trusts nobody", () => {
  expect(judge(good, { anchors: { userAuthentication: [root.certificate.subarray(1)], signature: [] } })).toBe("malformed_certificate");
});

const times = { notBefore: now - year, notAfter: now + year } as const;
const timed = jpkiCertificate(times);
test.each([
  ["notBefore exactly", times.notBefore, "valid"],
  ["one second before", times.notBefore - 1, "certificate_not_yet_valid"],
  ["half a second before", times.notBefore - 0.5, "certificate_not_yet_valid"],
  ["notAfter exactly", times.notAfter, "valid"],
  ["within the last second", times.notAfter + 0.9, "valid"],
  ["one second later", times.notAfter + 1, "certificate_expired"],
  ["five years later", times.notAfter + 5 * year, "certificate_expired"],
  ["no time at all", Number.NaN, "certificate_not_yet_valid"],
])("time: %s", (_, time, code) => {
  expect(judge(timed, { time })).toBe(code);
});

const expiredAuthority = makeAuthority({ subject: jpkiAuthorityName("authentication"), key: testKey("p256", "expired"), notAfter: now - 1 });
const futureAuthority = makeAuthority({ subject: jpkiAuthorityName("authentication"), key: testKey("p256", "future"), notBefore: now + 1 });
const pinned = ({ certificate }: Authority) => ({ anchors: { userAuthentication: [certificate], signature: [] } });
const weakened = (changes: Parameters<typeof makeAuthority>[0]) =>
  makeAuthority({ subject: jpkiAuthorityName("authentication"), key: testKey("p256", "weakened"), ...changes });

test.each<readonly [string, Authority, string]>([
  ["authority expired, leaf valid", expiredAuthority, "certificate_expired"],
  ["authority not yet valid", futureAuthority, "certificate_not_yet_valid"],
  ["pinned authority with cA FALSE", weakened({ extensions: [basicConstraints(false)] }), "not_a_ca"],
  ["pinned authority without extensions", weakened({ extensions: [] }), "not_a_ca"],
  ["pinned authority with path length 0", weakened({ extensions: authorityExtensions(keyIdentifierOf(testKey("p256", "weakened")), undefined, 0) }), "valid"],
])("%s", (_, authority, code) => {
  expect(judge(jpkiCertificate({ by: authority }), pinned(authority))).toBe(code);
});

test.each([
  ["notAfter before notBefore, looked at between", { notBefore: now + year, notAfter: now - year }, "certificate_not_yet_valid"],
  ["notAfter before notBefore, both past", { notBefore: now - year, notAfter: now - 2 * year }, "certificate_expired"],
] as const)("time: %s", (_, validity, code) => {
  expect(judge(jpkiCertificate(validity))).toBe(code);
});
