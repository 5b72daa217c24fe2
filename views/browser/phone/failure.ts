/** What the phone's page says about an error, and whether the same step may be tried again. */
import { AppletError, EnrolmentError } from "@jpki-bridge/client-sdk";
import type { Messages } from "../../messages/index.ts";
import { NoConnection, ServerRefusal } from "../http.ts";
import { fill, joined } from "../page.ts";

type Own = Messages["phone"]["script"];

export interface Failure {
  readonly sentence: string;
  readonly again: boolean;
}

const again = (sentence: string): Failure => ({ sentence, again: true });
const over = (sentence: string): Failure => ({ sentence, again: false });

/** Refusals by the bridge after which the step stands open still. */
const passing = ["number_wrong", "rate_limited", "service_unavailable", "passkey_response_invalid", "passkey_challenge_unknown", "passkey_user_verification_missing"];

export function failureOf(error: unknown, own: Own): Failure {
  if (error instanceof AppletError) return appletFailure(error, own);
  if (error instanceof EnrolmentError) return enrolmentFailure(error, own);
  if (error instanceof NoConnection || error instanceof ServerRefusal) return again(own.personaUnavailable);
  // The phone has a passkey of this ID (WebAuthn 6.3.2): the certificate was checked, and there is none to make.
  if (error instanceof Error && error.name === "InvalidStateError") return over(own.passkeyHere);
  // The authenticator's refusals: a person who closes its window may open it again.
  if (error instanceof Error && /^(NotAllowed|Abort|Security|NotSupported)Error$/.test(error.name)) return again(own.passkeyCancelled);
  return over(own.failed);
}

function appletFailure({ code }: AppletError, own: Own): Failure {
  if (code === "pin_malformed") return again(own.pinFormat);
  if (code === "pin_wrong") return again(own.pinWrong);
  if (code === "pin_last_try") return again(own.lastTry);
  if (code === "pin_blocked") return over(own.pinBlocked);
  return over(own.certificateUnreadable);
}

function enrolmentFailure({ code, description, attemptsLeft }: EnrolmentError, own: Own): Failure {
  if (code === "network_error") return again(own.offline);
  if (code === "number_malformed") return again(own.numberFormat);
  if (code === "link_malformed" || code === "issuer_not_allowed") return again(own.linkUnreadable);
  if (code === "statement_mismatch") return over(own.statementWrong);
  const sentence = description ?? own.failed;
  if (!passing.includes(code)) return over(sentence);
  return again(attemptsLeft === undefined ? sentence : joined(sentence, fill(own.triesLeft, { left: attemptsLeft })));
}
