/** What the device itself refuses, before or after asking the bridge. */
export type LocalEnrolmentErrorCode =
  /** The link is not of the form `<app_link>#iss=...&txn=...&secret=...`. */
  | "link_malformed"
  /** The link names an issuer that this app does not work with. Nothing was sent. */
  | "issuer_not_allowed"
  /** The two digits shown in the browser are asked for, or what was typed is not of that form. Nothing was sent. */
  | "number_malformed"
  /** `ApprovalFlow` does not lead through this purpose: `EnrolmentClient` does. Nothing was signed. */
  | "purpose_unsupported"
  /** The statement differs from the request that was shown; `at` names the member. Nothing was signed. */
  | "statement_mismatch"
  /** The bridge could not be reached, or did not answer in time. The step may be taken again: what the bridge did already is not done twice. */
  | "network_error"
  /** The bridge did its part, but its answer was lost and is given once. Begin a new enrolment. */
  | "answer_lost"
  /** The caller's `AbortSignal`. The bridge was told that the enrolment is given up, if it could be reached. */
  | "cancelled"
  /** What was kept is no saved enrolment, or not one of this app. Nothing was sent. */
  | "saved_malformed"
  /** The answer is not one of the protocol; `at` says where. */
  | "answer_malformed";

/** A code of the bridge's catalogue, or a local one. */
export type EnrolmentErrorCode = LocalEnrolmentErrorCode | (string & {});

export interface EnrolmentErrorFacts {
  /** A sentence for the person in the language asked for; only the bridge gives one. */
  readonly description?: string | undefined;
  /** Tries left for the number. */
  readonly attemptsLeft?: number | undefined;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number | undefined;
  /** Where a local refusal was decided. */
  readonly at?: string | undefined;
  readonly cause?: unknown;
}

/** A refusal by the bridge, or by the device itself. */
export class EnrolmentError extends Error {
  readonly code: EnrolmentErrorCode;
  readonly description: string | undefined;
  readonly attemptsLeft: number | undefined;
  readonly retryAfter: number | undefined;
  readonly at: string | undefined;

  constructor(code: EnrolmentErrorCode, facts: EnrolmentErrorFacts = {}) {
    super(facts.at === undefined ? code : `${code}: ${facts.at}`, { cause: facts.cause });
    this.name = "EnrolmentError";
    this.code = code;
    this.description = facts.description;
    this.attemptsLeft = facts.attemptsLeft;
    this.retryAfter = facts.retryAfter;
    this.at = facts.at;
  }
}
