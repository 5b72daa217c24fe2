export { attributesOf, bindAttributes, sweepAttributes, withdrawAttributes } from "./attributes.ts";
export { type Consent, findConsent, listConsents, rememberConsent, withdrawConsent, withdrawVerifiedClaim } from "./consents.ts";
export { bindEvidence, type CertificateReference, type ClaimedDevice, findOwner, type VerifiedCertificate } from "./evidence.ts";
export { type AnsweredStatus, type Keeping, recordStatus, type StatusChange } from "./evidence-status.ts";
export { activatePasskey, bindPasskey, type NewPasskey, removeAbandonedPasskeys, removePasskey, removePendingPasskey, renamePasskey } from "./passkeys.ts";
export { findByCredential, findPerson, findPersonWithin, subjectFor } from "./people.ts";
export { certificateContext, currentEvidence, type EvidenceRecord, maySignIn, type PasskeyRecord, type PersonRecord, signatureEvidence, statusAnswerContext, whyNoSignIn } from "./records.ts";
export { findBySubject, setTakesRequests, takesRequests } from "./requests.ts";
export { certificateOfEvidence, recordFoundStatus } from "./watched-evidence.ts";
