/** The enrolment protocol, from the link to the bound passkey, and what is signed in it. */
export { EnrolmentClient } from "./enrolment-client.ts";
export type { OpenOptions, ResumedEnrolment, ResumeOptions } from "./enrolment-client.ts";
export type { ClaimedEnrolment, ProveAttributesOptions, ProveOptions, ProveRenewalOptions, SignedEnrolment, StatedEnrolment } from "./enrolment-steps.ts";
export type { ContinuedEnrolment, ProvedEnrolment } from "./passkey-steps.ts";
export type { Enrolment } from "./enrolment-step.ts";
export type { ClaimedDevice, Proof } from "./proof.ts";
export type { SavedEnrolment, SavedStep } from "./saved-enrolment.ts";
export type { Continuation, EnrolmentOutcome, EnrolmentRequest, EnrolmentStatus } from "./enrolment-answers.ts";
export { EnrolmentError } from "./enrolment-error.ts";
export type { EnrolmentErrorCode, LocalEnrolmentErrorCode } from "./enrolment-error.ts";
export type { CreateCredential, PasskeyCreationOptions, PasskeyCredential } from "./passkey.ts";
export { DpopKey } from "./dpop.ts";
export type { GenerateOptions, ProofRequest, PublicP256Key } from "./dpop.ts";
export { clientAttestationPop } from "./client-attestation.ts";
export type { ClientAttestationPopOptions } from "./client-attestation.ts";
