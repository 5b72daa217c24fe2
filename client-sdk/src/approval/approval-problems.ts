/** What an error means to the person. Of an error nothing but its code and counts is taken over. */
import { AppletError } from "../applet/applet-error.ts";
import { EnrolmentError } from "../enrolment/enrolment-error.ts";
import { TransportError } from "../transports/transport-error.ts";
import type { ApprovalAsked, ConfirmationAsked, Failed, NumberAsked, PasskeyAsked } from "./approval-state.ts";

/** What may go by itself, or with better reception. */
const passing: readonly string[] = ["network_error", "rate_limited", "service_unavailable"];

/** The end, or a step that may be taken again. */
export function failureOf(error: unknown): Failed {
  if (!(error instanceof EnrolmentError)) return { step: "failed", code: "unexpected", description: null, retryAfter: null, retry: false };
  const { code, description = null, retryAfter = null } = error;
  return { step: "failed", code, description, retryAfter, retry: passing.includes(code) };
}

/** What is asked for again after an error of card, applet or way; nothing was sent to the bridge. */
export function afterCardError(error: unknown, asked: ApprovalAsked): ApprovalAsked {
  // The card may have gone, and with it what was known of its tries.
  if (error instanceof TransportError) return { ...asked, triesLeft: null, lastTry: false, problem: error.code };
  if (!(error instanceof AppletError)) return { ...asked, problem: "connection_failed" };
  const { code, triesLeft = asked.triesLeft } = error;
  return { ...asked, triesLeft, lastTry: triesLeft === 1, problem: code };
}

/** A wrong number may be typed again while there are tries; `null` if it is not about the number. */
export function afterNumber<Asked extends NumberAsked | ConfirmationAsked>(error: unknown, asked: Asked): Asked | null {
  if (!(error instanceof EnrolmentError)) return null;
  if (error.code === "number_malformed") return { ...asked, problem: error.code };
  return error.code === "number_wrong" ? { ...asked, triesLeft: error.attemptsLeft ?? null, problem: error.code } : null;
}

/** Besides: the page has yet to make the passkey that is to be confirmed. */
export function afterConfirmation(error: unknown, asked: ConfirmationAsked): ConfirmationAsked | null {
  const isEarly = error instanceof EnrolmentError && error.code === "transaction_wrong_state";
  return isEarly ? { ...asked, problem: "passkey_not_made_yet" } : afterNumber(error, asked);
}

/** A ceremony that failed may be tried again; `null` if something else was refused. */
export function afterPasskey(error: unknown, asked: PasskeyAsked): PasskeyAsked | null {
  if (!(error instanceof EnrolmentError)) return { ...asked, problem: "passkey_not_created" };
  return error.code.startsWith("passkey_") ? { ...asked, problem: error.code } : null;
}
