export { cibaGrant, deviceCodeGrant } from "./decoupled.ts";
export { diagnose, type Diagnosis } from "./doctor.ts";
export { fapiAlgorithms, fapiProblem, isFapi } from "./fapi.ts";
export { retireKeys, rotateKey } from "./key-rotation.ts";
export { redirectUriProblem } from "./redirect-uri.ts";
export { metadataOf, type RegistrationRequest, type RelyingPartyMetadata } from "./registration.ts";
export { isClientSecret, longestOverlap, retireSecret, rotateSecret } from "./secrets.ts";
export { addRelyingParty, findRelyingParty, findRelyingPartyAt, listRelyingParties, type RelyingParty, removeRelyingParty, updateRelyingParty } from "./store.ts";
