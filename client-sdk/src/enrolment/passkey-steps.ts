/** The steps after the proof: the passkey, made here or in this device's browser. */
import type { Cancellable } from "../transports/cancellation.ts";
import * as answers from "./enrolment-answers.ts";
import type { Continuation, EnrolmentOutcome, EnrolmentRequest } from "./enrolment-answers.ts";
import type { EnrolmentChannel } from "./enrolment-channel.ts";
import { Enrolment, readNumber } from "./enrolment-step.ts";
import type { CreateCredential } from "./passkey.ts";
import type { SavedStep } from "./saved-enrolment.ts";

/** The proof was accepted: now the passkey, on this device. */
export class ProvedEnrolment extends Enrolment {
  readonly next = "passkey";

  protected get savedStep(): SavedStep {
    return { step: "proved", request: this.request };
  }

  /** First choice: the ceremony runs here. What `createCredential` throws is passed on, and it may be tried again. */
  async createPasskey(createCredential: CreateCredential, { signal }: Cancellable = {}): Promise<EnrolmentOutcome> {
    return this.end(async () => {
      const options = answers.readPasskeyOptions(await this.post("passkey/options", {}, { signal }));
      const credential = await createCredential(options, { signal });
      return answers.readOutcome(await this.post("passkey", { credential }, { signal }), this.channel.link.issuer);
    }, { signal });
  }

  /** Otherwise: a page in this device's browser, to be opened at once. */
  async continuation(options: Cancellable = {}): Promise<ContinuedEnrolment> {
    return continueInBrowser(this.channel, this.request, options);
  }
}

/** The passkey is being made in this device's browser, and counts for nothing until it is confirmed here. */
export class ContinuedEnrolment extends Enrolment {
  readonly next = "confirmation";
  readonly continuation: Continuation;

  constructor(channel: EnrolmentChannel, request: EnrolmentRequest, continuation: Continuation) {
    super(channel, request);
    this.continuation = continuation;
  }

  protected get savedStep(): SavedStep {
    return { step: "continued", request: this.request, continuation: this.continuation };
  }

  /** A new page in place of this one. Once a passkey was made in it: `transaction_wrong_state`. */
  async newContinuation(options: Cancellable = {}): Promise<ContinuedEnrolment> {
    return continueInBrowser(this.channel, this.request, options);
  }

  /** Confirms with the six digits that the page shows once the passkey is made; three tries. */
  async confirm(number: string, options: Cancellable = {}): Promise<EnrolmentOutcome> {
    return this.end(async () => {
      const typed = readNumber(number, /^[0-9]{6}$/u);
      return answers.readOutcome(await this.post("confirm", { number: typed }, options), this.channel.link.issuer);
    }, options);
  }
}

async function continueInBrowser(channel: EnrolmentChannel, request: EnrolmentRequest, options: Cancellable): Promise<ContinuedEnrolment> {
  return channel.unlessGivenUp(async () => {
    const continuation = answers.readContinuation(await channel.post("continuation", {}, options), channel.link.issuer);
    return new ContinuedEnrolment(channel, request, continuation);
  }, options);
}
