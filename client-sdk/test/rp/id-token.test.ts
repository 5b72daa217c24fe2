import { expect, test } from "vitest";
import { checkIdToken } from "../../src/rp/index.ts";

const now = 1_800_000_000;
const accessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
const digestOf = async (algorithm: string, text: string): Promise<Buffer> => Buffer.from(await crypto.subtle.digest(algorithm, new TextEncoder().encode(text)));
const hashOf = async (algorithm: string, text: string): Promise<string> => {
  const digest = await digestOf(algorithm, text);
  return digest.subarray(0, digest.length / 2).toString("base64url");
};
const idToken = (alg: string, claims: object): string => [{ alg }, { iat: now, ...claims }].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).concat("AAAA").join(".");
/** OpenID Connect Core, Appendix A.3 and A.4. */
const hashes = { at_hash: "77QmUPtjPfzWtF2AnpK9RQ", c_hash: "LDktKdoQak3Pk0cnXxCltA" };

const rows: [name: string, token: string, verdict: object][] = [
  ["the specification's examples", idToken("RS256", hashes), { valid: true }],
  ["no c_hash", idToken("ES256", { at_hash: hashes.at_hash }), { valid: true }],
  ["SHA-512", idToken("ES512", { at_hash: await hashOf("SHA-512", accessToken) }), { valid: true }],
  ["a clock a little ahead", idToken("ES256", { ...hashes, iat: now + 30 }), { valid: true }],
  ["issued in the future", idToken("ES256", { ...hashes, iat: now + 31 }), { valid: false, reason: "premature" }],
  ["no iat", idToken("ES256", { ...hashes, iat: undefined }), { valid: false, reason: "premature" }],
  ["of another access token", idToken("ES256", { at_hash: await hashOf("SHA-256", "other") }), { valid: false, reason: "at_hash" }],
  ["by another hash function", idToken("ES384", { at_hash: hashes.at_hash }), { valid: false, reason: "at_hash" }],
  ["the whole digest", idToken("ES256", { at_hash: (await digestOf("SHA-256", accessToken)).toString("base64url") }), { valid: false, reason: "at_hash" }],
  ["no hash", idToken("ES256", {}), { valid: true }],
  ["at_hash a number", idToken("ES256", { at_hash: 1 }), { valid: false, reason: "at_hash" }],
  ["of another code", idToken("ES256", { ...hashes, c_hash: await hashOf("SHA-256", "other") }), { valid: false, reason: "c_hash" }],
  ["alg none", idToken("none", hashes), { valid: false, reason: "malformed" }],
  ["no token", "x", { valid: false, reason: "malformed" }],
];
test.for(rows)("%s", async ([, token, verdict]) => expect(await checkIdToken(token, { accessToken, code, now: () => now })).toEqual(verdict));

test("after a refresh there is no code", async () => {
  expect(await checkIdToken(idToken("ES256", { ...hashes, c_hash: "AAAA" }), { accessToken, now: () => now })).toEqual({ valid: true });
});
