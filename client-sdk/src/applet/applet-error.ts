import { statusWords } from "../apdu/status-words.ts";
import { refusals } from "./applet-table.ts";

/** What can go wrong between the applet client and the applet. */
export type AppletErrorCode =
  /** The PIN is not of the form the key asks for; it was not sent and no try was spent. */
  | "pin_malformed"
  /** Wrong PIN; `triesLeft` says how many tries are left. */
  | "pin_wrong"
  /** No try is left: only the municipality's office can set a new PIN. */
  | "pin_blocked"
  /** One try is left, and the caller did not say to spend it; the PIN was not sent. */
  | "pin_last_try"
  /** No JPKI application: another kind of card. */
  | "applet_not_found"
  /** Not the card, or not the element, that was to be used. */
  | "wrong_card"
  /** No certificate was issued for this use: its file is missing or empty. */
  | "certificate_absent"
  /** The applet holds no such PIN or key. */
  | "file_not_found"
  /** The PIN must be verified first. */
  | "security_status_not_satisfied"
  /** What is to be signed is not a SHA-256 digest. */
  | "digest_malformed"
  /** A certificate's file is not one DER SEQUENCE of a sensible size. */
  | "file_malformed"
  /** Any other status word, in `status`. */
  | "unexpected_status";

/** What is known besides the code. */
export interface AppletErrorFacts {
  readonly triesLeft?: number;
  readonly status?: number;
}

/** A refusal by the applet, or an answer of it that cannot be used. */
export class AppletError extends Error {
  readonly code: AppletErrorCode;
  /** Tries left before the PIN is blocked, if the applet said so. */
  readonly triesLeft: number | undefined;
  /** The status word, if the applet gave one. */
  readonly status: number | undefined;

  constructor(code: AppletErrorCode, facts: AppletErrorFacts = {}) {
    super(facts.status === undefined ? code : `${code} (${facts.status.toString(16)})`);
    this.name = "AppletError";
    this.code = code;
    this.triesLeft = facts.triesLeft;
    this.status = facts.status;
  }
}

/** The tries that `63 Cx` tells of, or `null` for any other status word. */
export function triesLeftIn(status: number): number | null {
  return (status & 0xfff0) === statusWords.verificationFailed ? status & 0x0f : null;
}

/** The error of a status word that is no success. */
export function errorOfStatus(status: number): AppletError {
  const code = refusals.get(status);
  if (code === "pin_blocked") return new AppletError(code, { status, triesLeft: 0 });
  if (code !== undefined) return new AppletError(code, { status });
  const triesLeft = triesLeftIn(status);
  return triesLeft === null ? new AppletError("unexpected_status", { status }) : new AppletError("pin_wrong", { status, triesLeft });
}
