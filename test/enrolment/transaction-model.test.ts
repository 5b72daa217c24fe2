import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  awaitConfirmation, cancel, challenge, claim, complete, confirm, consumeChallenge, consumeContinuation, consumeNonce,
  endOf, type EnrolmentTransaction, fail, finish, offerContinuation, offerPasskey, openContinuation, prove, redeem, type Step, type TransactionState,
} from "../../src/enrolment/transaction.ts";
import { deviceKey, frame, now, otherKey, pending, proved } from "./transactions.ts";

/** The server's memory and what a suspicious bystander counts. */
interface Run {
  transaction: EnrolmentTransaction;
  at: number;
  /** The key that claimed first. */
  claimedBy: string | null;
  noncesConsumed: number;
  numberTries: number;
  confirmTries: number;
  redeemed: boolean;
  finished: number;
}

type AnyStep = Step<TransactionState["state"]>;
const usedAttempt = (step: AnyStep): boolean => step.code !== null && step.attemptsLeft !== undefined;

/** Takes a step as the store does: what a refusal leaves behind is kept too. */
function take(run: Run, step: AnyStep, key: string | null): boolean {
  const before = run.transaction;
  const wasOver = endOf(before, run.at) !== null;
  if (step.next !== undefined) {
    expect(wasOver, "nothing moves after an end").toBe(false);
    if (key !== null && before.state !== "open") expect(key, "only the claiming key moves on").toBe(run.claimedBy);
    expect(step.next.expected, "whom it was opened for never changes").toBe(before.expected);
    expect(step.next.id).toBe(before.id);
    run.transaction = step.next;
  }
  return step.code === null;
}

/** A check that the shell makes after a step, with its outcome. */
function move(run: Run, next: EnrolmentTransaction): void {
  expect(endOf(run.transaction, run.at)).toBeNull();
  run.transaction = next;
}

type Action = (run: Run) => void;
const keys = fc.constantFrom(deviceKey, deviceKey, deviceKey, otherKey);
const mostly = fc.oneof({ arbitrary: fc.constant(true), weight: 4 }, { arbitrary: fc.constant(false), weight: 1 });

