/** What all steps after the claim have in common. */
import type { Cancellable } from "../transports/cancellation.ts";
import * as answers from "./enrolment-answers.ts";
import type { Answer, EnrolmentChannel } from "./enrolment-channel.ts";
import type { EnrolmentOutcome, EnrolmentRequest, EnrolmentStatus } from "./enrolment-answers.ts";
import { EnrolmentError } from "./enrolment-error.ts";
import { askStanding, isRefusal, lostOutcome } from "./enrolment-standing.ts";
import type { SavedEnrolment, SavedStep } from "./saved-enrolment.ts";

/** What can be done at any step after the claim. */
export abstract class Enrolment {
  /** What the person was shown. */
  readonly request: EnrolmentRequest;
  protected readonly channel: EnrolmentChannel;

  constructor(channel: EnrolmentChannel, request: EnrolmentRequest) {
    this.channel = channel;
    this.request = request;
  }

  protected abstract readonly savedStep: SavedStep;

  /** What `EnrolmentClient.resume` needs to go on from here. Keep it in the platform's secure storage. */
  async save(): Promise<SavedEnrolment> {
    return { version: 1, ...this.channel.link, key: await this.channel.key.exportJwk(), ...this.savedStep };
  }

  async status(options: Cancellable = {}): Promise<EnrolmentStatus> {
    return this.channel.unlessGivenUp(async () => answers.readStatus(await this.post("status", {}, options)), options);
  }

  /** Ends the transaction for both devices. */
  async cancel(): Promise<void> {
    await this.post("cancel", {}, {}).catch((error: unknown) => {
      if (!isRefusal(error, "transaction_cancelled")) throw error;
    });
  }

  /** The same if the bridge can be reached: never rejects. */
  async giveUp(): Promise<void> {
    return this.channel.giveUp();
  }

  protected async post(step: string, body: object, { signal }: Cancellable): Promise<Answer> {
    return this.channel.post(step, body, { signal });
  }

  /** Takes a step that ends the enrolment; one that the bridge took already is not taken again. */
  protected async end(step: () => Promise<EnrolmentOutcome>, options: Cancellable): Promise<EnrolmentOutcome> {
    return this.channel.unlessGivenUp(async () => {
      try {
        return await step();
      } catch (error) {
        const isTaken = isRefusal(error, "transaction_wrong_state") || isRefusal(error, "passkey_challenge_unknown");
        const outcome = isTaken ? lostOutcome(await askStanding(this.channel, options), this.request) : null;
        if (outcome === null) throw error;
        return outcome;
      }
    }, options);
  }
}

/** Digits as a person types them: Japanese keyboards also give the full-width ones. */
export function readNumber(typed: string, form: RegExp): string {
  const number = typed.normalize("NFKC").trim();
  if (!form.test(number)) throw new EnrolmentError("number_malformed");
  return number;
}
