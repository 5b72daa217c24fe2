/** A stage of an approval: what is shown, and what each thing that the person can do leads to. */
import type { EnrolmentRequest } from "../enrolment/enrolment-answers.ts";
import type { SavedEnrolment } from "../enrolment/saved-enrolment.ts";
import type { ApprovalState, Progress } from "./approval-state.ts";

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

/** Is told what goes on between two stages. */
export type Working = (progress: Progress, enrolment: Kept | null) => void;
