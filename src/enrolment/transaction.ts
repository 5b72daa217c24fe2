import { makesPasskey, type Purpose } from "../jpki/index.ts";
import type { ErrorCode } from "../errors.ts";
import type { ClientId, EvidenceId, PasskeyId, PersonId, TransactionId } from "../identifiers.ts";

/** Seconds a transaction lives. */
export const transactionLife = 300;
/** Seconds a continuation URL may be opened. */
export const continuationLife = 60;
const numberAttempts = 3;

/** Where the browser that opened the transaction was, and goes back to. */
export type Opener =
  | { readonly kind: "interaction"; readonly uid: string }
  | { readonly kind: "account" }
  /** The pages for a lost or new phone, where nobody need be signed in. */
  | { readonly kind: "recovery" }
  /** A request of a relying party that is being approved. */
  | { readonly kind: "approval"; readonly id: string };

/** What is fixed when a transaction opens. */
export interface TransactionFrame {
  readonly id: TransactionId;
  readonly purpose: Purpose;
  /** How the link travels. What is *proven* about the device is decided by the return code alone. */
  readonly device: "same" | "other";
  readonly opener: Opener;
  /** Digest of the cookie of the browser that opened it. */
  readonly browser: string;
  readonly client: { readonly id: ClientId; readonly name: string; readonly host: string };
  /** The person signed in in that browser; whoever proves must be the same. */
  readonly expected: PersonId | null;
  /** The certificate that this person presented in that browser just before, in its session. */
  readonly presented: EvidenceId | null;
  /** Of the purpose `recover`: the passkeys that this person keeps. */
  readonly keep: readonly PasskeyId[];
  /** Whether the signature certificate is to be presented, too. */
  readonly withAttributes: boolean;
  readonly secretDigest: string;
  /** Two digits, shown in the browser once a phone has connected; null on the same device. */
  readonly number: string | null;
  readonly openedAt: number;
  readonly expiresAt: number;
}

/** What the proof established. */
export interface Proved {
  readonly personId: PersonId;
  readonly evidenceId: EvidenceId;
  readonly provedAt: number;
}

/** The passkey made in the phone's browser, until the app confirms it. */
export interface PendingPasskey {
  readonly passkeyId: PasskeyId;
  /** Six digits that this browser shows. */
  readonly number: string;
  readonly attempts: number;
}

export type TransactionState =
  | { readonly state: "open" }
  | { readonly state: "claimed"; readonly deviceKey: string; readonly attempts: number }
  | { readonly state: "challenged"; readonly deviceKey: string; readonly nonce: string; readonly issuedAt: number }
  /** The nonce is consumed; the checks run, or ended in a refusal. */
  | { readonly state: "proving"; readonly deviceKey: string }
  | ({ readonly state: "proved"; readonly deviceKey: string; readonly challenge: string | null; readonly continuation: Continuation | null } & Proved)
  | ({ readonly state: "passkey_pending"; readonly deviceKey: string; readonly pending: PendingPasskey } & Proved)
  | ({ readonly state: "complete"; readonly deviceKey: string; readonly passkeyId: PasskeyId | null; readonly returnDigest: string | null } & Proved)
  /** The opening browser redeemed the device-local code: the same device is proven. */
  | ({ readonly state: "returned"; readonly deviceKey: string; readonly passkeyId: PasskeyId | null } & Proved)
  /** The opening browser took the result; nothing more can be had. */
  | { readonly state: "finished" }
  | { readonly state: "failed"; readonly deviceKey: string; readonly code: ErrorCode }
  | { readonly state: "cancelled" };

/** A one-time way to make the passkey in the phone's browser. */
export interface Continuation {
  readonly tokenDigest: string;
  readonly expiresAt: number;
  /** WebAuthn challenge, once the token was redeemed. */
  readonly challenge: string | null;
}

export type EnrolmentTransaction = TransactionFrame & TransactionState;
type In<Name extends TransactionState["state"]> = TransactionFrame & Extract<TransactionState, { state: Name }>;

/**
 * What a step does: the next transaction, or a refusal. A refusal may change the transaction too (a
 * wrong number uses up an attempt); then `next` is stored before the refusal is told.
 */
