import type { Configuration } from "oidc-provider";
import { toBase64Url } from "../bytes.ts";
import { cookieSecrets, listCookieKeys } from "./keys-cookies.ts";
import { type KeyDocument, loadKeySet } from "./keys.ts";
import { TokenSigningKey } from "./pkcs11/index.ts";
import type { ProviderPorts } from "./ports.ts";

/** What the provider signs with: a private JWK, or a key that stays in its token. */
export type SigningKey = KeyDocument | TokenSigningKey;

/** Every key of the provider that is in use now. */
export interface ProviderKeys {
  /** Of each algorithm the one that signs first. */
  readonly signing: readonly SigningKey[];
  /** Base64url; the one that signs cookies first. */
  readonly cookies: readonly string[];
}

/** @returns the keys, with a text that differs where they do. */
export async function loadProviderKeys({ storage, clock, token }: Pick<ProviderPorts, "storage" | "clock" | "token">): Promise<ProviderKeys & { readonly version: string }> {
  const now = clock();
  const { keys } = await loadKeySet(storage, now);
  const cookies = cookieSecrets(await listCookieKeys(storage, now), toBase64Url(storage.sealing.deriveKey("cookies")), now);
  return {
    signing: keys.map((key) => (key.token === undefined ? key : new TokenSigningKey(key, token?.token ?? null))),
    cookies,
    version: [...keys.map(({ kid }) => kid), ...cookies].join(" "),
  };
}

/** The library's own feature for keys that are elsewhere, where there are any. Experimental there: its version is named. */
export const externalSigning = (keys: readonly SigningKey[]): Pick<NonNullable<Configuration["features"]>, "externalSigningSupport"> =>
  keys.some((key) => key instanceof TokenSigningKey) ? { externalSigningSupport: { enabled: true, ack: "experimental-01" } } : {};
