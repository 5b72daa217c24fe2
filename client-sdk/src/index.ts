// Enrolment
export { EnrolmentClient } from "./enrolment/enrolment-client.ts";
export type { OpenOptions, ResumedEnrolment, ResumeOptions } from "./enrolment/enrolment-client.ts";
export type { ClaimedEnrolment, ContinuedEnrolment, ProvedEnrolment, ProveOptions, SignedEnrolment, StatedEnrolment } from "./enrolment/enrolment-steps.ts";
export type { ClaimedDevice, Proof } from "./enrolment/proof.ts";
export type { SavedEnrolment, SavedStep } from "./enrolment/saved-enrolment.ts";
export type { Continuation, EnrolmentOutcome, EnrolmentRequest, EnrolmentStatus } from "./enrolment/enrolment-answers.ts";
export { EnrolmentError } from "./enrolment/enrolment-error.ts";
export type { EnrolmentErrorCode, LocalEnrolmentErrorCode } from "./enrolment/enrolment-error.ts";
export type { CreateCredential, PasskeyCreationOptions, PasskeyCredential } from "./enrolment/passkey.ts";

// The statement
export { codeHash, parseStatement, purposes, statementBytes, statementDigest } from "./statement/statement.ts";
export type { EnrolmentStatement, Purpose } from "./statement/statement.ts";

// The applet and the ways to it
export { JpkiApplet } from "./applet/applet.ts";
export type { SelectOptions, VerifyPinOptions } from "./applet/applet.ts";
export { AppletError } from "./applet/applet-error.ts";
export type { AppletErrorCode } from "./applet/applet-error.ts";
export type { KeyUse } from "./applet/applet-table.ts";
export { decodeCommand, decodeResponse, encodeCommand, encodeResponse } from "./apdu/apdu.ts";
export type { CommandApdu, ResponseApdu } from "./apdu/apdu.ts";
export { exchange } from "./apdu/exchange.ts";
export type { ExchangeOptions } from "./apdu/exchange.ts";
export type { Transport } from "./transports/transport.ts";
export type { Cancellable } from "./transports/cancellation.ts";
export { Connection } from "./transports/connection.ts";
export type { Sequence, Transmit, TransmitOptions } from "./transports/connection.ts";
export { TransportError } from "./transports/transport-error.ts";
export type { TransportErrorCode } from "./transports/transport-error.ts";
export { SoftwareSecureElement } from "./software/secure-element.ts";
export type { SecureElementImage, SecureElementKeyImage } from "./software/secure-element-image.ts";

// Demonstration of possession
export { DpopKey } from "./enrolment/dpop.ts";
export type { GenerateOptions, ProofRequest, PublicP256Key } from "./enrolment/dpop.ts";
