/** The stages at which the applet signs: the card or element, its PIN, and what may go wrong with them. */
import type { JpkiApplet } from "../applet/applet.ts";
import { AppletError } from "../applet/applet-error.ts";
import type { SignedEnrolment, StatedEnrolment } from "../enrolment/enrolment-steps.ts";
import type { ClaimedDevice } from "../enrolment/proof.ts";
import { unlessCancelled } from "../transports/cancellation.ts";
import { releasePin, type ApprovalOptions } from "./approval-options.ts";
import { afterCardError } from "./approval-problems.ts";
import type { Stage, Working } from "./approval-stage.ts";
import type { ApprovalAsked, Progress } from "./approval-state.ts";

export interface SigningOptions {
  readonly approval: ApprovalOptions;
  readonly signal: AbortSignal;
  readonly working: Working;
  /** What follows a signature. */
  readonly send: (signed: SignedEnrolment) => Promise<Stage>;
}

export class ApprovalSigning {
  readonly #options: ApprovalOptions;
  readonly #signal: AbortSignal;
  readonly #working: Working;
  readonly #send: SigningOptions["send"];
  #applet: JpkiApplet | null = null;

  constructor({ approval, signal, working, send }: SigningOptions) {
    this.#options = approval;
    this.#signal = signal;
    this.#working = working;
    this.#send = send;
  }

  /** The element in a phone is there to be asked for its tries; a card is asked when it is held to the phone. */
  async begin(stated: StatedEnrolment): Promise<Stage> {
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

  /** Only after a refused PIN is it sure that the applet is still there: another card may be, which has selected nothing. */
  #unsigned(stated: StatedEnrolment, asked: ApprovalAsked, error: unknown): Stage {
    const isOfPin = error instanceof AppletError && ["pin_malformed", "pin_wrong", "pin_last_try"].includes(error.code);
    if (!isOfPin) this.#applet = null;
    if (error instanceof AppletError && error.code === "pin_blocked") return this.#pinBlocked(stated);
    return this.#approval(stated, afterCardError(error, asked));
  }

  #pinBlocked(stated: StatedEnrolment): Stage {
    const remedy = this.#options.medium === "card" ? "municipal_office" : "issuing_app";
    const useAnother = async (): Promise<Stage> => {
      this.#applet = null;
      return this.begin(stated);
    };
    return { state: { step: "pin_blocked", request: stated.request, remedy }, enrolment: stated, can: { useAnother } };
  }

  async #connect(): Promise<JpkiApplet> {
    if (this.#applet === null || this.#applet.isLost) {
      this.#applet = await unlessCancelled(this.#options.connect({ signal: this.#signal }), this.#signal);
    }
    return this.#applet;
  }
}
