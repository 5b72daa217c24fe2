export { diagnose, type Diagnosis } from "./doctor.ts";
export { metadataOf, redirectUriProblem, type RegistrationRequest, type RelyingPartyMetadata } from "./registration.ts";
export { addRelyingParty, findRelyingParty, listRelyingParties, type RelyingParty, removeRelyingParty } from "./store.ts";
