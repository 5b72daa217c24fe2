export { TokenError } from "./return-values.ts";
export { TokenSigningKey } from "./signing-key.ts";
export { openToken, type SigningToken, type TokenSettings } from "./token.ts";
export { adoptTokenKeys, type ConfiguredToken, configuredKey, requireSigningKeys, tokenKey } from "./token-keys.ts";
