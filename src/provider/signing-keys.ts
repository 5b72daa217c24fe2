import type { Configuration } from "oidc-provider";
import { toBase64Url } from "../bytes.ts";
import { cookieSecrets, listCookieKeys } from "./keys-cookies.ts";
import { activeKey, keyAlgorithms } from "./keys-life.ts";
import { type KeyDocument, listKeys, loadKeySet } from "./keys.ts";
import { TokenSigningKey } from "./pkcs11/index.ts";
import type { ProviderPorts } from "./ports.ts";

/** What the provider signs with: a private JWK, or a key that stays in its token. */
export type SigningKey = KeyDocument | TokenSigningKey;

/** Every key of the provider that is in use now. */
export interface ProviderKeys {
  /** Of each algorithm the one that signs first. */
  readonly signing: readonly SigningKey[];
  /** Those that sign now. */
  readonly active: readonly SigningKey[];
  /** Base64url; the one that signs cookies first. */
  readonly cookies: readonly string[];
  /** A text that differs where they do. */
  readonly version: string;
}

export async function loadProviderKeys({ storage, clock, token }: Pick<ProviderPorts, "storage" | "clock" | "token">): Promise<ProviderKeys> {
  const now = clock();
  const { keys } = await loadKeySet(storage, now);
  const cookies = cookieSecrets(await listCookieKeys(storage, now), toBase64Url(storage.sealing.deriveKey("cookies")), now);
  const records = await listKeys(storage);
  const activeIds = keyAlgorithms.map((algorithm) => activeKey(records, algorithm, now)?.id);
  const signing = keys.map((key) => (key.token === undefined ? key : new TokenSigningKey(key, token?.token ?? null)));
  const active = signing.filter(({ kid }) => activeIds.includes(kid));
  return { signing, active, cookies, version: [...[...active, ...keys].map(({ kid }) => kid), ...cookies].join(" ") };
}

/** Whether each algorithm has a key that signs now, and no token with one of them is missing or hangs. */
export const canSign = ({ active }: Pick<ProviderKeys, "active">): boolean =>
  keyAlgorithms.every((algorithm) => active.some(({ alg }) => alg === algorithm)) && active.every((key) => !(key instanceof TokenSigningKey) || key.isAnswering());

/** The library's own feature for keys that are elsewhere, where there are any. Experimental there: its version is named. */
export const externalSigning = (keys: readonly SigningKey[]): Pick<NonNullable<Configuration["features"]>, "externalSigningSupport"> =>
  keys.some((key) => key instanceof TokenSigningKey) ? { externalSigningSupport: { enabled: true, ack: "experimental-01" } } : {};
