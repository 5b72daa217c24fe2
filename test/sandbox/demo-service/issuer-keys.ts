/** Tokens of a provider, signed with jose, for tables of good and bad ones. */
import { createHash } from "node:crypto";
import { calculateJwkThumbprint, createLocalJWKSet, exportJWK, generateKeyPair, type JWTVerifyGetKey, SignJWT } from "jose";

export const issuer = "http://localhost:3000";
export const now = 1_780_000_000;

const provider = await generateKeyPair("ES256");
const stranger = await generateKeyPair("ES256");
const holder = await generateKeyPair("ES256");
const thief = await generateKeyPair("ES256");
const kid = "provider-1";

export const keys: JWTVerifyGetKey = createLocalJWKSet({ keys: [{ ...(await exportJWK(provider.publicKey)), kid, alg: "ES256", use: "sig" }] });
export const holderThumbprint = await calculateJwkThumbprint(await exportJWK(holder.publicKey));

export interface Signing {
  readonly header?: Record<string, unknown>;
  /** Who signs: the provider unless told otherwise. */
  readonly by?: "provider" | "stranger";
}

export async function sign(typ: string, claims: Record<string, unknown>, { header = {}, by = "provider" }: Signing = {}): Promise<string> {
  const { privateKey } = by === "provider" ? provider : stranger;
  return new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ, kid, ...header }).sign(privateKey);
}

/** A JWT that says it needs no signature. */
export function unsigned(typ: string, claims: Record<string, unknown>): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none", typ })}.${part(claims)}.`;
}

export const ath = (token: string): string => createHash("sha256").update(token).digest("base64url");

export interface Proving {
  readonly by?: "holder" | "thief";
  readonly header?: Record<string, unknown>;
}

/** A DPoP proof (RFC 9449 4.2). */
export async function prove(claims: Record<string, unknown>, { by = "holder", header = {} }: Proving = {}): Promise<string> {
  const { publicKey, privateKey } = by === "holder" ? holder : thief;
  return new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: await exportJWK(publicKey), ...header }).sign(privateKey);
}

/** A proof signed by one key that shows the key of another. */
export async function borrow(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: await exportJWK(holder.publicKey) }).sign(thief.privateKey);
}

/** A JSON object without one of its members. */
export function without(claims: Record<string, unknown>, name: string): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
}
