/** The stages of an approval, top to bottom: what is shown, and what each thing that the person can do leads to. */
import type { JpkiApplet } from "../applet/applet.ts";
import { AppletError } from "../applet/applet-error.ts";
import type { EnrolmentRequest } from "../enrolment/enrolment-answers.ts";
import { EnrolmentClient, type ResumedEnrolment } from "../enrolment/enrolment-client.ts";
import type { ClaimedEnrolment, ContinuedEnrolment, ProvedEnrolment, SignedEnrolment, StatedEnrolment } from "../enrolment/enrolment-steps.ts";
import type { ClaimedDevice } from "../enrolment/proof.ts";
import type { SavedEnrolment } from "../enrolment/saved-enrolment.ts";
import { unlessCancelled } from "../transports/cancellation.ts";
import { releasePin, type ApprovalOptions } from "./approval-options.ts";
import { afterCardError, afterConfirmation, afterNumber, afterPasskey, failureOf } from "./approval-problems.ts";
import type { ApprovalAsked, ApprovalState, ConfirmationAsked, NumberAsked, PasskeyAsked, Progress } from "./approval-state.ts";

/** An enrolment at some step of its way: what is saved, and given up. */
export interface Kept {
  readonly request?: EnrolmentRequest;
  save(): Promise<SavedEnrolment>;
  giveUp(): Promise<void>;
}

export interface Stage {
  readonly state: ApprovalState;
  /** `null` where there is nothing yet, or nothing more. */
  readonly enrolment: Kept | null;
  readonly can: Actions;
}

/** What the person can do at a stage. None rejects. */
export interface Actions {
  readonly agree?: () => Promise<Stage>;
  readonly enterNumber?: (number: string) => Promise<Stage>;
  readonly enterPin?: (pin: Uint8Array, spendLastTry: boolean) => Promise<Stage>;
  readonly approveByBiometrics?: (spendLastTry: boolean) => Promise<Stage>;
  readonly useAnother?: () => Promise<Stage>;
  readonly createPasskey?: () => Promise<Stage>;
  readonly continueInBrowser?: () => Promise<Stage>;
  readonly confirm?: (number: string) => Promise<Stage>;
  readonly retry?: () => Promise<Stage>;
}

export class ApprovalStages {
  readonly #options: ApprovalOptions;
  readonly #signal: AbortSignal;
  readonly #working: (progress: Progress, enrolment: Kept | null) => void;
  #applet: JpkiApplet | null = null;

  /** @param working is told what goes on between two stages */
  constructor(options: ApprovalOptions, signal: AbortSignal, working: (progress: Progress, enrolment: Kept | null) => void) {
    this.#options = options;
    this.#signal = signal;
    this.#working = working;
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
        return this.#take("contacting_bridge", enrolment, async () => this.#consent(await enrolment.claim({ signal: this.#signal })));
      case "statement":
        return this.#consent(enrolment);
      case "signature":
        return this.#stated(enrolment);
      case "proof":
        return this.#send(enrolment);
      case "passkey":
        return this.#passkey(enrolment, null);
      case "confirmation":
        return this.#confirmation(enrolment, null);
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
    return this.#take("contacting_bridge", claimed, async () => this.#stated(await claimed.statement({ number, signal: this.#signal })), instead);
  }