export type Step<Name extends TransactionState["state"]> =
  | { readonly code: null; readonly next: In<Name> }
  | { readonly code: ErrorCode; readonly at: string; readonly next?: EnrolmentTransaction; readonly attemptsLeft?: number };

const refused = (code: ErrorCode, at: string): { code: ErrorCode; at: string } => ({ code, at });

/** The frame alone, to build the next state on. */
export function frameOf(transaction: EnrolmentTransaction): TransactionFrame {
  const { id, purpose, device, opener, browser, client, expected, presented, keep, withAttributes, secretDigest, number, openedAt, expiresAt } = transaction;
  return { id, purpose, device, opener, browser, client, expected, presented, keep, withAttributes, secretDigest, number, openedAt, expiresAt };
}

/** Why nothing can be done any more, or null while the transaction lives. */
export function endOf(transaction: EnrolmentTransaction, now: number): ErrorCode | null {
  if (transaction.state === "failed") return transaction.code;
  if (transaction.state === "cancelled") return "transaction_cancelled";
  if (transaction.state === "finished") return "transaction_unknown";
  return now >= transaction.expiresAt ? "transaction_expired" : null;
}

const toldToBrowser: readonly ErrorCode[] = ["number_attempts_exhausted", "status_unavailable", "internal_error"];

/**
 * The same for the browser that opened the transaction. Whoever sits there need not be the holder of
 * the certificate, and may have had somebody else prove: what is wrong with it is told to the device
 * alone that signed with it.
 */
export function endForBrowser(transaction: EnrolmentTransaction, now: number): ErrorCode | null {
  const end = endOf(transaction, now);
  return transaction.state === "failed" && !toldToBrowser.includes(transaction.code) ? "certificate_not_accepted" : end;
}

/** Whether a call comes from the device that claimed the transaction. To any other nothing is told of it. */
function claimedBy(transaction: EnrolmentTransaction, deviceKey: string, now: number): { code: ErrorCode; at: string } | null {
  if ("deviceKey" in transaction && transaction.deviceKey !== deviceKey) return refused("device_key_mismatch", transaction.state);
  const end = endOf(transaction, now);
  if (end !== null) return refused(end, transaction.state);
  return "deviceKey" in transaction ? null : refused("transaction_wrong_state", transaction.state);
}

/** 04 step 2: the first device with the secret gets the transaction. What became of it since is not for others. */
export function claim(transaction: EnrolmentTransaction, secretMatches: boolean, deviceKey: string, now: number): Step<"claimed"> {
  if (!secretMatches) return refused("claim_secret_wrong", "claim secret");
  if (transaction.state === "failed") return refused("transaction_already_claimed", transaction.state);
  const end = endOf(transaction, now);
  if (end !== null) return refused(end, transaction.state);
  if (transaction.state !== "open") return refused("transaction_already_claimed", transaction.state);
  return { code: null, next: { ...frameOf(transaction), state: "claimed", deviceKey, attempts: 0 } };
}

/** 04 step 3: the statement is given out once the number from the browser is right. */
export function challenge(transaction: EnrolmentTransaction, deviceKey: string, number: string | null, nonce: string, now: number): Step<"challenged"> {
  const stranger = claimedBy(transaction, deviceKey, now);
  if (stranger !== null) return stranger;
  if (transaction.state !== "claimed") return refused("transaction_wrong_state", transaction.state);
  if (transaction.number !== null && number !== transaction.number) {
    const attempts = transaction.attempts + 1;
    if (attempts >= numberAttempts) {
      const next: In<"failed"> = { ...frameOf(transaction), state: "failed", deviceKey, code: "number_attempts_exhausted" };
      return { code: "number_attempts_exhausted", at: "two-digit number", next, attemptsLeft: 0 };
    }
    return { code: "number_wrong", at: "two-digit number", next: { ...transaction, attempts }, attemptsLeft: numberAttempts - attempts };
  }
  return { code: null, next: { ...frameOf(transaction), state: "challenged", deviceKey, nonce, issuedAt: now } };
}

