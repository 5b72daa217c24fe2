import { importJWK, type JWK, SignJWT } from "jose";
import { toBase64Url, utf8 } from "../bytes.ts";
import { type KeyAlgorithm, keyAlgorithms } from "./keys-life.ts";
import { TokenSigningKey } from "./pkcs11/index.ts";
import type { SigningKey } from "./signing-keys.ts";

/** A token about an event, ready to be signed. */
export interface UnsignedEventToken {
  /** `typ` of its header. */
  readonly type: "secevent+jwt" | "logout+jwt";
  readonly claims: Readonly<Record<string, unknown>>;
}

/**
 * Signs tokens about events. RS256 is the one algorithm that every receiver has (CAEP Interoperability
 * Profile 1.0 2.6); a logout token is signed as the relying party's ID tokens are (Back-Channel Logout 1.0 2.4).
 */
export type EventSigner = (token: UnsignedEventToken, algorithm?: KeyAlgorithm) => Promise<string>;

export async function createEventSigner(keys: readonly SigningKey[]): Promise<EventSigner> {
  const signers = await Promise.all(keyAlgorithms.map(async (alg) => {
    // The key that signs stands before the others of its algorithm.
    const key = keys.find((candidate) => candidate.alg === alg);
    if (key === undefined) throw new Error(`no ${alg} key to sign events with`);
    return [alg, await jwtSigner(key)] as const;
  }));
  const byAlgorithm = new Map(signers);
  return async (token, algorithm = "RS256") => {
    const sign = byAlgorithm.get(algorithm);
    if (sign === undefined) throw new Error(`no ${algorithm} key to sign events with`);
    return sign(token);
  };
}

async function jwtSigner(key: SigningKey): Promise<(token: UnsignedEventToken) => Promise<string>> {
  const header = ({ type }: UnsignedEventToken): { alg: KeyAlgorithm; kid: string; typ: string } => ({ alg: key.alg, kid: key.kid, typ: type });
  if (!(key instanceof TokenSigningKey)) {
    const imported = await importJWK(key as JWK);
    return (token) => new SignJWT(token.claims).setProtectedHeader(header(token)).sign(imported);
  }
  return async (token) => {
    const input = [header(token), token.claims].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(".");
    return `${input}.${toBase64Url(await key.sign(utf8(input)))}`;
  };
}
