import { toBase64Url, utf8 } from "../../bytes.ts";
import { Refusal } from "../../errors.ts";
import type { Storage } from "../../storage/index.ts";
import { activeKey, type KeyAlgorithm, keyAlgorithms, keyState } from "../keys-life.ts";
import { type KeyDocument, listKeys, loadKeySet, rotateKeys, type TokenPlace } from "../keys.ts";
import { TokenError } from "./return-values.ts";
import type { SigningToken } from "./token.ts";

/** A token, and which of its keys are to sign: for each algorithm the newest. The others of the provider are made and sealed here. */
export interface ConfiguredToken {
  readonly token: SigningToken;
  readonly places: Readonly<Partial<Record<KeyAlgorithm, TokenPlace>>>;
}

/** The key of a token that is to sign with an algorithm; undefined where none is configured. @throws TokenError */
export async function configuredKey({ token, places }: ConfiguredToken, algorithm: KeyAlgorithm): Promise<KeyDocument | undefined> {
  const place = places[algorithm];
  return place === undefined ? undefined : tokenKey(token, place, algorithm);
}

/** The document of a key in the token; its id is the thumbprint of its public part (RFC 7638). @throws TokenError */
export async function tokenKey(token: SigningToken, place: TokenPlace, algorithm: KeyAlgorithm): Promise<KeyDocument> {
  const members = await token.publicKey(place, algorithm);
  const canonical = JSON.stringify(Object.fromEntries(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1))));
  const thumbprint = toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(canonical))));
  return { ...members, kid: thumbprint, alg: algorithm, use: "sig", token: place };
}

/**
 * Makes the configured keys of the token the provider's, where they are not yet: each by a rotation, so that
 * it is announced first. A key that waits for an earlier rotation to end is left for the next start or `keys rotate`.
 * @returns the algorithms whose key waits.
 * @throws TokenError; `key_retired` for a key that was taken out.
 */
export async function adoptTokenKeys(storage: Storage, token: ConfiguredToken, now: number): Promise<KeyAlgorithm[]> {
  const waiting: KeyAlgorithm[] = [];
  for (const algorithm of keyAlgorithms) {
    const document = await configuredKey(token, algorithm);
    if (document === undefined) continue;
    const keys = await listKeys(storage);
    const known = keys.find(({ id }) => id === document.kid);
    if (known !== undefined && keyState(known, keys, now) === "retired") throw new TokenError("key_retired", `the ${algorithm} key that keys.pkcs11 names was retired; make another in the token and name it`);
    if (known !== undefined) continue;
    try {
      await rotateKeys(storage, algorithm, now, document);
    } catch (error) {
      // Also where another node has just done it.
      if (!(error instanceof Refusal)) throw error;
      if (!(await listKeys(storage)).some(({ id }) => id === document.kid)) waiting.push(algorithm);
    }
  }
  return waiting;
}

/** @throws TokenError `no_token`, `key_not_found`, …: where a key that signs now is in a token in which this process does not find it. */
export async function requireSigningKeys(storage: Storage, token: SigningToken | null, now: number): Promise<void> {
  const keys = await listKeys(storage);
  const { keys: documents } = await loadKeySet(storage, now);
  for (const algorithm of keyAlgorithms) {
    const document = documents.find(({ kid }) => kid === activeKey(keys, algorithm, now)?.id);
    if (document?.token === undefined) continue;
    if (token === null) throw new TokenError("no_token", `the ${algorithm} key that signs is in a token, and keys.pkcs11 is not configured`);
    const found = await tokenKey(token, document.token, algorithm);
    if (found.kid !== document.kid) throw new TokenError("key_not_found", `the token has another ${algorithm} key in the place of the one that signs`);
  }
}