/** 04 step 5: the nonce is consumed before anything is checked, and stays consumed. */
export function consumeNonce(transaction: EnrolmentTransaction, deviceKey: string, now: number): Step<"proving"> {
  if ("deviceKey" in transaction && transaction.deviceKey !== deviceKey) return refused("device_key_mismatch", transaction.state);
  const usedStates: readonly TransactionState["state"][] = ["proving", "proved", "passkey_pending", "complete", "returned", "finished", "failed"];
  if (usedStates.includes(transaction.state)) return refused("challenge_used", transaction.state);
  const stranger = claimedBy(transaction, deviceKey, now);
  if (stranger !== null) return stranger;
  if (transaction.state !== "challenged") return refused("transaction_wrong_state", transaction.state);
  return { code: null, next: { ...frameOf(transaction), state: "proving", deviceKey } };
}

/** The proof held: a passkey is to be made, or, where none is, the transaction is complete. */
export function prove(transaction: In<"proving">, proved: Proved, returnDigest: string | null): In<"proved"> | In<"complete"> {
  const { deviceKey } = transaction;
  if (!makesPasskey(transaction.purpose)) {
    return { ...frameOf(transaction), state: "complete", deviceKey, passkeyId: null, returnDigest, ...proved };
  }
  return { ...frameOf(transaction), state: "proved", deviceKey, challenge: null, continuation: null, ...proved };
}

export function fail(transaction: In<"proving">, code: ErrorCode): In<"failed"> {
  return { ...frameOf(transaction), state: "failed", deviceKey: transaction.deviceKey, code };
}

/** 04 step 7, over the device's own channel: a challenge for the WebAuthn ceremony. A new one replaces the last. */
export function offerPasskey(transaction: EnrolmentTransaction, deviceKey: string, webauthnChallenge: string, now: number): Step<"proved"> {
  const stranger = claimedBy(transaction, deviceKey, now);
  if (stranger !== null) return stranger;
  if (transaction.state !== "proved") return refused("transaction_wrong_state", transaction.state);
  return { code: null, next: { ...transaction, challenge: webauthnChallenge, continuation: null } };
}

/** The ceremony's challenge is consumed before the credential is checked. */
export function consumeChallenge(transaction: EnrolmentTransaction, deviceKey: string, now: number): Step<"proved"> {
  const stranger = claimedBy(transaction, deviceKey, now);
  if (stranger !== null) return stranger;
  if (transaction.state !== "proved" || transaction.challenge === null) return refused("passkey_challenge_unknown", transaction.state);
  return { code: null, next: { ...transaction, challenge: null } };
}

/** The passkey was made by the device itself. The proof counts from then on: a recovery has ended all that was presented before. */
export function complete(transaction: In<"proved"> | In<"passkey_pending">, passkeyId: PasskeyId, returnDigest: string | null, provedAt: number): In<"complete"> {
  const { deviceKey, personId, evidenceId } = transaction;
  return { ...frameOf(transaction), state: "complete", deviceKey, personId, evidenceId, provedAt, passkeyId, returnDigest };
}

/** 04 step 7, fallback: a one-time token for the phone's browser. A new one replaces the last. */
export function offerContinuation(transaction: EnrolmentTransaction, deviceKey: string, tokenDigest: string, now: number): Step<"proved"> {
  const stranger = claimedBy(transaction, deviceKey, now);
  if (stranger !== null) return stranger;
  if (transaction.state !== "proved") return refused("transaction_wrong_state", transaction.state);
  const continuation: Continuation = { tokenDigest, expiresAt: Math.min(now + continuationLife, transaction.expiresAt), challenge: null };
  return { code: null, next: { ...transaction, challenge: null, continuation } };
}

/** The phone's browser opens the continuation, once. */
export function openContinuation(transaction: EnrolmentTransaction, tokenMatches: boolean, webauthnChallenge: string, now: number): Step<"proved"> {
  if (endOf(transaction, now) !== null || transaction.state !== "proved") return refused("continuation_invalid", transaction.state);
  const { continuation } = transaction;
  if (continuation === null || !tokenMatches) return refused("continuation_invalid", "token");
  if (continuation.challenge !== null) return refused("continuation_invalid", "already opened");
  if (now >= continuation.expiresAt) return refused("continuation_invalid", "expired");
  return { code: null, next: { ...transaction, continuation: { ...continuation, challenge: webauthnChallenge } } };
}

