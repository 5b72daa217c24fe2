import { describe, expect, test } from "vitest";
import { recordRefusal } from "../../src/enrolment/refusal-receipt.ts";
import { AttemptRefusal, insertTransaction, loadTransaction, moveWithin, newSecret, type OpenLimits, randomNumber, secretDigest, secretMatches, take, type Taken } from "../../src/enrolment/store.ts";
import { challenge, claim, complete, consumeNonce, type EnrolmentTransaction, fail, offerPasskey, type Step } from "../../src/enrolment/transaction.ts";
import { Refusal } from "../../src/errors.ts";
import { asIdentifier, newIdentifier } from "../../src/identifiers.ts";
import { appendReceipt, type Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { deviceKey, now, otherKey, pending, type StateName, transaction } from "./transactions.ts";

const limits: OpenLimits = { maximumOpen: 10, maximumOpenPerNetwork: 10 };
const portsOf = (storage: Storage, at = now) => ({ storage, clock: () => at });

async function stored(from: EnrolmentTransaction): Promise<{ storage: Storage; id: EnrolmentTransaction["id"] }> {
  const storage = temporaryStorage();
  await insertTransaction(storage, from, limits);
  return { storage, id: from.id };
}
const settled = async <Result>(count: number, work: (index: number) => Promise<Result>): Promise<PromiseSettledResult<Result>[]> => Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)));
const codesOf = (results: PromiseSettledResult<unknown>[]): string[] => results.map((result) => (result.status === "fulfilled" ? "done" : (result.reason as { code: string }).code));
const tally = (list: readonly string[]): Record<string, number> => Object.fromEntries([...new Set(list)].sort().map((entry) => [entry, list.filter((other) => other === entry).length]));

describe("steps on a stored transaction", () => {
  test("20 devices claim at once: one gets it", async () => {
    const { storage, id } = await stored(transaction("open"));
    const results = await settled(20, (index) => take(portsOf(storage), id, (from) => claim(from, true, `key-${index}`, now)));
    expect(tally(codesOf(results))).toEqual({ done: 1, transaction_already_claimed: 19 });
    const winner = codesOf(results).indexOf("done");
    expect(await loadTransaction(storage, id)).toMatchObject({ state: "claimed", deviceKey: `key-${winner}` });
  });

  test("20 proofs at once consume the nonce once", async () => {
    const { storage, id } = await stored(transaction("challenged"));
    const results = await settled(20, () => take(portsOf(storage), id, (from) => consumeNonce(from, deviceKey, now)));
    expect(tally(codesOf(results))).toEqual({ challenge_used: 19, done: 1 });
  });

  test("20 wrong numbers at once are three attempts", async () => {
    const { storage, id } = await stored(transaction("claimed"));
    const results = await settled(20, () => take(portsOf(storage), id, (from) => challenge(from, deviceKey, "00", "n", now)));
    expect(tally(codesOf(results))).toEqual({ number_attempts_exhausted: 18, number_wrong: 2 });
    expect(await loadTransaction(storage, id)).toMatchObject({ state: "failed", code: "number_attempts_exhausted" });
    const left = results.map((result) => (result.status === "rejected" && result.reason instanceof AttemptRefusal ? result.reason.attemptsLeft : null)).filter((value) => value !== null);
    expect(left.sort()).toEqual([0, 1, 2]);
  });

  test("a refusal without consequences stores nothing", async () => {
    const { storage, id } = await stored(transaction("claimed"));
    await expect(take(portsOf(storage), id, (from) => consumeNonce(from, otherKey, now))).rejects.toMatchObject({ code: "device_key_mismatch" });
    expect(await storage.artifacts.find("EnrolmentTransaction", id)).toMatchObject({ version: 1, payload: { state: "claimed" } });
  });

  test("an unknown transaction is unknown", async () => {
    const storage = temporaryStorage();
    const id = asIdentifier<EnrolmentTransaction["id"]>("nothing");
    await expect(loadTransaction(storage, id)).rejects.toMatchObject({ code: "transaction_unknown" });
    await expect(take(portsOf(storage), id, (from) => claim(from, true, deviceKey, now))).rejects.toMatchObject({ code: "transaction_unknown" });
  });
});

const proved = transaction("proved, challenge given") as Extract<EnrolmentTransaction, { state: "proved" }>;

describe("a move together with what it means", () => {
  const taken: Taken<"proved"> = { transaction: proved, version: 1 };
  const finishWith = (storage: Storage, kind: string, from = taken): Promise<void> =>
    storage.transaction(async (database) => {
      await appendReceipt(database.data, { kind, at: now, personId: null, detail: {} });
      await moveWithin(database, from, complete(proved, pending.passkeyId, null, now), now);
    });

  test("of five at once one holds, and nothing of the others", async () => {
    const { storage } = await stored(proved);
    expect(tally(codesOf(await settled(5, (index) => finishWith(storage, `try ${index}`))))).toEqual({ done: 1, transaction_wrong_state: 4 });
    expect(await storage.read.receipt.count()).toBe(1);
  });

  test("a step taken meanwhile stops it, within the same state too", async () => {
    const { storage, id } = await stored(proved);
    const meanwhile = await take(portsOf(storage), id, (from) => offerPasskey(from, deviceKey, "another challenge", now));
    await expect(finishWith(storage, "before")).rejects.toMatchObject({ code: "transaction_wrong_state" });
    expect([await loadTransaction(storage, id), await storage.read.receipt.count()]).toMatchObject([{ state: "proved", challenge: "another challenge" }, 0]);
    await finishWith(storage, "after", meanwhile);
    expect(await loadTransaction(storage, id)).toMatchObject({ state: "complete" });
  });

  test("a transaction that is gone takes everything back", async () => {
    const { storage, id } = await stored(proved);
    await storage.artifacts.remove("EnrolmentTransaction", id);
    await expect(finishWith(storage, "late")).rejects.toMatchObject({ code: "transaction_wrong_state" });
    expect(await storage.read.receipt.count()).toBe(0);
  });
});