const actions: fc.Arbitrary<Action>[] = [
  fc.tuple(keys, mostly).map(([key, right]) => (run) => {
    if (take(run, claim(run.transaction, right, key, run.at), null)) {
      expect(right && run.claimedBy === null, "claimed once, with the secret").toBe(true);
      run.claimedBy = key;
    }
  }),
  fc.tuple(keys, fc.constantFrom("42", "42", "43", null)).map(([key, number]) => (run) => {
    const before = run.transaction;
    const step = challenge(before, key, number, "nonce", run.at);
    if (before.state === "claimed" && usedAttempt(step)) run.numberTries += 1;
    if (take(run, step, key) && before.number !== null) expect(number).toBe(before.number);
    expect(run.numberTries).toBeLessThanOrEqual(3);
  }),
  fc.tuple(keys, mostly).map(([key, holds]) => (run) => {
    if (!take(run, consumeNonce(run.transaction, key, run.at), key)) return;
    run.noncesConsumed += 1;
    const proving = run.transaction;
    if (proving.state !== "proving") throw new Error("a consumed nonce leads to proving");
    if (holds) move(run, prove(proving, proved, proving.device === "same" ? "return" : null));
    else move(run, fail(proving, "proof_invalid"));
  }),
  keys.map((key) => (run) => void take(run, offerPasskey(run.transaction, key, "challenge", run.at), key)),
  fc.tuple(keys, mostly).map(([key, holds]) => (run) => {
    if (!take(run, consumeChallenge(run.transaction, key, run.at), key) || !holds) return;
    if (run.transaction.state === "proved") move(run, complete(run.transaction, pending.passkeyId, run.transaction.device === "same" ? "return" : null, now));
  }),
  keys.map((key) => (run) => void take(run, offerContinuation(run.transaction, key, "token", run.at), key)),
  mostly.map((right) => (run) => void take(run, openContinuation(run.transaction, right, "challenge", run.at), null)),
  fc.tuple(mostly, mostly).map(([right, holds]) => (run) => {
    if (!take(run, consumeContinuation(run.transaction, right, run.at), null) || !holds) return;
    if (run.transaction.state === "proved") move(run, awaitConfirmation(run.transaction, pending));
  }),
  fc.tuple(keys, fc.constantFrom("123456", "123456", "654321")).map(([key, number]) => (run) => {
    const step = confirm(run.transaction, key, number, run.at);
    if (run.transaction.state === "passkey_pending" && usedAttempt(step)) run.confirmTries += 1;
    expect(run.confirmTries).toBeLessThanOrEqual(3);
    if (take(run, step, key) && run.transaction.state === "passkey_pending") {
      expect(number).toBe("123456");
      move(run, complete(run.transaction, pending.passkeyId, run.transaction.device === "same" ? "return" : null, now));
    }
  }),
  fc.tuple(mostly, mostly).map(([browser, code]) => (run) => {
    if (take(run, redeem(run.transaction, browser, code, run.at), null)) {
      expect([browser, code, run.redeemed, run.transaction.device]).toEqual([true, true, false, "same"]);
      run.redeemed = true;
    }
  }),
  mostly.map((browser) => (run) => {
    const before = run.transaction;
    if (!take(run, finish(before, browser, run.at), null)) return;
    run.finished += 1;
    const provedElsewhere = (before.purpose === "step-up" || before.purpose === "attributes") && before.device === "other";
    expect(browser && (run.redeemed || provedElsewhere), "only a returned code or a proof elsewhere that made no passkey finishes").toBe(true);
    expect(run.noncesConsumed, "nothing is finished without a proof").toBe(1);
  }),
  fc.integer({ min: 0, max: 40 }).map((seconds) => (run) => void (run.at += seconds)),
];
const cancelling: fc.Arbitrary<Action> = fc.constant((run: Run) => void take(run, cancel(run.transaction, "device", run.at), null));
const any = fc.oneof(...actions.map((arbitrary) => ({ arbitrary, weight: 8 })), { arbitrary: cancelling, weight: 1 });

const opened = fc.record({ purpose: fc.constantFrom("enrol" as const, "recover" as const, "renew" as const, "step-up" as const, "attributes" as const), device: fc.constantFrom("same" as const, "other" as const) })
  .map(({ purpose, device }): EnrolmentTransaction => ({ ...frame({ purpose, device, number: device === "other" ? "42" : null }), state: "open" }));

const begin = (transaction: EnrolmentTransaction): Run => ({ transaction, at: now, claimedBy: null, noncesConsumed: 0, numberTries: 0, confirmTries: 0, redeemed: false, finished: 0 });

describe("whatever is sent, in whatever order", () => {
  test("the invariants of the enrolment hold", () => {
    fc.assert(
      fc.property(opened, fc.array(any, { minLength: 1, maxLength: 60 }), (transaction, sequence) => {
        const run = begin(transaction);
        for (const action of sequence) action(run);
        expect(run.noncesConsumed).toBeLessThanOrEqual(1);
        expect(run.finished).toBeLessThanOrEqual(1);
      }),
      { numRuns: 4000 },
    );
  });

  test("the sequences reach every state (so that the invariants were tried on all)", () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(opened, fc.array(any, { minLength: 30, maxLength: 60 }), (transaction, sequence) => {
        const run = begin(transaction);
        for (const action of sequence) {
          action(run);
          reached.add(run.transaction.state);
        }
      }),
      { numRuns: 4000, seed: 20_261_121 },
    );
    expect([...reached].sort()).toEqual(["cancelled", "challenged", "claimed", "complete", "failed", "finished", "open", "passkey_pending", "proved", "returned"]);
  });
});