/** The continuation's challenge is consumed with it: whatever follows, this token is used up. */
export function consumeContinuation(transaction: EnrolmentTransaction, tokenMatches: boolean, now: number): Step<"proved"> {
  if (endOf(transaction, now) !== null || transaction.state !== "proved") return refused("continuation_invalid", transaction.state);
  if (!tokenMatches || (transaction.continuation?.challenge ?? null) === null) return refused("continuation_invalid", "token");
  return { code: null, next: { ...transaction, continuation: null } };
}

export function awaitConfirmation(transaction: In<"proved">, pending: PendingPasskey): In<"passkey_pending"> {
  const { deviceKey, personId, evidenceId, provedAt } = transaction;
  return { ...frameOf(transaction), state: "passkey_pending", deviceKey, personId, evidenceId, provedAt, pending };
}

/** The app confirms by the number that the phone's browser shows: only who sees that browser knows it. */
export function confirm(transaction: EnrolmentTransaction, deviceKey: string, number: string, now: number): Step<"passkey_pending"> {
  const stranger = claimedBy(transaction, deviceKey, now);
  if (stranger !== null) return stranger;
  if (transaction.state !== "passkey_pending") return refused("transaction_wrong_state", transaction.state);
  if (number === transaction.pending.number) return { code: null, next: transaction };
  const attempts = transaction.pending.attempts + 1;
  if (attempts >= numberAttempts) {
    const next: In<"failed"> = { ...frameOf(transaction), state: "failed", deviceKey, code: "number_attempts_exhausted" };
    return { code: "number_attempts_exhausted", at: "six-digit number", next, attemptsLeft: 0 };
  }
  return { code: "number_wrong", at: "six-digit number", next: { ...transaction, pending: { ...transaction.pending, attempts } }, attemptsLeft: numberAttempts - attempts };
}

/** The opening browser hands in the device-local code: same device, proven. */
export function redeem(transaction: EnrolmentTransaction, browserMatches: boolean, codeMatches: boolean, now: number): Step<"returned"> {
  const end = endOf(transaction, now);
  if (end !== null || transaction.state !== "complete") return refused("return_code_invalid", transaction.state);
  if (!browserMatches) return refused("return_code_invalid", "another browser");
  if (transaction.returnDigest === null || !codeMatches) return refused("return_code_invalid", "code");
  const { deviceKey, passkeyId, personId, evidenceId, provedAt } = transaction;
  return { code: null, next: { ...frameOf(transaction), state: "returned", deviceKey, passkeyId, personId, evidenceId, provedAt } };
}

/** What the opening browser may take: a proof on the same device, or one on another that made no passkey. */
export function finish(transaction: EnrolmentTransaction, browserMatches: boolean, now: number): Step<"finished"> {
  if (!browserMatches) return refused("return_code_invalid", "another browser");
  const end = endForBrowser(transaction, now);
  if (end !== null) return refused(end, transaction.state);
  const provedElsewhere = transaction.state === "complete" && !makesPasskey(transaction.purpose) && transaction.device === "other";
  if (transaction.state !== "returned" && !provedElsewhere) return refused("transaction_wrong_state", transaction.state);
  return { code: null, next: { ...frameOf(transaction), state: "finished" } };
}

/** Both ends of the transaction may end it. That the caller holds the end it names is for the caller to check. */
export function cancel(transaction: EnrolmentTransaction, by: "browser" | "device", now: number): Step<"cancelled"> {
  const end = by === "browser" ? endForBrowser(transaction, now) : endOf(transaction, now);
  if (end !== null) return refused(end, transaction.state);
  if (transaction.state === "complete" || transaction.state === "returned") return refused("transaction_wrong_state", transaction.state);
  return { code: null, next: { ...frameOf(transaction), state: "cancelled" } };
}
