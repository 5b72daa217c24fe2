import { asIdentifier } from "../../src/identifiers.ts";
import type { EnrolmentTransaction, PendingPasskey, Proved, TransactionFrame, TransactionState } from "../../src/enrolment/transaction.ts";

export const now = 1_800_000_000;
/** The key of the device that claimed, and another's. */
export const deviceKey = "device-key";
export const otherKey = "other-key";

export const proved: Proved = { personId: asIdentifier("person"), evidenceId: asIdentifier("evidence"), provedAt: now };
export const pending: PendingPasskey = { passkeyId: asIdentifier("passkey"), number: "123456", attempts: 0 };

export function frame(changes: Partial<TransactionFrame> = {}): TransactionFrame {
  return {
    id: asIdentifier("transaction"), purpose: "enrol", device: "other", opener: { kind: "account" }, browser: "browser-digest",
    client: { id: asIdentifier("client"), name: "Client", host: "client.example" }, expected: null, presented: null, keep: [], withAttributes: false, secretDigest: "secret-digest", number: "42",
    openedAt: now, expiresAt: now + 300, ...changes,
  };
}

const own = { deviceKey };
export const continuation = (challenge: string | null) => ({ tokenDigest: "token-digest", expiresAt: now + 60, challenge });

/** Every state there is, by a name of its own where one state has several faces. */
export const states = {
  open: { state: "open" },
  claimed: { state: "claimed", ...own, attempts: 0 },
  challenged: { state: "challenged", ...own, nonce: "nonce", issuedAt: now },
  proving: { state: "proving", ...own },
  proved: { state: "proved", ...own, ...proved, challenge: null, continuation: null },
  "proved, challenge given": { state: "proved", ...own, ...proved, challenge: "challenge", continuation: null },
  "proved, continuation given": { state: "proved", ...own, ...proved, challenge: null, continuation: continuation(null) },
  "proved, continuation opened": { state: "proved", ...own, ...proved, challenge: null, continuation: continuation("challenge") },
  passkey_pending: { state: "passkey_pending", ...own, ...proved, pending },
  complete: { state: "complete", ...own, ...proved, passkeyId: pending.passkeyId, returnDigest: "return-digest" },
  "complete, no way back": { state: "complete", ...own, ...proved, passkeyId: null, returnDigest: null },
  returned: { state: "returned", ...own, ...proved, passkeyId: null },
  finished: { state: "finished" },
  failed: { state: "failed", ...own, code: "proof_invalid" },
  cancelled: { state: "cancelled" },
} as const satisfies Record<string, TransactionState>;

export type StateName = keyof typeof states;
export const stateNames = Object.keys(states) as StateName[];

export const transaction = (name: StateName, changes: Partial<TransactionFrame> = {}): EnrolmentTransaction => ({ ...frame(changes), ...states[name] });
