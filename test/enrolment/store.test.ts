import { describe, expect, test } from "vitest";
import { AttemptRefusal, countOpen, insertTransaction, loadTransaction, moveWithin, newSecret, randomNumber, secretDigest, secretMatches, take } from "../../src/enrolment/store.ts";
import { challenge, claim, complete, consumeNonce, type EnrolmentTransaction, offerPasskey } from "../../src/enrolment/transaction.ts";
import { asIdentifier } from "../../src/identifiers.ts";
import { appendReceipt, type Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";
import { deviceKey, now, otherKey, pending, transaction } from "./transactions.ts";

async function stored(from: EnrolmentTransaction): Promise<{ storage: Storage; id: EnrolmentTransaction["id"] }> {
  const storage = temporaryStorage();
  await insertTransaction(storage, from);
  return { storage, id: from.id };
}
const settled = async <Result>(count: number, work: (index: number) => Promise<Result>): Promise<PromiseSettledResult<Result>[]> => Promise.allSettled(Array.from({ length: count }, (_, index) => work(index)));
const codesOf = (results: PromiseSettledResult<unknown>[]): string[] => results.map((result) => (result.status === "fulfilled" ? "done" : (result.reason as { code: string }).code));
const tally = (list: readonly string[]): Record<string, number> => Object.fromEntries([...new Set(list)].sort().map((entry) => [entry, list.filter((other) => other === entry).length]));

describe("steps on a stored transaction", () => {
  test("20 devices claim at once: one gets it", async () => {
    const { storage, id } = await stored(transaction("open"));
    const results = await settled(20, (index) => take(storage, id, (from) => claim(from, true, `key-${index}`, now)));
    expect(tally(codesOf(results))).toEqual({ done: 1, transaction_already_claimed: 19 });
    const winner = codesOf(results).indexOf("done");
    expect(await loadTransaction(storage, id)).toMatchObject({ state: "claimed", deviceKey: `key-${winner}` });
  });

  test("20 proofs at once consume the nonce once", async () => {
    const { storage, id } = await stored(transaction("challenged"));
    const results = await settled(20, () => take(storage, id, (from) => consumeNonce(from, deviceKey, now)));
    expect(tally(codesOf(results))).toEqual({ challenge_used: 19, done: 1 });
  });

  test("20 wrong numbers at once are three attempts", async () => {
    const { storage, id } = await stored(transaction("claimed"));
    const results = await settled(20, () => take(storage, id, (from) => challenge(from, deviceKey, "00", "n", now)));
    expect(tally(codesOf(results))).toEqual({ number_attempts_exhausted: 18, number_wrong: 2 });
    expect(await loadTransaction(storage, id)).toMatchObject({ state: "failed", code: "number_attempts_exhausted" });
    const left = results.map((result) => (result.status === "rejected" && result.reason instanceof AttemptRefusal ? result.reason.attemptsLeft : null)).filter((value) => value !== null);
    expect(left.sort()).toEqual([0, 1, 2]);
  });

  test("a refusal without consequences stores nothing", async () => {
    const { storage, id } = await stored(transaction("claimed"));
    await expect(take(storage, id, (from) => consumeNonce(from, otherKey, now))).rejects.toMatchObject({ code: "device_key_mismatch" });
    expect(await storage.artifacts.find("EnrolmentTransaction", id)).toMatchObject({ version: 1, payload: { state: "claimed" } });
  });

  test("an unknown transaction is unknown", async () => {
    const storage = temporaryStorage();
    const id = asIdentifier<EnrolmentTransaction["id"]>("nothing");
    await expect(loadTransaction(storage, id)).rejects.toMatchObject({ code: "transaction_unknown" });
    await expect(take(storage, id, (from) => claim(from, true, deviceKey, now))).rejects.toMatchObject({ code: "transaction_unknown" });
  });
});

describe("a move together with what it means", () => {
  const proved = transaction("proved, challenge given") as Extract<EnrolmentTransaction, { state: "proved" }>;
  const finishWith = (storage: Storage, kind: string): Promise<void> =>
    storage.transaction(async (database) => {
      await appendReceipt(database.data, { kind, at: now, personId: null, detail: {} });
      await moveWithin(database, proved, complete(proved, pending.passkeyId, null));
    });

  test("of five at once one holds, and nothing of the others", async () => {
    const { storage } = await stored(proved);
    expect(tally(codesOf(await settled(5, (index) => finishWith(storage, `try ${index}`))))).toEqual({ done: 1, transaction_wrong_state: 4 });
    expect(await storage.read.receipt.count()).toBe(1);
  });

  test("a step taken meanwhile within the same state does not stop it", async () => {
    const { storage, id } = await stored(proved);
    await take(storage, id, (from) => offerPasskey(from, deviceKey, "another challenge", now));
    await finishWith(storage, "after");
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
  test("expired ones no longer count, though they are still there to tell why", async () => {
    const { storage, id } = await stored(transaction("open"));
    expect([await countOpen(storage, now), await countOpen(storage, now + 299), await countOpen(storage, now + 300)]).toEqual([1, 1, 0]);
    await storage.artifacts.sweep(now + 599, 10);
    expect((await loadTransaction(storage, id)).state).toBe("open");
    await storage.artifacts.sweep(now + 600, 10);
    await expect(loadTransaction(storage, id)).rejects.toMatchObject({ code: "transaction_unknown" });
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
