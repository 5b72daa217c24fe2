export { diagnose, type Diagnosis } from "./doctor.ts";
export { fapiAlgorithms, fapiProblem, isFapi } from "./fapi.ts";
export { redirectUriProblem } from "./redirect-uri.ts";
export { metadataOf, type RegistrationRequest, type RelyingPartyMetadata } from "./registration.ts";
export { addRelyingParty, findRelyingParty, listRelyingParties, type RelyingParty, removeRelyingParty, updateRelyingParty } from "./store.ts";
