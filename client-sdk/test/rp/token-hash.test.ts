import { expect, test } from "vitest";
import { checkTokenHash } from "../../src/rp/index.ts";

const accessToken = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const digestOf = async (algorithm: string, token: string): Promise<Buffer> => Buffer.from(await crypto.subtle.digest(algorithm, new TextEncoder().encode(token)));
const hashOf = async (algorithm: string, token: string): Promise<string> => {
  const digest = await digestOf(algorithm, token);
  return digest.subarray(0, digest.length / 2).toString("base64url");
};
const idToken = (header: object, claims: object): string => [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).concat("AAAA").join(".");

const rows: [name: string, token: string, verdict: object][] = [
  // OpenID Connect Core, Appendix A.3.
  ["the specification's example", idToken({ alg: "RS256" }, { at_hash: "77QmUPtjPfzWtF2AnpK9RQ" }), { matches: true }],
  ["SHA-512", idToken({ alg: "ES512" }, { at_hash: await hashOf("SHA-512", accessToken) }), { matches: true }],
  ["of another access token", idToken({ alg: "ES256" }, { at_hash: await hashOf("SHA-256", "other") }), { matches: false, reason: "different" }],
  ["by another hash function", idToken({ alg: "ES384" }, { at_hash: await hashOf("SHA-256", accessToken) }), { matches: false, reason: "different" }],
  ["the whole digest", idToken({ alg: "ES256" }, { at_hash: (await digestOf("SHA-256", accessToken)).toString("base64url") }), { matches: false, reason: "different" }],
  ["none", idToken({ alg: "ES256" }, {}), { matches: false, reason: "absent" }],
  ["no text", idToken({ alg: "ES256" }, { at_hash: 1 }), { matches: false, reason: "different" }],
  ["alg none", idToken({ alg: "none" }, { at_hash: await hashOf("SHA-256", accessToken) }), { matches: false, reason: "malformed" }],
  ["no token", "x", { matches: false, reason: "malformed" }],
];
test.for(rows)("at_hash: %s", async ([, token, verdict]) => expect(await checkTokenHash(token, accessToken)).toEqual(verdict));
