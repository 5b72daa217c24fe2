import { describe, expect, test } from "vitest";
import {
  awaitConfirmation, cancel, challenge, claim, complete, confirm, consumeChallenge, consumeContinuation, consumeNonce,
  type EnrolmentTransaction, fail, finish, offerContinuation, offerPasskey, openContinuation, prove, redeem, type Step, type TransactionState,
} from "../../src/enrolment/transaction.ts";
import { deviceKey, now, otherKey, pending, proved, type StateName, stateNames, transaction } from "./transactions.ts";

type AnyStep = Step<TransactionState["state"]>;
interface Row {
  readonly step: (from: EnrolmentTransaction, at?: number, key?: string) => AnyStep;
  /** Where the step leads, from each state in which it may be taken. */
  readonly leads: Partial<Record<StateName, TransactionState["state"]>>;
  /** What it answers in every other state; `end` where the transaction's own end is told. */
  readonly otherwise: string;
  readonly told?: Partial<Record<StateName, string>>;
  /** Whether only the claiming device's key may take it. */
  readonly byDevice: boolean;
}

const ended = { finished: "transaction_unknown", failed: "proof_invalid", cancelled: "transaction_cancelled" } as const;
const used = { proving: "challenge_used", proved: "challenge_used", "proved, challenge given": "challenge_used", "proved, continuation given": "challenge_used", "proved, continuation opened": "challenge_used", passkey_pending: "challenge_used", complete: "challenge_used", "complete, no way back": "challenge_used", returned: "challenge_used", finished: "challenge_used", failed: "challenge_used", cancelled: "transaction_cancelled" } as const;
const provedFaces = { proved: "proved", "proved, challenge given": "proved", "proved, continuation given": "proved", "proved, continuation opened": "proved" } as const;
const codeless = { finished: "return_code_invalid", failed: "return_code_invalid", cancelled: "return_code_invalid" } as const;
const tokenless = { finished: "continuation_invalid", failed: "continuation_invalid", cancelled: "continuation_invalid" } as const;

const steps: Record<string, Row> = {
  claim: { step: (from, at = now, key = deviceKey) => claim(from, true, key, at), leads: { open: "claimed" }, otherwise: "transaction_already_claimed", told: { ...ended, failed: "transaction_already_claimed" }, byDevice: false },
  challenge: { step: (from, at = now, key = deviceKey) => challenge(from, key, "42", "nonce-2", at), leads: { claimed: "challenged" }, otherwise: "transaction_wrong_state", told: ended, byDevice: true },
  consumeNonce: { step: (from, at = now, key = deviceKey) => consumeNonce(from, key, at), leads: { challenged: "proving" }, otherwise: "transaction_wrong_state", told: used, byDevice: true },
  offerPasskey: { step: (from, at = now, key = deviceKey) => offerPasskey(from, key, "challenge-2", at), leads: provedFaces, otherwise: "transaction_wrong_state", told: ended, byDevice: true },
  consumeChallenge: { step: (from, at = now, key = deviceKey) => consumeChallenge(from, key, at), leads: { "proved, challenge given": "proved" }, otherwise: "passkey_challenge_unknown", told: { ...ended, open: "transaction_wrong_state" }, byDevice: true },
  offerContinuation: { step: (from, at = now, key = deviceKey) => offerContinuation(from, key, "token-2", at), leads: provedFaces, otherwise: "transaction_wrong_state", told: ended, byDevice: true },
  openContinuation: { step: (from, at = now) => openContinuation(from, true, "challenge-2", at), leads: { "proved, continuation given": "proved" }, otherwise: "continuation_invalid", told: tokenless, byDevice: false },
  consumeContinuation: { step: (from, at = now) => consumeContinuation(from, true, at), leads: { "proved, continuation opened": "proved" }, otherwise: "continuation_invalid", told: tokenless, byDevice: false },
  confirm: { step: (from, at = now, key = deviceKey) => confirm(from, key, "123456", at), leads: { passkey_pending: "passkey_pending" }, otherwise: "transaction_wrong_state", told: ended, byDevice: true },
  redeem: { step: (from, at = now) => redeem(from, true, true, at), leads: { complete: "returned" }, otherwise: "return_code_invalid", told: codeless, byDevice: false },
  finish: { step: (from, at = now) => finish(from, true, at), leads: { returned: "finished" }, otherwise: "transaction_wrong_state", told: { ...ended, failed: "certificate_not_accepted" }, byDevice: false },
  cancel: {
    step: (from, at = now) => cancel(from, "device", at),
    leads: Object.fromEntries(stateNames.filter((name) => !/^(complete|returned|finished|failed|cancelled)/.test(name)).map((name) => [name, "cancelled"])),
    otherwise: "transaction_wrong_state", told: ended, byDevice: false,
  },
};
const grid = Object.entries(steps).flatMap(([name, row]) => stateNames.map((state) => ({ name, state, row })));

