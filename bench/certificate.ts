import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { randomBytes, toBase64, toBase64Url } from "../src/bytes.ts";
import { orThrow } from "../src/errors.ts";
import { type EnrolmentStatement, productionPolicies, statementBytes, userAuthenticationProfile, verifyJpkiCertificate, verifyProof } from "../src/jpki/index.ts";
import { type Certificate, parseCertificate } from "../src/pki/certificate.ts";
import { parseOcspResponse } from "../src/pki/ocsp-message.ts";
import { verifyOcspResponse } from "../src/pki/ocsp-response.ts";
import { now } from "../test/certificates/authority.ts";
import { jpkiAuthority, jpkiCertificate } from "../test/certificates/jpki.ts";
import { signBy, testKey } from "../test/certificates/keys.ts";
import { name } from "../test/certificates/names.ts";
import { certIdDer, nonceExtension, responderCertificate } from "../test/certificates/ocsp-factory.ts";
import { authorityAnswer, delegatedAnswer } from "../test/pki/ocsp-world.ts";
import type { Measurement } from "./measurement.ts";

/** J-LIS's responder has a key of RSA, as all of JPKI. */
const responderKey = testKey("rsa-2048", "responder");
const responder = { signer: responderKey, certificates: [responderCertificate(jpkiAuthority(), { spki: responderKey.spki })] };

/** People in a round: each with a key, certificate, statement, proof and answer of their own. */
const peopleCount = 25;
const rounds = 200;

interface Person {
  readonly certificate: Uint8Array;
  readonly statement: EnrolmentStatement;
  readonly proof: Uint8Array;
  readonly nonce: Uint8Array;
  /** OCSP answer by a responder with a certificate of its own, and by the authority itself. */
  readonly delegated: Uint8Array;
  readonly direct: Uint8Array;
}

/** A full verification of people's certificates beside the bare checks of the same signatures, in one run. */
export async function benchCertificate(): Promise<Measurement[]> {
  const people = Array.from({ length: peopleCount }, (_, index) => makePerson(index));
  return [
    compare("full JPKI verification, answer by a delegated responder", people, ({ delegated }) => delegated),
    compare("full JPKI verification, answer by the authority", people, ({ direct }) => direct),
  ];
}

function makePerson(index: number): Person {
  const key = testKey("rsa-2048", `person ${index}`);
  const certificate = jpkiCertificate({ serialNumber: 20_260_001 + index, spki: key.spki, subject: name(["C", "JP"], ["CN", `${10_000_000 + index}ABCD5678EFGH12340001A`]) });
  const nonce = randomBytes(32);
  const statement: EnrolmentStatement = {
    iss: "https://bridge.example",
    txn: toBase64Url(randomBytes(16)),
    purpose: "enrol",
    client_id: "shop",
    client_name: "お店",
    client_host: "shop.example",
    nonce: toBase64Url(randomBytes(32)),
    iat: now,
    exp: now + 300,
    jkt: toBase64Url(randomBytes(32)),
    code_hash: null,
  };
  const answer = { responses: [{ certId: certIdDer(certificate, jpkiAuthority().certificate) }], extensions: [nonceExtension(nonce)] };
  return { certificate, statement, proof: signBy(key, statementBytes(statement)), nonce, delegated: delegatedAnswer({ ...answer, ...responder }), direct: authorityAnswer(answer) };
}

/**
 * Bare: the same four or three signatures by node:crypto alone. The authority's key is imported once, the
 * holder's and the responder's arrive with the certificates: they are given as PEM, the form that Node
 * imports fastest (DER costs about 10 us more a key), made beforehand.
 */
function compare(name: string, people: readonly Person[], responseTo: (person: Person) => Uint8Array): Measurement {
  const issuer = orThrow(parseCertificate(jpkiAuthority().certificate));
  const anchors = { userAuthentication: [issuer.der], signature: [] };

  const full = (person: Person): void => {
    const verified = orThrow(
      verifyJpkiCertificate({ certificate: person.certificate, anchors, profile: userAuthenticationProfile, policies: productionPolicies.userAuthentication, time: now }),
    );
    orThrow(verifyProof({ statement: person.statement, certificate: verified, signature: person.proof }));
    const { certificate, issuer } = verified;
    const { status } = orThrow(
      verifyOcspResponse({ response: responseTo(person), certificate, issuer, time: now, nonce: person.nonce, nonceRequired: true, maximumAge: null }),
    );
    if (status !== "good") throw new Error(`status ${status}`);
  };
  const checksOf = new Map(people.map((person) => [person, bareChecks(person, responseTo(person), issuer)]));
  const bare = (person: Person): void => {
    if (checksOf.get(person)?.every((check) => check()) !== true) throw new Error("a signature does not hold");
  };
  const [ours = 0, baseline = 0] = fastest(people, full, bare);
  const signatures = people.map((person) => checksOf.get(person)?.length ?? 0)[0] ?? 0;
  return { name, value: round(ours), unit: "us", baseline: { name: `${signatures} signatures by node:crypto alone`, value: round(baseline) }, ratio: round(ours / baseline) };
}

function bareChecks({ certificate: leaf, statement, proof }: Person, response: Uint8Array, issuer: Certificate): readonly (() => boolean)[] {
  const authorityKey = createPublicKey(pemOf(issuer));
  const check = (key: KeyObject | string, data: Uint8Array, signature: Uint8Array) => (): boolean => verify("sha256", data, key, signature);
  const certificate = orThrow(parseCertificate(leaf));
  const answer = orThrow(parseOcspResponse(response));
  const [responder] = answer.certificates;
  return [
    check(authorityKey, certificate.tbs, certificate.signature),
    check(pemOf(certificate), statementBytes(statement), proof),
    ...(responder === undefined ? [] : [check(authorityKey, responder.tbs, responder.signature)]),
    check(responder === undefined ? authorityKey : pemOf(responder), answer.tbs, answer.signature),
  ];
}

const pemOf = ({ publicKey }: Certificate): string => `-----BEGIN PUBLIC KEY-----\n${toBase64(publicKey.spki)}\n-----END PUBLIC KEY-----\n`;

/** Microseconds for one person in the fastest round of each: taken in turn, so that a busy machine slows both. */
function fastest(people: readonly Person[], ...tasks: readonly ((person: Person) => void)[]): readonly number[] {
  const best = tasks.map(() => Infinity);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const [index, task] of tasks.entries()) {
      const started = performance.now();
      for (const person of people) task(person);
      best[index] = Math.min(best[index] ?? Infinity, ((performance.now() - started) * 1000) / people.length);
    }
  }
  return best;
}

const round = (value: number): number => Math.round(value * 100) / 100;