describe("how many are open", () => {
  const another = (changes: object = {}): EnrolmentTransaction => transaction("open", { id: newIdentifier(), ...changes });
  const mayOpen = async (storage: Storage, some: Partial<OpenLimits>, { network, at = now }: { network?: string; at?: number } = {}): Promise<string> => {
    const [result] = await settled(1, () => insertTransaction(storage, another({ openedAt: at, expiresAt: at + 300 }), { ...limits, ...some }, network));
    return codesOf(result === undefined ? [] : [result]).join("");
  };
  const one = { maximumOpen: 1 };

  test("one whose time is over no longer counts, though it is still there to tell why", async () => {
    const { storage, id } = await stored(transaction("open"));
    expect(await mayOpen(storage, one, { at: now + 299 })).toBe("transaction_too_many");
    await storage.artifacts.sweep(now + 899, 10);
    expect((await loadTransaction(storage, id)).state).toBe("open");
    expect(await mayOpen(storage, one, { at: now + 300 })).toBe("done");
    await storage.artifacts.sweep(now + 900, 10);
    await expect(loadTransaction(storage, id)).rejects.toMatchObject({ code: "transaction_unknown" });
  });

  const counting: Record<StateName, boolean> = {
    open: true, claimed: true, challenged: true, proving: true, proved: true, "proved, challenge given": true, "proved, continuation given": true,
    "proved, continuation opened": true, passkey_pending: true, complete: false, "complete, no way back": false, returned: false, finished: false, failed: true, cancelled: false,
  };
  test.each(Object.entries(counting))("one that is %s counts: %s", async (name, counts) => {
    const { storage, id } = await stored(transaction("open"));
    const { transaction: next } = await take(portsOf(storage), id, () => ({ code: null, next: transaction(name as StateName, { id }) }) as Step<StateName & EnrolmentTransaction["state"]>);
    expect(await mayOpen(storage, one)).toBe(counts ? "transaction_too_many" : "done");
    await storage.artifacts.sweep(now + 599, 10);
    expect((await loadTransaction(storage, id)).state).toBe(next.state);
  });

  test("one that ends by a move within a transaction counts no more", async () => {
    const { storage } = await stored(proved);
    expect(await mayOpen(storage, one)).toBe("transaction_too_many");
    await storage.transaction((database) => moveWithin(database, { transaction: proved, version: 1 }, complete(proved, pending.passkeyId, null, now), now));
    expect(await mayOpen(storage, one)).toBe("done");
  });

  test("one that failed counts until its time is over: of what a network opens in that time no more leave receipts than it has places", async () => {
    const storage = temporaryStorage();
    const some = { ...limits, maximumOpenPerNetwork: 3 };
    const refusedOnce = async (at: number): Promise<void> => {
      const from = transaction("challenged", { id: newIdentifier(), openedAt: at, expiresAt: at + 300 });
      await insertTransaction(storage, from, some, "203.0.113.1");
      const taken = await take(portsOf(storage, at), from.id, (challenged) => consumeNonce(challenged, deviceKey, at));
      await storage.transaction(async (database) => {
        await moveWithin(database, taken, fail(taken.transaction, "proof_invalid"), at);
        await recordRefusal({ storage, clock: () => at }, database, taken.transaction, new Refusal("proof_invalid", "rsa signature"), null);
      });
    };
    for (let attempt = 0; attempt < 10; attempt += 1) await settled(1, () => refusedOnce(now + attempt * 29));
    expect(await storage.read.receipt.count()).toBe(3);
    await refusedOnce(now + 300);
    expect(await storage.read.receipt.count()).toBe(4);
  });

  test("of one network only so many, of many at once too; the others have their own", async () => {
    const storage = temporaryStorage();
    const some = { maximumOpenPerNetwork: 3 };
    const results = await settled(8, () => mayOpen(storage, some, { network: "203.0.113.1" }));
    expect(tally(results.map((result) => (result.status === "fulfilled" ? result.value : "")))).toEqual({ done: 3, transaction_too_many: 5 });
    expect(await mayOpen(storage, some, { network: "203.0.113.2" })).toBe("done");
    expect(await mayOpen(storage, some)).toBe("done");
    expect(await mayOpen(storage, some, { network: "203.0.113.1", at: now + 300 })).toBe("done");
  });
});

describe("secrets and numbers", () => {
  test("a secret matches its digest and nothing else does", () => {
    const { secret, digest } = newSecret();
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect([secretMatches(secret, digest), secretMatches(secret, secretDigest(secret))]).toEqual([true, true]);
    const others: [string, string | null][] = [["", digest], [`${secret} `, digest], [secret.toLowerCase(), digest], [digest, digest], [secret, null], [secret, ""], [secret, "not base64url!"], [secret, digest.slice(1)]];
    for (const [presented, expected] of others) expect(secretMatches(presented, expected), `${presented} ${String(expected)}`).toBe(false);
    expect(newSecret().secret).not.toBe(secret);
  });

  test.each([2, 6])("numbers of %d digits are spread over all of them", (digits) => {
    const numbers = Array.from({ length: 20_000 }, () => randomNumber(digits));
    for (const number of numbers) expect(number).toMatch(new RegExp(`^[0-9]{${digits}}$`));
    const firsts = new Set(numbers.map((number) => number.slice(0, 2)));
    expect(firsts.size).toBe(100);
    const lows = numbers.filter((number) => number.slice(0, 2) < "50").length;
    expect(Math.abs(lows - 10_000)).toBeLessThan(600);
  });
});
