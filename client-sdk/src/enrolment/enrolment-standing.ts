/** Where an enrolment stands at the bridge: for an app that was restarted, and after an answer that was lost. */
import type { Cancellable } from "../transports/cancellation.ts";
import { readStatus, type EnrolmentOutcome, type EnrolmentRequest } from "./enrolment-answers.ts";
import type { EnrolmentChannel } from "./enrolment-channel.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import { makesPasskey } from "../statement/statement.ts";

/**
 * The state of a transaction that lives, once the bridge's checks are through.
 * @throws EnrolmentError with the bridge's code if it is over, or if the checks take longer than an answer may
 */
export async function askStanding(channel: EnrolmentChannel, options: Cancellable): Promise<string> {
  for (let seconds = 0; seconds <= channel.answerWithin; seconds += 1) {
    const state = await askOnce(channel, options);
    if (state !== "proving") return state;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  throw new EnrolmentError("network_error", { at: "status: proving" });
}

async function askOnce(channel: EnrolmentChannel, options: Cancellable): Promise<string> {
  try {
    const { state } = readStatus(await channel.post("status", {}, options));
    if (state !== "failed" && state !== "expired") return state;
  } catch (error) {
    // Of a cancelled or finished transaction the bridge has forgotten whose it was.
    if (!isRefusal(error, "device_key_mismatch")) throw error;
  }
  // It is over. Why, only a step that is refused tells, with a sentence for the person.
  await channel.post("statement", {}, options);
  throw new EnrolmentError("answer_malformed", { at: "status" });
}

/**
 * The end of an enrolment that is complete at the bridge, though the answer that said so was lost; `null` if
 * it is not complete.
 * @throws EnrolmentError `answer_lost` where the way back is given once, and nothing else leads on
 */
export function lostOutcome(state: string, { device, purpose }: EnrolmentRequest): EnrolmentOutcome | null {
  if (state !== "complete" && state !== "returned") return null;
  // With a passkey the person can sign in in any browser; without one this device lives by its return code.
  if (device === "same" && !makesPasskey(purpose) && state === "complete") throw new EnrolmentError("answer_lost", { at: "return_url" });
  return { next: "done" };
}

export function isRefusal(error: unknown, code: string): boolean {
  return error instanceof EnrolmentError && error.code === code;
}