describe("every step in every state", () => {
  test.each(grid)("$name in $state", ({ state, row }) => {
    const from = transaction(state);
    const result = row.step(from);
    const leads = row.leads[state];
    if (leads === undefined) {
      expect(result).toMatchObject({ code: row.told?.[state] ?? row.otherwise });
      expect(result.next).toBeUndefined();
    } else {
      expect(result).toMatchObject({ code: null, next: { state: leads, id: from.id, expected: from.expected, expiresAt: from.expiresAt, browser: from.browser } });
    }
  });

  test.each(grid)("$name in $state, too late: nothing moves", ({ state, row }) => {
    for (const at of [now + 300, now + 301, now + 10_000]) {
      const result = row.step(transaction(state), at);
      expect(result.code).not.toBeNull();
      expect(result.next).toBeUndefined();
    }
  });

  test.each(grid.filter(({ row, state }) => row.leads[state] !== undefined))("$name in $state in the last second still counts", ({ state, row }) => {
    // A continuation has a shorter life of its own.
    if (state === "proved, continuation given" && row === steps["openContinuation"]) return expect(row.step(transaction(state), now + 59).code).toBeNull();
    expect(row.step(transaction(state), now + 299).code).toBeNull();
  });

  test.each(grid.filter(({ row }) => row.byDevice))("$name in $state by another key: nothing moves", ({ state, row }) => {
    const from = transaction(state);
    const result = row.step(from, now, otherKey);
    expect(result.code).not.toBeNull();
    expect(result.next).toBeUndefined();
    if ("deviceKey" in from) expect(result.code).toBe("device_key_mismatch");
  });

  test.each(grid)("$name in $state changes nothing of what it was given", ({ state, row }) => {
    const from = transaction(state);
    const before = structuredClone(from);
    row.step(from);
    expect(from).toEqual(before);
  });
});

