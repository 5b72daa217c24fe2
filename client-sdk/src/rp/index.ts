/** For a relying party: levels checked, RFC 9470 challenges, logout and security event tokens verified. Needs `npm install jose`. */
export { checkAssurance } from "./assurance.ts";
export type { AssuranceFailure, AssuranceRequirements, AssuranceVerdict, Level } from "./assurance.ts";
export { parseStepUpChallenge, stepUpChallenge } from "./step-up-challenge.ts";
export type { StepUpParameters } from "./step-up-challenge.ts";
export { issuerKeys } from "./issuer-keys.ts";
export type { IssuerKeys, IssuerKeysOptions } from "./issuer-keys.ts";
export { checkIdToken } from "./id-token.ts";
export type { IdTokenCompany, IdTokenProblem, IdTokenVerdict } from "./id-token.ts";
export { verifyLogoutToken } from "./logout-token.ts";
export type { LogoutNotice, LogoutTokenVerdict } from "./logout-token.ts";
export { verifySecurityEventToken } from "./security-event-token.ts";
export type { SecurityEvent, SecurityEventTokenVerdict, SecurityEvents, SubjectIdentifier } from "./security-event-token.ts";
export type { RememberToken, TokenChecks, TokenRefusal } from "./signed-token.ts";
