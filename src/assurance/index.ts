export { type Assurance, assure } from "./assure.ts";
export { type AssuranceClaims, assuranceClaims, claimsFor } from "./claims.ts";
export { acrMeaning, type AcrRequest, acrSatisfied, acrValuesSupported, chooseAcr, crosswalkDocument, type Unmet } from "./crosswalk.ts";
export { identityAssurance } from "./identity.ts";
export type { AssuranceDescription } from "./description.ts";
export { explanations, type Reason, reasonsFor, type Sentence } from "./explanations.ts";
export type {
  AssuranceFacts, AuthenticatorFacts, BindingFacts, ClientFacts, Device, EvidenceFacts, EvidenceKind, Level, Medium, PersonState, SessionFacts, StatusFacts,
} from "./facts.ts";
export { type AssurancePolicy, defaultPolicy, longestCoolingOff, tightenPolicy } from "./policy.ts";
export { policyDocument, readPolicyDocument } from "./policy-document.ts";
export { readRecordedAssertion, recordAssertion, type RecordedAssertion, type Replay, replayAssertion } from "./recorded-assertion.ts";
export { type AssuranceRequirement, type Passkey, planStepUp, requirementSatisfied, type StepUp, type StepUpFacts } from "./step-up.ts";
export { answerVerifiedClaims, claimOf, isSupportedClaim, type SupportedClaim, supportedClaims, type VerifiedClaims, type VerifiedFacts, verifiedClaimsMetadata } from "./verified-claims.ts";
export { askedClaims, type AskedClaim, parseVerifiedClaimsRequest, type VerifiedClaimsRequest } from "./verified-claims-request.ts";
