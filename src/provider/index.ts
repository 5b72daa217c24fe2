export { type AuthenticationFacts, withPasskey, withSignature } from "./authentication-facts.ts";
export type { ProviderPages } from "./configuration.ts";
export type { MutualTls } from "./features/mutual-tls.ts";
export { type KeyAlgorithm, keyAlgorithms, keyState, type KeyState, listKeys, longestTokenLife, publicationLead, rotateKeys } from "./keys.ts";
export { assuranceOf, factsOf, noClient } from "./levels.ts";
export { livingPerson, refreshed } from "./living-evidence.ts";
export { keepPolicy, policyDigest, policyOnRecord } from "./policies-on-record.ts";
export type { ProtectedResource, ProviderPorts } from "./ports.ts";
export { type BridgeProvider, createProvider, type Interaction } from "./provider.ts";
