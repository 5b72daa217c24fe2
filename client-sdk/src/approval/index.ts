/** An enrolment as a person goes through it, without any user interface. */
export { ApprovalFlow } from "./approval-flow.ts";
export type { PinApproval } from "./approval-flow.ts";
export type { ApprovalOptions, ReleasePin } from "./approval-options.ts";
export type {
  ApprovalAsked, ApprovalProblem, ApprovalState, ConfirmationAsked, ConsentAsked, Ended, Failed, NumberAsked, NumberProblem,
  PasskeyAsked, PinBlocked, Progress, Working,
} from "./approval-state.ts";
