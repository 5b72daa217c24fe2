import { createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import type { RememberToken, TokenChecks } from "../../src/rp/index.ts";

export const issuer = "https://bridge.example";
export const audience = "client-1";
/** The tests' present. */
export const now = 1_800_000_000;

export interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Signed by a key that the issuer does not have, under its `kid`. */
  readonly otherKey?: boolean;
  /** Done to the compact token. */
  readonly mangle?: (token: string) => string;
}

/** An issuer with a P-256 and an RSA key, and what an attacker makes of its tokens. */
export async function makeIssuer() {
  const keys = await generateKeyPair("ES256", { extractable: true });
  const other = await generateKeyPair("ES256");
  const rsa = await generateKeyPair("RS256", { extractable: true });
  const jwks: { keys: JWK[] } = {
    keys: [
      { ...(await exportJWK(keys.publicKey)), kid: "ec", alg: "ES256", use: "sig" },
      { ...(await exportJWK(rsa.publicKey)), kid: "rsa", alg: "RS256", use: "sig" },
    ],
  };
  const sign = (header: Readonly<Record<string, unknown>>, claims: Readonly<Record<string, unknown>>, { otherKey = false, mangle = (token) => token }: Forgery): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: "ES256", kid: "ec", ...header }).sign(otherKey ? other.privateKey : header["alg"] === "RS256" ? rsa.privateKey : keys.privateKey).then(mangle);
  return { jwks, sign, publicKey: await exportSPKI(keys.publicKey) };
}

export type Issuer = Awaited<ReturnType<typeof makeIssuer>>;

/** What a receiver holds tokens against, with a memory of its own. */
export function checksOf({ jwks }: Issuer, remember: RememberToken = memory()): TokenChecks {
  return { issuer, audience, keys: createLocalJWKSet(jwks), remember, now: () => now };
}

export function memory(): RememberToken {
  const used = new Set<string>();
  return (id) => !used.has(id) && used.add(id) !== undefined;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The token with another header, and the signature that goes with it, if any. */
export function withHeader(header: Readonly<Record<string, unknown>>, signature = ""): (token: string) => string {
  return (token) => [encode(header), token.split(".")[1], signature].join(".");
}

/** The public key taken for a secret: what a verifier that believes `alg` would compute itself. */
export async function signedWithPublicKey(token: string, type: string, publicKey: string): Promise<string> {
  const input = [encode({ alg: "HS256", kid: "ec", typ: type }), token.split(".")[1]].join(".");
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(publicKey), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `${input}.${Buffer.from(await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(input))).toString("base64url")}`;
}

/** Attacks that no signed token of an issuer may survive, by the type it has. */
export const commonAttacks = (type: string): [name: string, forgery: Forgery, reason: string][] => [
  ["alg none", { mangle: withHeader({ alg: "none", typ: type }) }, "algorithm"],
  ["alg none with the key's id", { mangle: withHeader({ alg: "none", kid: "ec", typ: type }) }, "algorithm"],
  ["alg None", { mangle: withHeader({ alg: "None", kid: "ec", typ: type }) }, "algorithm"],
  ["an algorithm that is not listed", { header: { typ: type }, mangle: withHeader({ alg: "PS256", kid: "rsa", typ: type }, "AAAA") }, "algorithm"],
  ["another key under the same kid", { otherKey: true }, "signature"],
  ["a kid that nobody has", { header: { kid: "unknown" } }, "unknown_key"],
  ["the kid of a key of another type", { header: { kid: "rsa" } }, "unknown_key"],
  ["a key in the header", { otherKey: true, header: { jwk: { kty: "EC" }, jku: "https://attacker.example/jwks" } }, "signature"],
  ["no signature", { mangle: (token) => `${token.slice(0, token.lastIndexOf("."))}.` }, "signature"],
  ["claims changed", { mangle: (token) => token.replace(/\.[^.]*\./u, `.${encode({ iss: issuer })}.`) }, "signature"],
  ["a critical header that is not known", { mangle: withHeader({ alg: "ES256", kid: "ec", typ: type, crit: ["urn:x"], "urn:x": 1 }, "AAAA") }, "malformed"],
  ["two parts", { mangle: (token) => token.split(".").slice(0, 2).join(".") }, "malformed"],
  ["empty", { mangle: () => "" }, "malformed"],
  ["no type", { header: { typ: undefined } }, "type"],
  ["the type of an ID token", { header: { typ: "JWT" } }, "type"],
  ["the type of an access token", { header: { typ: "at+jwt" } }, "type"],
  ["another issuer", { claims: { iss: "https://other.example" } }, "issuer"],
  ["the issuer with a slash", { claims: { iss: `${issuer}/` } }, "issuer"],
  ["no issuer", { claims: { iss: undefined } }, "issuer"],
  ["another audience", { claims: { aud: "client-2" } }, "audience"],
  ["an audience that begins alike", { claims: { aud: `${audience}0` } }, "audience"],
  ["no audience", { claims: { aud: undefined } }, "audience"],
  ["issued in the future", { claims: { iat: now + 31 } }, "premature"],
  ["no iat", { claims: { iat: undefined } }, "malformed"],
  ["iat as text", { claims: { iat: String(now) } }, "malformed"],
  ["no jti", { claims: { jti: undefined } }, "malformed"],
  ["jti empty", { claims: { jti: "" } }, "malformed"],
  ["jti a number", { claims: { jti: 1 } }, "malformed"],
  ["a nonce", { claims: { nonce: "n" } }, "forbidden_claim"],
  ["no events", { claims: { events: undefined } }, "events"],
  ["events a list", { claims: { events: ["http://schemas.openid.net/event/backchannel-logout"] } }, "events"],
  ["no event in events", { claims: { events: {} } }, "events"],
];
