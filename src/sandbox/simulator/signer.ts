import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import type { Bridge } from "../../cli/bridge.ts";
import { randomBytes, toBase64Url, toHex, utf8 } from "../../bytes.ts";
import { loadKeySet } from "../../provider/keys.ts";

/** A JWT's parts, in the open. */
export interface OpenToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** A token's parts, unverified. Throws where there is nothing to read. */
export const openToken = (token: string): OpenToken => ({ header: { ...decodeProtectedHeader(token) }, claims: decodeJwt(token) });

/** Makes the tokens that a provider would never make. Only a sandbox's keys are ever asked for. */
export interface Signer {
  /** By the provider's own key: everything is right about the signature. */
  byProvider(token: OpenToken): Promise<string>;
  /** By a key that nobody published, under whatever `kid` the header names. */
  byStranger(token: OpenToken): Promise<string>;
  /** By a new key of the provider's, published from now on. */
  byNewKey(token: OpenToken): Promise<string>;
  /** By HMAC, with the provider's public key for a secret. */
  byPublicKey(token: OpenToken): Promise<string>;
  /** By nobody: `alg` none. */
  unsigned(token: OpenToken): string;
  /** Public keys that the published key set has beside the bridge's own. */
  readonly newKeys: readonly JWK[];
}

export function createSigner(bridge: Bridge): Signer {
  const newKeys: JWK[] = [];
  const providerKey = async ({ kid, alg = "ES256" }: { kid?: unknown; alg?: unknown }): Promise<JWK> => {
    const keys = (await loadKeySet(bridge.storage, bridge.clock())).keys as JWK[];
    const key = keys.find((candidate) => candidate.kid === kid) ?? keys.find((candidate) => candidate.alg === alg);
    if (key === undefined) throw new Error("the provider has no such key");
    return key;
  };
  return {
    newKeys,
    byProvider: async (token) => sign(token, await importJWK(await providerKey(token.header), algorithmOf(token))),
    byStranger: async (token) => sign(token, (await generateKeyPair(algorithmOf(token))).privateKey),
    byNewKey: async ({ header, claims }) => {
      const pair = await generateKeyPair("ES256", { extractable: true });
      const kid = toHex(randomBytes(8));
      newKeys.push({ ...(await exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" });
      return sign({ header: { ...header, alg: "ES256", kid }, claims }, pair.privateKey);
    },
    byPublicKey: async ({ header, claims }) => {
      const { d: _private, ...jwk } = await providerKey(header);
      return sign({ header: { ...header, alg: "HS256" }, claims }, utf8(JSON.stringify(jwk)));
    },
    unsigned: ({ header, claims }) => `${encode({ ...header, alg: "none" })}.${encode(claims)}.`,
  };
}

const encode = (value: unknown): string => toBase64Url(utf8(JSON.stringify(value)));
const algorithmOf = ({ header }: OpenToken): string => String(header["alg"]);

function sign({ header, claims }: OpenToken, key: CryptoKey | Uint8Array): Promise<string> {
  // A member that is undefined is left out, so that a claim can be taken away.
  const { alg, ...rest } = header;
  return new SignJWT(claims).setProtectedHeader({ ...rest, alg: String(alg) }).sign(key);
}