  /** The element in a phone is there to be asked for its tries; a card is asked when it is held to the phone. */
  async #stated(stated: StatedEnrolment): Promise<Stage> {
    const canUseBiometrics = this.#options.releasePin !== undefined;
    const asked: ApprovalAsked = { step: "approval", request: stated.request, canUseBiometrics, triesLeft: null, lastTry: false, problem: null };
    if (this.#options.medium === "card") return this.#approval(stated, asked);
    this.#working("reading_card", stated);
    try {
      const applet = await this.#connect();
      const triesLeft = await applet.triesLeft("authentication", { signal: this.#signal });
      return triesLeft === 0 ? this.#pinBlocked(stated) : this.#approval(stated, { ...asked, triesLeft, lastTry: triesLeft === 1 });
    } catch (error) {
      return this.#unsigned(stated, asked, error);
    }
  }

  #approval(stated: StatedEnrolment, asked: ApprovalAsked): Stage {
    // The last try is spent only by who was told that it is the last.
    const unlessLast = (spendLastTry: boolean, sign: () => Promise<Stage>): Promise<Stage> =>
      asked.lastTry && !spendLastTry ? Promise.resolve(this.#approval(stated, { ...asked, problem: "pin_last_try" })) : sign();
    const enterPin = (pin: Uint8Array, spendLastTry: boolean): Promise<Stage> => unlessLast(spendLastTry, () => this.#sign(stated, asked, pin, "pin"));
    const approveByBiometrics = (spendLastTry: boolean): Promise<Stage> => unlessLast(spendLastTry, () => this.#signByBiometrics(stated, asked));
    return { state: asked, enrolment: stated, can: asked.canUseBiometrics ? { enterPin, approveByBiometrics } : { enterPin } };
  }

  async #signByBiometrics(stated: StatedEnrolment, asked: ApprovalAsked): Promise<Stage> {
    this.#working("awaiting_biometrics", stated);
    const pin = await releasePin(this.#options, asked.request, this.#signal);
    if (pin === null) return this.#approval(stated, { ...asked, problem: "pin_not_released" });
    return this.#sign(stated, asked, pin, "biometric");
  }

  async #sign(stated: StatedEnrolment, asked: ApprovalAsked, pin: Uint8Array, approval: ClaimedDevice["approval"]): Promise<Stage> {
    const device = { medium: this.#options.medium, approval };
    const onProgress = (progress: Progress): void => this.#working(progress, stated);
    onProgress("reading_card");
    try {
      const applet = await this.#connect();
      const signed = await stated.sign({ applet, pin, spendLastTry: asked.lastTry, device, signal: this.#signal, onProgress });
      return await this.#send(signed);
    } catch (error) {
      // A PIN that the platform holds and the applet refused would only spend the next try.
      const isStale = approval === "biometric" && error instanceof AppletError && (error.code === "pin_wrong" || error.code === "pin_malformed");
      return this.#unsigned(stated, isStale ? { ...asked, canUseBiometrics: false } : asked, error);
    } finally {
      pin.fill(0);
    }
  }

  /** After a failed transport an applet is of no more use; after a refusal it is. */
  #unsigned(stated: StatedEnrolment, asked: ApprovalAsked, error: unknown): Stage {
    if (!(error instanceof AppletError)) this.#applet = null;
    if (error instanceof AppletError && error.code === "pin_blocked") return this.#pinBlocked(stated);
    return this.#approval(stated, afterCardError(error, asked));
  }

  #pinBlocked(stated: StatedEnrolment): Stage {
    const remedy = this.#options.medium === "card" ? "municipal_office" : "issuing_app";
    const useAnother = async (): Promise<Stage> => {
      this.#applet = null;
      return this.#stated(stated);
    };
    return { state: { step: "pin_blocked", request: stated.request, remedy }, enrolment: stated, can: { useAnother } };
  }

  async #connect(): Promise<JpkiApplet> {
    this.#applet ??= await unlessCancelled(this.#options.connect({ signal: this.#signal }), this.#signal);
    return this.#applet;
  }

  async #send(signed: SignedEnrolment): Promise<Stage> {
    return this.#take("sending", signed, async () => this.#at(await signed.send({ signal: this.#signal })));
  }

  #passkey(proved: ProvedEnrolment, problem: string | null): Stage {
    const { createCredential } = this.#options;
    const asked: PasskeyAsked = { step: "passkey", request: proved.request, canCreate: createCredential !== undefined, problem };
    const continueInBrowser = (): Promise<Stage> => this.#continue(proved);
    if (createCredential === undefined) return { state: asked, enrolment: proved, can: { continueInBrowser } };
    const createPasskey = (): Promise<Stage> =>
      this.#take("creating_passkey", proved, async () => this.#at(await proved.createPasskey(createCredential, { signal: this.#signal })), (error) => {
        const next = afterPasskey(error, asked);
        return next && this.#passkey(proved, next.problem);
      });
    return { state: asked, enrolment: proved, can: { continueInBrowser, createPasskey } };
  }

  async #continue(proved: ProvedEnrolment): Promise<Stage> {
    return this.#take("contacting_bridge", proved, async () => this.#confirmation(await proved.continuation({ signal: this.#signal }), proved));
  }

  #confirmation(continued: ContinuedEnrolment, proved: ProvedEnrolment | null, asked: ConfirmationAsked = firstConfirmation(continued)): Stage {
    const confirm = (number: string): Promise<Stage> =>
      this.#take("contacting_bridge", continued, async () => this.#at(await continued.confirm(number, { signal: this.#signal })), (error) => {
        const next = afterConfirmation(error, asked);
        return next && this.#confirmation(continued, proved, next);
      });
    const can = proved === null ? { confirm } : { confirm, continueInBrowser: () => this.#continue(proved) };
    return { state: asked, enrolment: continued, can };
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

function firstConfirmation({ request, continuation }: ContinuedEnrolment): ConfirmationAsked {
  return { step: "confirmation", request, continuation, triesLeft: null, problem: null };
}
