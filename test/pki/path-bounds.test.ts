import { beforeEach, expect, test, vi } from "vitest";
import { fillings, freshSpki, manyKeys, manyPaths, ring, rsaSpkiOf, signatureOf } from "./path-adversary.ts";
import { auditedAlgorithms } from "../../src/pki/algorithm-policy.ts";
import { maximumCertificateLength, parseCertificate } from "../../src/pki/certificate.ts";
import { type PathRequest, validatePath } from "../../src/pki/path.ts";
import { findPath } from "../../src/pki/path-building.ts";
import { refuse } from "../../src/errors.ts";
import { now } from "../certificates/authority.ts";
import { testKey } from "../certificates/keys.ts";
import { parsed } from "../certificates/ocsp-factory.ts";

/** What a request may make the verifier do, counted; `path-bounds-by-hand.ts` measures the time. */

const counted = vi.hoisted(() => ({ verifications: 0 }));
vi.mock(import("node:crypto"), async (original) => {
  const crypto = await original();
  const verify = ((...parameters: Parameters<typeof crypto.verify>) => {
    counted.verifications += 1;
    return crypto.verify(...parameters);
  }) as typeof crypto.verify;
  return { ...crypto, verify };
});
beforeEach(() => {
  counted.verifications = 0;
});

const longExponent = 2n ** 64n - 1n;
const rows: readonly (readonly [name: string, request: () => PathRequest, checks: number])[] = [
  ["32 authorities that certify each other", () => ring(), 100],
  ["32 large authorities that certify each other", () => ring(fillings["policies"]), 100],
  ["64 keys of P-256", () => manyKeys(() => freshSpki("P-256"), { signer: testKey("p256", "nobody") }), 32],
  ["64 keys of P-384", () => manyKeys(() => freshSpki("P-384"), { signer: testKey("p384", "nobody") }), 32],
  ["64 keys of P-521", () => manyKeys(() => freshSpki("P-521"), { signer: testKey("p521", "nobody") }), 20],
  ["64 keys of DSA", () => manyKeys(() => testKey("dsa-1024").spki, { signer: testKey("dsa-1024", "nobody") }), 25],
  ["64 keys of RSA-4096, long exponents", () => manyKeys((index) => rsaSpkiOf(4096, longExponent, index), signatureOf(512)), 32],
  ["64 keys of RSA-8192, long exponents", () => manyKeys((index) => rsaSpkiOf(8192, longExponent, index), signatureOf(1024)), 25],
  ["64 keys of RSA-16384", () => manyKeys((index) => rsaSpkiOf(16384, 65537n, index), signatureOf(2048)), 0],
  ["64 keys of RSA-2048, exponents of 65 bits", () => manyKeys((index) => rsaSpkiOf(2048, 2n ** 64n + 1n, index), signatureOf(256)), 0],
  ["64 keys of RSA-2048, exponents as long as the modulus", () => manyKeys((index) => rsaSpkiOf(2048, 2n ** 2047n + 1n, index), signatureOf(256)), 0],
];

test.each(rows.map(([name, request, checks]) => ({ name, request, checks })))("signature checks: $name", ({ request, checks }) => {
  const verdict = validatePath({ ...request(), algorithms: auditedAlgorithms });
  expect(verdict).toMatchObject({ code: "path_too_complex" });
  expect(counted.verifications).toBe(checks);
});

test.each(Object.entries(fillings))("paths judged: %s", (_, filling) => {
  const request = manyPaths(filling);
  const judged: number[] = [];
  const verdict = findPath({
    certificate: parsed(request.certificate),
    intermediates: (request.intermediates ?? []).map(parsed),
    trustAnchors: request.trustAnchors.map(parsed),
    unreadable: null,
    acceptDsa: false,
    judge: (path) => {
      judged.push(path.reduce((octets, { der }) => octets + der.length, 0));
      return refuse("policy_refused", "to go on");
    },
  });
  expect(verdict).toMatchObject({ code: "path_too_complex" });
  expect(judged.length).toBeGreaterThan(0);
  expect(judged.length).toBeLessThanOrEqual(32);
  expect(judged.reduce((all, octets) => all + octets, 0)).toBeLessThanOrEqual(256 * 1024);
});

test.each([
  ["as many octets as are read", 0, "malformed_certificate"],
  ["one more", 1, "path_too_complex"],
])("intermediates: %s", (_, more, code) => {
  const intermediates = Array.from({ length: 32 }, (_zero, index) => new Uint8Array(16 * 1024 + (index === 0 ? more : 0)));
  const { certificate, trustAnchors } = ring();
  expect(validatePath({ certificate, trustAnchors, intermediates, time: now })).toMatchObject({ code });
});

test.each(Object.entries(fillings).filter(([name]) => name !== "nothing"))("the certificates are as large as they may be: %s", (_, filling) => {
  for (const der of manyPaths(filling).intermediates ?? []) {
    expect(parseCertificate(der)).toMatchObject({ valid: true });
    expect(der.length).toBeGreaterThan(0.7 * maximumCertificateLength);
  }
});
