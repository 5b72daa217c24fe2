/** Whose pseudonyms a relying party knows: the host of its redirect URIs (OpenID Connect Core 8.1), which all share it. */
export const sectorOf = (redirectUris: readonly string[]): string => URL.parse(redirectUris[0] ?? "")?.host ?? "";