describe("what a step depends on", () => {
  const rows: [string, AnyStep, object][] = [
    ["claim with a wrong secret", claim(transaction("open"), false, deviceKey, now), { code: "claim_secret_wrong" }],
    ["claim with a wrong secret after another claimed: no oracle", claim(transaction("claimed"), false, deviceKey, now), { code: "claim_secret_wrong" }],
    ["claim with a wrong secret after a certificate was refused: no oracle", claim(transaction("failed"), false, deviceKey, now), { code: "claim_secret_wrong" }],
    ["claim with a wrong secret after it was cancelled: no oracle", claim(transaction("cancelled"), false, deviceKey, now), { code: "claim_secret_wrong" }],
    ["claim with a wrong secret after its time: no oracle", claim(transaction("open"), false, deviceKey, now + 300), { code: "claim_secret_wrong" }],
    ["claim with the secret after a certificate was refused: not told why", claim(transaction("failed"), true, otherKey, now), { code: "transaction_already_claimed" }],
    ["claim again by the same device", claim(transaction("claimed"), true, deviceKey, now), { code: "transaction_already_claimed" }],
    ["the wrong number", challenge(transaction("claimed"), deviceKey, "43", "n", now), { code: "number_wrong", attemptsLeft: 2, next: { state: "claimed", attempts: 1 } }],
    ["no number where one is asked for", challenge(transaction("claimed"), deviceKey, null, "n", now), { code: "number_wrong", attemptsLeft: 2 }],
    ["the number with a space", challenge(transaction("claimed"), deviceKey, "42 ", "n", now), { code: "number_wrong" }],
    ["no number on the same device", challenge(transaction("claimed", { device: "same", number: null }), deviceKey, null, "n", now), { code: null, next: { nonce: "n", issuedAt: now } }],
    ["the third wrong number", challenge({ ...transaction("claimed"), attempts: 2 } as EnrolmentTransaction, deviceKey, "43", "n", now), { code: "number_attempts_exhausted", attemptsLeft: 0, next: { state: "failed", code: "number_attempts_exhausted" } }],
    ["the right number at the third try", challenge({ ...transaction("claimed"), attempts: 2 } as EnrolmentTransaction, deviceKey, "42", "n", now), { code: null }],
    ["a wrong six-digit number", confirm(transaction("passkey_pending"), deviceKey, "000000", now), { code: "number_wrong", attemptsLeft: 2, next: { state: "passkey_pending", pending: { attempts: 1 } } }],
    ["the third wrong six-digit number", confirm({ ...transaction("passkey_pending"), pending: { ...pending, attempts: 2 } } as EnrolmentTransaction, deviceKey, "1", now), { code: "number_attempts_exhausted", next: { state: "failed" } }],
    ["a new challenge replaces a continuation", offerPasskey(transaction("proved, continuation given"), deviceKey, "c2", now), { next: { challenge: "c2", continuation: null } }],
    ["a continuation replaces a challenge", offerContinuation(transaction("proved, challenge given"), deviceKey, "t2", now), { next: { challenge: null, continuation: { tokenDigest: "t2", expiresAt: now + 60, challenge: null } } }],
    ["a continuation never outlives the transaction", offerContinuation(transaction("proved"), deviceKey, "t2", now + 280), { next: { continuation: { expiresAt: now + 300 } } }],
    ["a continuation opened with another token", openContinuation(transaction("proved, continuation given"), false, "c", now), { code: "continuation_invalid" }],
    ["a continuation opened twice", openContinuation(transaction("proved, continuation opened"), true, "c", now), { code: "continuation_invalid" }],
    ["a continuation opened after its minute", openContinuation(transaction("proved, continuation given"), true, "c", now + 60), { code: "continuation_invalid" }],
    ["a continuation used with another token", consumeContinuation(transaction("proved, continuation opened"), false, now), { code: "continuation_invalid" }],
    ["a continuation used before it was opened", consumeContinuation(transaction("proved, continuation given"), true, now), { code: "continuation_invalid" }],
    ["the return code in another browser", redeem(transaction("complete"), false, true, now), { code: "return_code_invalid" }],
    ["another return code", redeem(transaction("complete"), true, false, now), { code: "return_code_invalid" }],
    ["a return code where none was given out", redeem(transaction("complete, no way back"), true, true, now), { code: "return_code_invalid" }],
    ["the result in another browser", finish(transaction("returned"), false, now), { code: "return_code_invalid" }],
    ["an enrolment on another device is not finished by the browser", finish(transaction("complete, no way back"), true, now), { code: "transaction_wrong_state" }],
    ["a step-up on another device is", finish(transaction("complete, no way back", { purpose: "step-up" }), true, now), { code: null, next: { state: "finished" } }],
    ["attributes presented on another device are", finish(transaction("complete, no way back", { purpose: "attributes" }), true, now), { code: null, next: { state: "finished" } }],
    ["attributes presented on the same device, without its return code, are not", finish(transaction("complete", { purpose: "attributes", device: "same" }), true, now), { code: "transaction_wrong_state" }],
    ["what has failed, in another browser", finish(transaction("failed"), false, now), { code: "return_code_invalid" }],
    ["cancelled by the browser after the certificate was refused: not told why", cancel(transaction("failed"), "browser", now), { code: "certificate_not_accepted" }],
    ["cancelled by the device that proved: told why", cancel(transaction("failed"), "device", now), { code: "proof_invalid" }],
    ["but not in another browser", finish(transaction("complete, no way back", { purpose: "step-up" }), false, now), { code: "return_code_invalid" }],
    ["a step-up on the same device without its return code is not", finish(transaction("complete", { purpose: "step-up", device: "same" }), true, now), { code: "transaction_wrong_state" }],
  ];
  test.each(rows)("%s", (_name, result, expected) => expect(result).toMatchObject(expected));
});

describe("moves after a check that was made outside", () => {
  const proving = transaction("proving") as Extract<EnrolmentTransaction, { state: "proving" }>;
  test("a proof leads on to the passkey, or, where none is made, to the end", () => {
    expect(prove(proving, proved, null)).toMatchObject({ state: "proved", ...proved, challenge: null, continuation: null, deviceKey });
    for (const purpose of ["step-up", "attributes"] as const) expect(prove({ ...proving, purpose }, proved, "digest")).toMatchObject({ state: "complete", ...proved, passkeyId: null, returnDigest: "digest" });
  });
  test.each(["enrol", "recover", "renew"] as const)("purpose %s always needs a passkey", (purpose) => expect(prove({ ...proving, purpose }, proved, "digest").state).toBe("proved"));
  test("a refusal is kept", () => expect(fail(proving, "certificate_revoked")).toMatchObject({ state: "failed", code: "certificate_revoked", deviceKey }));
  test("a passkey made elsewhere waits, one made here completes; neither carries secrets on", () => {
    const from = transaction("proved, challenge given") as Extract<EnrolmentTransaction, { state: "proved" }>;
    const waiting = awaitConfirmation(from, pending);
    expect(waiting).toMatchObject({ state: "passkey_pending", pending, ...proved });
    expect(waiting).not.toHaveProperty("challenge");
    expect(waiting).not.toHaveProperty("continuation");
    const done = complete(waiting, pending.passkeyId, "digest", now);
    expect(done).toMatchObject({ state: "complete", passkeyId: pending.passkeyId, returnDigest: "digest", ...proved });
    expect(done).not.toHaveProperty("pending");
  });
});
