import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { equalSecrets, utf8 } from "../bytes.ts";

/** What the library signs cookies with and checks them by, as Keygrip has it. */
export interface CookieSignatures {
  sign(data: string): string;
  /** The place of the key that this is the signature of; -1 where there is none. */
  index(data: string, signature: string): number;
  verify(data: string, signature: string): boolean;
}

/**
 * The same signatures as Keygrip's, which other nodes on this database may still make and check: HMAC-SHA-1
 * in base64url, the first secret signs. It imports its keys for each cookie, and compares by two HMACs more.
 */
export function cookieSignatures(secrets: readonly string[]): CookieSignatures {
  const keys = secrets.map((secret) => createSecretKey(utf8(secret)));
  const [first] = keys;
  if (first === undefined) throw new RangeError("at least one secret is needed");
  const index = (data: string, signature: string): number => keys.findIndex((key) => equalSecrets(utf8(signatureOf(key, data)), utf8(signature)));
  return { sign: (data) => signatureOf(first, data), index, verify: (data, signature) => index(data, signature) >= 0 };
}

const signatureOf = (key: KeyObject, data: string): string => createHmac("sha1", key).update(data).digest("base64url");
