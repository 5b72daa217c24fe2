import type { SavedEnrolment } from "../enrolment/saved-enrolment.ts";
import type { ApprovalOptions } from "./approval-options.ts";
import type { Actions, Stage } from "./approval-stage.ts";
import { ApprovalStages } from "./approval-stages.ts";
import type { ApprovalState } from "./approval-state.ts";

/** How the person approves. */
export interface PinApproval {
  /** Whether to go on where a wrong PIN would block it. Ask the person first. */
  readonly spendLastTry?: boolean;
}

/**
 * An enrolment as a person goes through it on this device, without any user interface: `state` says what to
 * show, the methods are what the person can do. A method that does not belong to the present state does
 * nothing, so a button pressed twice does no harm. None of them rejects: what went wrong is in the state.
 */
export class ApprovalFlow {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<(state: ApprovalState) => void>();
  #isActing = false;
  #stage: Stage = { state: { step: "working", progress: "contacting_bridge", request: null }, enrolment: null, can: {} };

  private constructor(options: ApprovalOptions, begin: (stages: ApprovalStages) => Promise<Stage>) {
    const stages = new ApprovalStages(options, this.#controller.signal, (progress, enrolment) =>
      this.#enter({ state: { step: "working", progress, request: enrolment?.request ?? null }, enrolment, can: {} }),
    );
    void this.#act(() => begin(stages));
  }

  /** Claims the enrolment of a link that was opened or scanned. */
  static start(link: string, options: ApprovalOptions): ApprovalFlow {
    return new ApprovalFlow(options, (stages) => stages.open(link));
  }

  /** Goes on after the app was restarted, from what {@link save} gave. */
  static resume(saved: SavedEnrolment, options: ApprovalOptions): ApprovalFlow {
    return new ApprovalFlow(options, (stages) => stages.resume(saved));
  }

  get state(): ApprovalState {
    return this.#stage.state;
  }

  /** Calls `listener` with every state from now on; the function given back ends that. */
  subscribe(listener: (state: ApprovalState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** What {@link resume} needs, for the platform's secure storage, to be kept at each change of state; `null`: forget it. */
  async save(): Promise<SavedEnrolment | null> {
    return this.#stage.enrolment?.save() ?? null;
  }

  /** At `consent`: the person has read who asks for what, and wants it. */
  async agree(): Promise<void> {
    await this.#act((can) => can.agree?.());
  }

  /** At `number`: the two digits that the browser on the other device shows. */
  async enterNumber(number: string): Promise<void> {
    await this.#act((can) => can.enterNumber?.(number));
  }

  /** At `approval`: the PIN as ASCII. The buffer is overwritten with zeros, whatever happens. */
  async enterPin(pin: Uint8Array, { spendLastTry = false }: PinApproval = {}): Promise<void> {
    try {
      await this.#act((can) => can.enterPin?.(pin, spendLastTry));
    } finally {
      pin.fill(0);
    }
  }

  /** At `approval` with `canUseBiometrics`: lets the platform release the PIN. */
  async approveByBiometrics({ spendLastTry = false }: PinApproval = {}): Promise<void> {
    await this.#act((can) => can.approveByBiometrics?.(spendLastTry));
  }

  /** At `pin_blocked`: there is another card, or the PIN was reset. */
  async useAnother(): Promise<void> {
    await this.#act((can) => can.useAnother?.());
  }

  /** At `passkey` with `canCreate`. */
  async createPasskey(): Promise<void> {
    await this.#act((can) => can.createPasskey?.());
  }

  /** At `passkey`, and at `confirmation` for a new continuation in place of one that has expired. */
  async continueInBrowser(): Promise<void> {
    await this.#act((can) => can.continueInBrowser?.());
  }

  /** At `confirmation`: the six digits that this device's browser shows. */
  async confirm(number: string): Promise<void> {
    await this.#act((can) => can.confirm?.(number));
  }

  /** At `failed` with `retry`. */
  async retry(): Promise<void> {
    await this.#act((can) => can.retry?.());
  }

  /** At any time: ends it here at once, and tells the bridge if it can be reached. What is complete stays so. */
  async cancel(): Promise<void> {
    if (this.#isOver()) return;
    const { enrolment } = this.#stage;
    this.#enter({ state: { step: "cancelled" }, enrolment: null, can: {} });
    this.#controller.abort();
    await enrolment?.giveUp();
  }

  /** One thing at a time: what is done while something else is under way does nothing. */
  async #act(begin: (can: Actions) => Promise<Stage> | undefined): Promise<void> {
    if (this.#isActing) return;
    this.#isActing = true;
    let stage: Stage | undefined;
    try {
      const begun = begin(this.#stage.can);
      stage = begun && (await begun);
    } finally {
      this.#isActing = false;
    }
    if (stage !== undefined) this.#enter(stage);
  }

  #enter(stage: Stage): void {
    if (this.#isOver()) return;
    const isLost = stage.state.step === "failed" && !stage.state.retry;
    const entered = isLost ? { ...stage, enrolment: null } : stage;
    this.#stage = entered;
    if (isLost) void stage.enrolment?.giveUp();
    for (const listener of this.#listeners) {
      // One that was told has acted at once, and all were told what came of it.
      if (this.#stage !== entered) return;
      notify(listener, stage.state);
    }
  }

  #isOver(): boolean {
    const { step } = this.#stage.state;
    return step === "completed" || step === "cancelled" || (step === "failed" && this.#stage.enrolment === null && this.#stage.can.retry === undefined);
  }
}

/** A listener that fails is its owner's matter, and stops neither the others nor the approval. */
function notify(listener: (state: ApprovalState) => void, state: ApprovalState): void {
  try {
    listener(state);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
