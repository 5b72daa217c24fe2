// Enrolment
export { EnrolmentClient } from "./enrolment-client.ts";
export type { ClaimedEnrolment, ContinuedEnrolment, OpenOptions, ProvedEnrolment, ProveOptions, StatedEnrolment } from "./enrolment-client.ts";
export type { Continuation, EnrolmentOutcome, EnrolmentRequest, EnrolmentStatus } from "./enrolment-answers.ts";
export { EnrolmentError } from "./enrolment-error.ts";
export type { EnrolmentErrorCode, LocalEnrolmentErrorCode } from "./enrolment-error.ts";
export type { CreateCredential, PasskeyCreationOptions, PasskeyCredential } from "./passkey.ts";

// The statement
export { codeHash, parseStatement, purposes, statementBytes, statementDigest } from "./statement.ts";
export type { EnrolmentStatement, Purpose } from "./statement.ts";

// The applet and the ways to it
export { JpkiApplet } from "./applet.ts";
export { AppletError } from "./applet-error.ts";
export type { AppletErrorCode } from "./applet-error.ts";
export type { KeyUse } from "./applet-table.ts";
export { decodeCommand, decodeResponse, encodeCommand, encodeResponse } from "./apdu.ts";
export type { CommandApdu, ResponseApdu } from "./apdu.ts";
export type { Transport } from "./transport.ts";
export { SoftwareSecureElement } from "./secure-element.ts";
export type { SecureElementImage, SecureElementKeyImage } from "./secure-element-image.ts";

// Demonstration of possession
export { DpopKey } from "./dpop.ts";
export type { ProofRequest, PublicP256Key } from "./dpop.ts";
