/** The stages of an approval, top to bottom. Those at which the applet signs are in approval-signing.ts. */
import { EnrolmentClient, type ResumedEnrolment } from "../enrolment/enrolment-client.ts";
import { EnrolmentError } from "../enrolment/enrolment-error.ts";
import { isRefusal } from "../enrolment/enrolment-standing.ts";
import type { ClaimedEnrolment, SignedEnrolment, StatedEnrolment } from "../enrolment/enrolment-steps.ts";
import type { ContinuedEnrolment, ProvedEnrolment } from "../enrolment/passkey-steps.ts";
import type { SavedEnrolment } from "../enrolment/saved-enrolment.ts";
import type { ApprovalOptions } from "./approval-options.ts";
import { afterConfirmation, afterNumber, afterPasskey, failureOf } from "./approval-problems.ts";
import { ApprovalSigning } from "./approval-signing.ts";
import type { Kept, Stage, Working } from "./approval-stage.ts";
import type { ConfirmationAsked, NumberAsked, PasskeyAsked, Progress } from "./approval-state.ts";

export class ApprovalStages {
  readonly #options: ApprovalOptions;
  readonly #signal: AbortSignal;
  readonly #working: Working;
  readonly #signing: ApprovalSigning;

  constructor(options: ApprovalOptions, signal: AbortSignal, working: Working) {
    this.#options = options;
    this.#signal = signal;
    this.#working = working;
    this.#signing = new ApprovalSigning({ approval: options, signal, working, send: (signed) => this.#send(signed) });
  }

  async open(link: string): Promise<Stage> {
    return this.#take("contacting_bridge", null, async () => this.#at(await EnrolmentClient.open({ ...this.#options, link })));
  }

  async resume(saved: SavedEnrolment): Promise<Stage> {
    // Until the bridge was reached, what was saved stays what there is.
    const unchanged: Kept = { save: async () => saved, giveUp: async () => undefined };
    return this.#take("contacting_bridge", unchanged, async () => this.#at(await EnrolmentClient.resume(saved, { ...this.#options, signal: this.#signal })));
  }

  async #at(enrolment: ResumedEnrolment): Promise<Stage> {
    switch (enrolment.next) {
      case "claim":
        return this.#take("contacting_bridge", enrolment, async () => this.#at(await enrolment.claim({ signal: this.#signal })));
      case "statement":
        refuseUnsupported(enrolment);
        return this.#consent(enrolment);
      case "signature":
        refuseUnsupported(enrolment);
        return this.#signing.begin(enrolment);
      case "proof":
        return this.#send(enrolment);
      case "passkey":
        return this.#passkey(enrolment, null);
      case "confirmation":
        return this.#confirmation(enrolment);
      default:
        return { state: { step: "completed", outcome: enrolment }, enrolment: null, can: {} };
    }
  }

  #consent(claimed: ClaimedEnrolment): Stage {
    const { request } = claimed;
    const asked: NumberAsked = { step: "number", request, triesLeft: null, problem: null };
    const agree = async (): Promise<Stage> => (claimed.numberRequired ? this.#number(claimed, asked) : this.#state(claimed));
    return { state: { step: "consent", request }, enrolment: claimed, can: { agree } };
  }

  #number(claimed: ClaimedEnrolment, asked: NumberAsked): Stage {
    const enterNumber = async (number: string): Promise<Stage> =>
      this.#state(claimed, number, (error) => {
        const next = afterNumber(error, asked);
        return next && this.#number(claimed, next);
      });
    return { state: asked, enrolment: claimed, can: { enterNumber } };
  }

  async #state(claimed: ClaimedEnrolment, number = "", instead?: (error: unknown) => Stage | null): Promise<Stage> {
    return this.#take("contacting_bridge", claimed, async () => this.#signing.begin(await claimed.statement({ number, signal: this.#signal })), instead);
  }

  async #send(signed: SignedEnrolment): Promise<Stage> {
    return this.#take("sending", signed, async () => this.#at(await signed.send({ signal: this.#signal })));
  }

  #passkey(proved: ProvedEnrolment, problem: string | null): Stage {
    const { createCredential } = this.#options;
    const asked: PasskeyAsked = { step: "passkey", request: proved.request, canCreate: createCredential !== undefined, problem };
    const continueInBrowser = (): Promise<Stage> =>
      this.#take("contacting_bridge", proved, async () => this.#confirmation(await proved.continuation({ signal: this.#signal })));
    if (createCredential === undefined) return { state: asked, enrolment: proved, can: { continueInBrowser } };
    const createPasskey = (): Promise<Stage> =>
      this.#take("creating_passkey", proved, async () => this.#at(await proved.createPasskey(createCredential, { signal: this.#signal })), (error) => {
        const next = afterPasskey(error, asked);
        return next && this.#passkey(proved, next.problem);
      });
    return { state: asked, enrolment: proved, can: { continueInBrowser, createPasskey } };
  }

  #confirmation(continued: ContinuedEnrolment, asked: ConfirmationAsked = firstConfirmation(continued)): Stage {
    const confirm = (number: string): Promise<Stage> =>
      this.#take("contacting_bridge", continued, async () => this.#at(await continued.confirm(number, { signal: this.#signal })), (error) => {
        const next = afterConfirmation(error, asked);
        return next && this.#confirmation(continued, next);
      });
    // Once the passkey is made no page leads to it any more; its number is still to be typed.
    const continueInBrowser = (): Promise<Stage> =>
      this.#take("contacting_bridge", continued, async () => this.#confirmation(await continued.newContinuation({ signal: this.#signal })), (error) =>
        isRefusal(error, "transaction_wrong_state") ? this.#confirmation(continued, asked) : null,
      );
    return { state: asked, enrolment: continued, can: { confirm, continueInBrowser } };
  }

  /** Takes a step. One that failed in passing can be taken again. */
  async #take(progress: Progress, enrolment: Kept | null, step: () => Promise<Stage>, instead?: (error: unknown) => Stage | null): Promise<Stage> {
    this.#working(progress, enrolment);
    try {
      return await step();
    } catch (error) {
      const state = failureOf(error);
      const retry = (): Promise<Stage> => this.#take(progress, enrolment, step, instead);
      return instead?.(error) ?? { state, enrolment, can: state.retry ? { retry } : {} };
    }
  }
}

/** Signing with both keys takes both PINs, and this flow asks for one. */
function refuseUnsupported({ request }: ClaimedEnrolment | StatedEnrolment): void {
  if (request.purpose === "attributes" || request.with_attributes === true) throw new EnrolmentError("purpose_unsupported");
}

function firstConfirmation({ request, continuation }: ContinuedEnrolment): ConfirmationAsked {
  return { step: "confirmation", request, continuation, triesLeft: null, problem: null };
}
