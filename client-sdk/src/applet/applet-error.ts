import { statusWords } from "./applet-table.ts";

/** What can go wrong between the applet client and the applet. */
export type AppletErrorCode =
  /** The PIN is not of the form the key asks for; it was not sent and no try was spent. */
  | "pin_malformed"
  /** Wrong PIN; `triesLeft` says how many tries are left. */
  | "pin_wrong"
  /** No try is left: only the municipality's office can set a new PIN. */
  | "pin_blocked"
  | "applet_not_found"
  /** The applet holds no such key or certificate. */
  | "file_not_found"
  /** The PIN must be verified first. */
  | "security_status_not_satisfied"
  /** What is to be signed is not a SHA-256 digest. */
  | "digest_malformed"
  /** A certificate's file is not one DER SEQUENCE of a sensible size. */
  | "file_malformed"
  /** The answer is no response APDU, or not as long as it must be. */
  | "response_malformed"
  /** Any other status word, in `status`. */
  | "unexpected_status";

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
  const triesLeft = triesLeftIn(status);
  if (triesLeft !== null && triesLeft > 0) return new AppletError("pin_wrong", { status, triesLeft });
  if (triesLeft === 0 || status === statusWords.authenticationBlocked) {
    return new AppletError("pin_blocked", { status, triesLeft: 0 });
  }
  if (status === statusWords.notFound) return new AppletError("file_not_found", { status });
  if (status === statusWords.securityStatusNotSatisfied) return new AppletError("security_status_not_satisfied", { status });
  return new AppletError("unexpected_status", { status });
}
