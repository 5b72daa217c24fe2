/** What an app shows while a person approves. Plain data: no PIN, no key, no certificate is ever in it. */
import type { AppletErrorCode } from "../applet/applet-error.ts";
import type { Continuation, EnrolmentOutcome, EnrolmentRequest } from "../enrolment/enrolment-answers.ts";
import type { EnrolmentErrorCode } from "../enrolment/enrolment-error.ts";
import type { TransportErrorCode } from "../transports/transport-error.ts";

/** Where the approval is: `step` tells what to show. */
export type ApprovalState = Working | ConsentAsked | NumberAsked | ApprovalAsked | PinBlocked | PasskeyAsked | ConfirmationAsked | Ended | Failed;

/** Nothing to do for the person but to hold the card still, or to answer the platform. */
export interface Working {
  readonly step: "working";
  readonly progress: Progress;
  /** `null` until it is known. */
  readonly request: EnrolmentRequest | null;
}

/** What is being done. */
export type Progress =
  | "contacting_bridge"
  /** The platform asks for biometrics. */
  | "awaiting_biometrics"
  /** Keep the card in place. */
  | "reading_card"
  /** Keep the card in place. */
  | "signing"
  /** The card may be taken away. */
  | "sending"
  | "creating_passkey";

/** Show who asks, from where, for what and until when: then `agree()` or `cancel()`. */
export interface ConsentAsked {
  readonly step: "consent";
  readonly request: EnrolmentRequest;
}

/** Ask for the two digits that the other device shows: `enterNumber()`. */
export interface NumberAsked {
  readonly step: "number";
  readonly request: EnrolmentRequest;
  /** `null` while none was wrong. */
  readonly triesLeft: number | null;
  readonly problem: NumberProblem | null;
}

/** Why a number is asked for again. */
export type NumberProblem = "number_wrong" | "number_malformed";

/** Ask for the PIN, or for the platform's biometrics: `enterPin()` or `approveByBiometrics()`. */
export interface ApprovalAsked {
  readonly step: "approval";
  readonly request: EnrolmentRequest;
  /** Whether the app can release a PIN, and none that it released was wrong. */
  readonly canUseBiometrics: boolean;
  /** Tries left for the PIN; `null` where the applet was not asked yet. */
  readonly triesLeft: number | null;
  /** A wrong PIN would block it: say so, and pass `spendLastTry` only if the person wants to go on. */
  readonly lastTry: boolean;
  readonly problem: ApprovalProblem | null;
}

/** Why there is no signature yet. It may be tried again, with another card if need be. */
export type ApprovalProblem =
  | AppletErrorCode
  | TransportErrorCode
  /** The app's `connect` failed by something else. */
  | "connection_failed"
  /** The platform did not release the PIN: refused, no match, or its key is no longer valid. */
  | "pin_not_released";

/** No try is left. `useAnother()` goes on, with another card or once the PIN was reset. */
export interface PinBlocked {
  readonly step: "pin_blocked";
  readonly request: EnrolmentRequest;
  /** Where it is reset: of a card, at the municipality's office; of a phone, in the app that had the certificate issued. */
  readonly remedy: "municipal_office" | "issuing_app";
}

/** `createPasskey()`, where the app can, or `continueInBrowser()`. */
export interface PasskeyAsked {
  readonly step: "passkey";
  readonly request: EnrolmentRequest;
  readonly canCreate: boolean;
  /** `passkey_not_created` by the platform, or the code by which the bridge did not take it. */
  readonly problem: string | null;
}

/**
 * Open `continuation.url` in this device's browser, then ask for the six digits shown there: `confirm()`.
 * `continueInBrowser()` makes a new one.
 */
export interface ConfirmationAsked {
  readonly step: "confirmation";
  readonly request: EnrolmentRequest;
  readonly continuation: Continuation;
  /** `null` while none was wrong. */
  readonly triesLeft: number | null;
  readonly problem: NumberProblem | "passkey_not_made_yet" | null;
}

/** The end. `completed` says how the person goes on; `cancelled` is by `cancel()`. */
export type Ended = { readonly step: "completed"; readonly outcome: EnrolmentOutcome } | { readonly step: "cancelled" };

/** `retry()` if `retry`; else begin anew with a new link. */
export interface Failed {
  readonly step: "failed";
  readonly code: EnrolmentErrorCode | "unexpected";
  /** A sentence for the person in the language asked for, where the bridge gave one. */
  readonly description: string | null;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | null;
  readonly retry: boolean;
}
