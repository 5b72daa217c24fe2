import {
  certificateIssuer, crlOf, crlSigner, deltaOf, judge as judgeRevocation, leafSerial as revokedSerial, leafWith, listing, named, pointIssuer, points, read,
  root, scopedBy, sub,
} from "./crl-revocation-world.ts";
import { authority as crlAuthority, judgeByCrl, leafSerial } from "./crl-world.ts";
import { signedAnew, signedParts } from "./mutate-structure.ts";
import { authority as ocspAuthority, authorityAnswer, certId, delegatedAnswer, judge as judgeAnswer } from "./ocsp-world.ts";
import { concatBytes } from "../../src/bytes.ts";
import { validatePath } from "../../src/pki/path.ts";
import { now } from "../certificates/authority.ts";
import { type Chain, makeChain } from "../certificates/chain.ts";
import { directoryName, dns, inhibitAnyPolicy, ip, mailbox, nameConstraints, policies, policyConstraints, policyMappings, subjectAltName, uri } from "../certificates/constraints.ts";
import { authorityCrl, cRLNumber, fullName, issuingDistributionPoint, reasonCode, scopeFlags } from "../certificates/crl-factory.ts";
import { enumerated, explicit, octetString, oid, sequence } from "../certificates/der-writer.ts";
import { jpkiAuthority, jpkiCertificate } from "../certificates/jpki.ts";
import { signBy, testKey, type TestKey } from "../certificates/keys.ts";
import { name } from "../certificates/names.ts";
import { responderKey, revoked } from "../certificates/ocsp-factory.ts";
import { judge as judgeJpki } from "../jpki/judge.ts";

/** What is damaged, and who judges the damage. */
export interface FuzzTarget {
  readonly group: "certificate" | "crl" | "ocsp";
  readonly name: string;
  readonly original: Uint8Array;
  /** What {@link judge} says of the original. */
  readonly outcome: string;
  readonly judge: (input: Uint8Array) => string;
  /** What the signature covers. */
  readonly signed: Uint8Array;
  /** The original with what is signed changed, signed by the right key again. */
  readonly signAnew: (change: (toBeSigned: Uint8Array) => Uint8Array) => Uint8Array;
}

type Signed = Pick<FuzzTarget, "original" | "signed" | "signAnew">;
const signedBy = (key: TestKey, original: Uint8Array, around: (changed: Uint8Array) => Uint8Array = (changed) => changed, structure = original): Signed => ({
  original,
  signed: signedParts(structure).toBeSigned,
  signAnew: (change) => around(signedAnew(structure, change, (toBeSigned) => signBy(key, toBeSigned))),
});

const restricting = [
  nameConstraints({ permitted: [dns("a.jp"), mailbox("a.jp"), uri(".a.jp"), ip(192, 0, 2, 0, 255, 255, 255, 0)], excluded: [directoryName(name(["C", "US"]))] }),
  policies("1.3.9.1", "1.3.9.2"), policyMappings(["1.3.9.1", "1.3.9.3"]), policyConstraints({ explicit: 0, mapping: 1 }), inhibitAnyPolicy(0),
];
const restricted = [subjectAltName(dns("*.a.jp"), mailbox("x@a.jp"), uri("https://b.a.jp/"), ip(192, 0, 2, 1)), policies("1.3.9.3")];
const chain = makeChain({}, { extensions: restricting }, { extensions: restricted });
const between = chain.intermediates[0] ?? chain.certificate;
function judgeChain(changes: Partial<Chain>): string {
  const verdict = validatePath({ ...chain, ...changes, time: now });
  return verdict.valid ? "valid" : verdict.code;
}

const certificates: readonly FuzzTarget[] = [
  { group: "certificate", name: "a person's certificate", outcome: "valid", ...signedBy(jpkiAuthority().key, jpkiCertificate()), judge: judgeJpki },
  { group: "certificate", name: "a leaf with names and policies", outcome: "valid", ...signedBy(testKey("p256", "level 1"), chain.certificate), judge: (certificate) => judgeChain({ certificate }) },
  { group: "certificate", name: "an authority that restricts", outcome: "valid", ...signedBy(testKey("p256", "level 0"), between), judge: (damaged) => judgeChain({ intermediates: [damaged] }) },
];

const others = [1, 2, 3].map((serialNumber) => ({ serialNumber, extensions: [reasonCode(serialNumber)] }));
const central = crlSigner(named("Central"), root);
const indirectLeaf = { leaf: leafWith(points(concatBytes(fullName(named("City")), pointIssuer(central.subject)))), candidates: [read(central.certificate)] };
const indirect = scopedBy(central, issuingDistributionPoint(fullName(named("City")), scopeFlags.indirect), { entries: [{ serialNumber: 5, extensions: [certificateIssuer(sub.subject)] }] });
const hold = crlOf(sub, { entries: listing(revokedSerial, 6) });
const lifting = crlOf(sub, { extensions: [cRLNumber(8), deltaOf(7)], entries: listing(revokedSerial, 8) });

const crls: readonly FuzzTarget[] = [
  { group: "crl", name: "a CRL that does not list the certificate", outcome: "good", ...signedBy(crlAuthority.key, authorityCrl(crlAuthority, { entries: others })), judge: judgeByCrl },
  { group: "crl", name: "a CRL that lists it", outcome: "revoked", ...signedBy(crlAuthority.key, authorityCrl(crlAuthority, { entries: [...others, { serialNumber: leafSerial }] })), judge: judgeByCrl },
  { group: "crl", name: "a direct CRL of a path", outcome: "good", ...signedBy(sub.key, crlOf(sub)), judge: (crl) => judgeRevocation([crl, crlOf(root)]) },
  { group: "crl", name: "an indirect CRL of a path", outcome: "good", ...signedBy(central.key, indirect), judge: (crl) => judgeRevocation([crl, crlOf(root)], indirectLeaf) },
  { group: "crl", name: "a delta CRL that lifts a hold", outcome: "good", ...signedBy(sub.key, lifting), judge: (crl) => judgeRevocation([crl, crlOf(root), hold]) },
];

const basicResponse = oid("1.3.6.1.5.5.7.48.1.1");
/** An answer: what is signed is in the BasicOCSPResponse, in an OCTET STRING whose length takes three octets. */
function answer(key: TestKey, original: Uint8Array): Signed {
  const basic = original.subarray(Buffer.from(original).indexOf(basicResponse) + basicResponse.length + 4);
  return signedBy(key, original, (changed) => sequence(enumerated(0), explicit(0, sequence(basicResponse, octetString(changed)))), basic);
}
const answers: readonly FuzzTarget[] = [
  { group: "ocsp", name: "good, by a delegated responder", outcome: "good", ...answer(responderKey(), delegatedAnswer()), judge: judgeAnswer },
  { group: "ocsp", name: "good, by the authority", outcome: "good", ...answer(ocspAuthority.key, authorityAnswer()), judge: judgeAnswer },
  { group: "ocsp", name: "revoked", outcome: "revoked", ...answer(ocspAuthority.key, authorityAnswer({ responses: [{ certId, status: revoked(now - 60, 1) }] })), judge: judgeAnswer },
];

export const fuzzTargets: readonly FuzzTarget[] = [...certificates, ...crls, ...answers];
