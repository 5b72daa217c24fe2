import { expect, test } from "vitest";
import { sha1 } from "../../src/pki/digest.ts";
import { keyPurposeOid } from "../../src/pki/oid.ts";
import { authority, authorityAnswer, delegatedAnswer, judge, type Judging, leaf, lookAlike } from "./ocsp-world.ts";
import { makeAuthority, now, year } from "../certificates/authority.ts";
import { buildCertificate, withExtensions, withoutExtension } from "../certificates/certificate.ts";
import { unknownExtension } from "../certificates/crl-factory.ts";
import { explicit, octetString, oid, sequence } from "../certificates/der-writer.ts";
import { extendedKeyUsage, type ExtensionSpec, keyUsage } from "../certificates/extensions.ts";
import { holderKey, jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { schemes, testKey } from "../certificates/keys.ts";
import { byKey, byName, parsed, responderCertificate, responderExtensions, responderKey, responderName } from "../certificates/ocsp-factory.ts";

/** Who may sign an answer (RFC 6960 4.2.2.2). */

const attacker = testKey("p256", "attacker");
const otherAuthority = jpkiAuthority("signature");
const leafSubject = parsed(leaf).subject.der;
const withExtension = (...extensions: readonly ExtensionSpec[]) =>
  delegatedAnswer({ certificates: [responderCertificate(authority, { extensions: withExtensions(responderExtensions, ...extensions) })] });
const withoutOid = (removed: string) =>
  delegatedAnswer({ certificates: [responderCertificate(authority, { extensions: withoutExtension(responderExtensions, removed) })] });
const clientAuthSibling = buildCertificate({
  issuer: authority.subject,
  subject: responderName,
  notBefore: now - year,
  notAfter: now + year,
  spki: responderKey().spki,
  extensions: [keyUsage("digitalSignature"), extendedKeyUsage("clientAuth")],
  signer: authority.key,
});
/** What a holder can make: his own certificate once more, as a responder, signed by his own key. */
const grantedByHolder = responderCertificate(authority, { subject: leafSubject, spki: holderKey().spki, signer: holderKey() });
const attackersResponder = (subject = responderName) =>
  responderCertificate(lookAlike, { subject, issuer: authority.subject, spki: attacker.spki });

type Row = readonly [name: string, response: Uint8Array, expected: string, options?: Judging];
const rows: readonly Row[] = [
  ["delegated responder, by name", delegatedAnswer(), "good"],
  ["delegated responder, by key", delegatedAnswer({ responderId: byKey(responderCertificate(authority)) }), "good"],
  ["signed by the authority, no certificates", authorityAnswer(), "good"],
  ["signed by the authority, by key", authorityAnswer({ responderId: byKey(authority.certificate) }), "good"],
  ["signed by the authority, its certificate sent along", authorityAnswer({ certificates: [authority.certificate] }), "good"],
  ["a stranger's certificate beside the right one", delegatedAnswer({ certificates: [attackersResponder(), responderCertificate(authority)] }), "good"],
  ["delegated responder without keyUsage", withoutOid("2.5.29.15"), "good"],
  ["delegated responder without nocheck", withoutOid("1.3.6.1.5.5.7.48.1.5"), "good"],
  ["responder of the same authority with an RSA key", delegatedAnswer({ signer: holderKey(), certificates: [responderCertificate(authority, { spki: holderKey().spki })] }), "good"],

  ["attacker names the real responder and sends its certificate", delegatedAnswer({ signer: attacker }), "bad_signature"],
  ["attacker names the real responder and sends none", delegatedAnswer({ signer: attacker, certificates: [] }), "ocsp_responder_untrusted"],
  ["attacker names the authority", authorityAnswer({ signer: attacker }), "bad_signature"],
  ["attacker's certificate under the authority's name", delegatedAnswer({ signer: attacker, certificates: [attackersResponder()] }), "ocsp_responder_untrusted"],
  [
    "self-signed responder",
    delegatedAnswer({ signer: attacker, certificates: [responderCertificate(authority, { issuer: responderName, spki: attacker.spki, signer: attacker })] }),
    "ocsp_responder_untrusted",
  ],
  [
    "self-signed responder with the authority's name",
    authorityAnswer({ signer: attacker, certificates: [makeAuthority({ key: attacker, subject: authority.subject }).certificate] }),
    "ocsp_responder_untrusted",
  ],
  [
    "self-signed responder with the authority's name and OCSPSigning",
    authorityAnswer({ signer: attacker, certificates: [responderCertificate(authority, { subject: authority.subject, spki: attacker.spki, signer: attacker })] }),
    "ocsp_responder_untrusted",
  ],
  ["responder of a look-alike authority", delegatedAnswer({ certificates: [responderCertificate(lookAlike)] }), "ocsp_responder_untrusted"],
  ["responder of another trusted authority", delegatedAnswer({ certificates: [responderCertificate(otherAuthority)] }), "ocsp_responder_untrusted"],
  ["responder of another generation of the authority", delegatedAnswer({ certificates: [responderCertificate(jpkiAuthority("authentication", 2))] }), "ocsp_responder_untrusted"],
  ["signed by another generation of the authority", authorityAnswer({ signer: jpkiAuthority("authentication", 2).key }), "bad_signature"],
  ["holder signs own status, in a certificate that grants it OCSPSigning", delegatedAnswer({ signer: holderKey(), responderId: byName(leafSubject), certificates: [grantedByHolder] }), "ocsp_responder_untrusted"],
  ["holder signs own status", delegatedAnswer({ signer: holderKey(), responderId: byName(leafSubject), certificates: [leaf] }), "ocsp_responder_untrusted"],
  ["responder issued by the holder", delegatedAnswer({ certificates: [responderCertificate(authority, { issuer: leafSubject, signer: holderKey() }), leaf] }), "ocsp_responder_untrusted"],
  ["the authority's key under another issuer's name", delegatedAnswer({ certificates: [responderCertificate(authority, { issuer: otherAuthority.subject })] }), "ocsp_responder_untrusted"],
  ["sibling certificate signs", delegatedAnswer({ certificates: [clientAuthSibling] }), "ocsp_responder_untrusted"],
  ["no extended key usage", withoutOid("2.5.29.37"), "ocsp_responder_untrusted"],
  ["anyExtendedKeyUsage", withExtension(extendedKeyUsage("anyExtendedKeyUsage")), "ocsp_responder_untrusted"],
  ["OCSPSigning among others", withExtension(extendedKeyUsage("clientAuth", "ocspSigning")), "good"],
  ["a look-alike of OCSPSigning", withExtension({ ...extendedKeyUsage(), value: sequence(oid(`${keyPurposeOid.ocspSigning}1`)) }), "ocsp_responder_untrusted"],
  ["keyUsage without digitalSignature", withExtension(keyUsage("keyCertSign", "cRLSign")), "ocsp_responder_untrusted"],
  ["unknown critical extension in the responder's certificate", withExtension(unknownExtension(true)), "ocsp_responder_untrusted"],
  ["unknown extension that is not critical", withExtension(unknownExtension(false)), "good"],
  ["responder expired", delegatedAnswer({ certificates: [responderCertificate(authority, { notAfter: now - 1 })] }), "ocsp_responder_untrusted"],
  ["responder in its last second", delegatedAnswer({ certificates: [responderCertificate(authority, { notAfter: now })] }), "good"],
  ["responder not yet valid", delegatedAnswer({ certificates: [responderCertificate(authority, { notBefore: now + 1 })] }), "ocsp_responder_untrusted"],
  ["responder revoked", delegatedAnswer(), "ocsp_responder_untrusted", { isRevoked: (serial) => Buffer.from(serial).equals(Buffer.from([0x23, 0x29])) }],
  ["another serial revoked", delegatedAnswer(), "good", { isRevoked: (serial) => Buffer.from(serial).equals(Buffer.from([0x23, 0x28])) }],
  ["responderID names another name", delegatedAnswer({ responderId: byName(leafSubject) }), "ocsp_responder_untrusted"],
  ["responderID with another key", delegatedAnswer({ responderId: explicit(2, octetString(sha1(attacker.spki))) }), "ocsp_responder_untrusted"],
  ["responderID names the authority, the delegate signs", delegatedAnswer({ responderId: byName(authority.subject) }), "bad_signature"],
  ["SHA-1 under the answer", authorityAnswer({ scheme: schemes.sha1WithRsa }), "weak_algorithm"],
  ["MD5 under the answer", authorityAnswer({ scheme: schemes.md5WithRsa }), "weak_algorithm"],
  ["SHA-1 under the responder's certificate", delegatedAnswer({ certificates: [responderCertificate(authority, { scheme: schemes.sha1WithRsa })] }), "weak_algorithm"],
  [
    "responder with RSA of 1024 bits",
    delegatedAnswer({ signer: testKey("rsa-1024"), certificates: [responderCertificate(authority, { spki: testKey("rsa-1024").spki })] }),
    "weak_key",
  ],
  ["ECDSA algorithm with the authority's RSA key", authorityAnswer({ scheme: { ...schemes.sha256WithRsa, algorithm: schemes.ecdsaWithSha256.algorithm } }), "bad_signature"],
];

test.each(rows.map(([name, response, expected, options]) => ({ name, response, expected, options })))("$name", ({ response, expected, options }) => {
  expect(judge(response, options)).toBe(expected);
});

test("certificate and issuer that do not belong together", () => {
  const signatureLeaf = parsed(jpkiCertificate({ use: "signature" }));
  expect(judge(delegatedAnswer(), { certificate: signatureLeaf })).toBe("ocsp_certificate_mismatch");
});
