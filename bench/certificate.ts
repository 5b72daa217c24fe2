import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { orThrow } from "../src/errors.ts";
import { type EnrolmentStatement, productionPolicies, statementBytes, userAuthenticationProfile, verifyJpkiCertificate, verifyProof } from "../src/jpki/index.ts";
import { type Certificate, parseCertificate } from "../src/pki/certificate.ts";
import { parseOcspResponse } from "../src/pki/ocsp-message.ts";
import { verifyOcspResponse } from "../src/pki/ocsp-response.ts";
import { now } from "../test/certificates/authority.ts";
import { holderKey, jpkiAuthority, jpkiCertificate } from "../test/certificates/jpki.ts";
import { signBy } from "../test/certificates/keys.ts";
import { authorityAnswer, delegatedAnswer, nonce } from "../test/pki/ocsp-world.ts";
import type { Measurement } from "./measurement.ts";

const statement: EnrolmentStatement = {
  iss: "https://bridge.example",
  txn: "dHhu",
  purpose: "enrol",
  client_id: "shop",
  client_name: "お店",
  client_host: "shop.example",
  nonce: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
  iat: now,
  exp: now + 300,
  jkt: "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA",
  code_hash: null,
};

const rounds = 60;
const runsOfRound = 25;

/** A full verification of a person's certificate beside the bare checks of the same signatures, in one run. */
export async function benchCertificate(): Promise<Measurement[]> {
  return [
    compare("full JPKI verification, answer by a delegated responder", delegatedAnswer()),
    compare("full JPKI verification, answer by the authority", authorityAnswer()),
  ];
}

/**
 * Bare: the same four or three signatures by node:crypto alone, with keys as they come. The authority's key
 * is imported once, the holder's and the responder's arrive with the certificates and are given as octets.
 */
function compare(name: string, response: Uint8Array): Measurement {
  const leaf = jpkiCertificate();
  const proof = signBy(holderKey(), statementBytes(statement));
  const issuer = orThrow(parseCertificate(jpkiAuthority().certificate));
  const anchors = { userAuthentication: [issuer.der], signature: [] };

  const full = (): void => {
    const verified = orThrow(verifyJpkiCertificate({ certificate: leaf, anchors, profile: userAuthenticationProfile, policies: productionPolicies.userAuthentication, time: now }));
    orThrow(verifyProof({ statement, certificate: verified, signature: proof }));
    const { certificate, issuer } = verified;
    const { status } = orThrow(verifyOcspResponse({ response, certificate, issuer, time: now, nonce, nonceRequired: true, maximumAge: null }));
    if (status !== "good") throw new Error(`status ${status}`);
  };
  const checks = bareChecks(leaf, proof, response, issuer);
  const bare = (): void => {
    if (!checks.every((check) => check())) throw new Error("a signature does not hold");
  };
  const [ours = 0, baseline = 0] = fastest(full, bare);
  return { name, value: round(ours), unit: "us", baseline: { name: `${checks.length} signatures by node:crypto alone`, value: round(baseline) }, ratio: round(ours / baseline) };
}

function bareChecks(leaf: Uint8Array, proof: Uint8Array, response: Uint8Array, issuer: Certificate): readonly (() => boolean)[] {
  const authorityKey = createPublicKey({ key: Buffer.from(issuer.publicKey.spki), format: "der", type: "spki" });
  const check = (key: KeyObject | Uint8Array, data: Uint8Array, signature: Uint8Array) => {
    const given = key instanceof Uint8Array ? { key: Buffer.from(key), format: "der" as const, type: "spki" as const } : key;
    return (): boolean => verify("sha256", data, given, signature);
  };
  const certificate = orThrow(parseCertificate(leaf));
  const answer = orThrow(parseOcspResponse(response));
  const [responder] = answer.certificates;
  return [
    check(authorityKey, certificate.tbs, certificate.signature),
    check(certificate.publicKey.spki, statementBytes(statement), proof),
    ...(responder === undefined ? [] : [check(authorityKey, responder.tbs, responder.signature)]),
    check(responder?.publicKey.spki ?? authorityKey, answer.tbs, answer.signature),
  ];
}

/** Microseconds of one run in the fastest round of each: taken in turn, so that a busy machine slows both. */
function fastest(...tasks: readonly (() => void)[]): readonly number[] {
  const best = tasks.map(() => Infinity);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const [index, task] of tasks.entries()) {
      const started = performance.now();
      for (let run = 0; run < runsOfRound; run += 1) task();
      best[index] = Math.min(best[index] ?? Infinity, ((performance.now() - started) * 1000) / runsOfRound);
    }
  }
  return best;
}

const round = (value: number): number => Math.round(value * 100) / 100;
