import type { AdapterPayload } from "oidc-provider";
import { fromBase64Url, toBase64Url, utf8 } from "../../bytes.ts";
import { cibaGrant, deviceCodeGrant } from "../../relying-parties/index.ts";

/** Never a host on the network (RFC 6761 6.4), and none that a registration may name. */
const nowhere = "registered-keys.invalid";

/**
 * The registration as the library takes it. Of clients with pairwise subjects that sign people in on
 * another device it wants to see the sector and an address of keys (CIBA 4). Here the sector is always
 * the host of the redirect URIs, which the operator registered; keys that were registered by value get an
 * address that says them and leads nowhere. See {@link registeredKeys}.
 */
export function asTheLibraryTakesIt(metadata: AdapterPayload): AdapterPayload {
  const { grant_types = [], redirect_uris: [redirectUri = ""] = [], jwks, ...rest } = metadata;
  if (!grant_types.includes(cibaGrant) && !grant_types.includes(deviceCodeGrant)) return metadata;
  const sector = `https://${new URL(redirectUri).host}/`;
  const keys = jwks === undefined ? {} : { jwks_uri: `https://${nowhere}/${toBase64Url(utf8(JSON.stringify(jwks)))}` };
  return { ...rest, grant_types, redirect_uris: metadata.redirect_uris, ...keys, sector_identifier_uri: sector };
}

/** The key set that such an address says; null for every other address. */
export function registeredKeys(url: URL): Response | null {
  if (url.hostname !== nowhere) return null;
  const keys = fromBase64Url(url.pathname.slice(1));
  return keys === null ? null : new Response(new TextDecoder().decode(keys), { headers: { "content-type": "application/json", "cache-control": "max-age=86400" } });
}
