import { equalSecrets, fromBase64Url, randomBytes, toBase64Url, utf8 } from "../bytes.ts";
import { type ErrorCode, Refusal } from "../errors.ts";
import type { TransactionId } from "../identifiers.ts";
import { sha256 } from "../pki/digest.ts";
import type { Storage, Transaction } from "../storage/index.ts";
import type { EnrolmentTransaction, Step, TransactionState } from "./transaction.ts";

const model = "EnrolmentTransaction";
// Kept for a while after their end, so that the last answer can still be told.
const afterlife = 300;

/** A refused step that tells how many attempts are left. */
export class AttemptRefusal extends Refusal {
  readonly attemptsLeft: number;

  constructor(code: ErrorCode, detail: string, attemptsLeft: number) {
    super(code, detail);
    this.attemptsLeft = attemptsLeft;
  }
}

export async function insertTransaction(storage: Storage, transaction: EnrolmentTransaction): Promise<void> {
  await storage.artifacts.insert(model, transaction.id, transaction, { expiresAt: transaction.expiresAt + afterlife });
}

export async function countOpen(storage: Storage, now: number): Promise<number> {
  return storage.artifacts.count(model, now + afterlife);
}

/** @throws Refusal `transaction_unknown`. */
export async function loadTransaction(storage: Storage, id: TransactionId): Promise<EnrolmentTransaction> {
  return (await load(storage, id)).transaction;
}

async function load(storage: Storage, id: TransactionId): Promise<{ transaction: EnrolmentTransaction; version: number }> {
  const found = await storage.artifacts.find(model, id);
  if (found === null) throw new Refusal("transaction_unknown", "no such transaction");
  return { transaction: found.payload as EnrolmentTransaction, version: found.version };
}

/**
 * Takes one step by one conditional update: of many at once, one wins and the others see what it left.
 * @throws Refusal with the step's code.
 */
export async function take<Name extends TransactionState["state"]>(
  storage: Storage,
  id: TransactionId,
  step: (transaction: EnrolmentTransaction) => Step<Name>,
): Promise<Extract<EnrolmentTransaction, { state: Name }>> {
  for (;;) {
    const { transaction, version } = await load(storage, id);
    const result = step(transaction);
    const stored = result.next === undefined || (await storage.artifacts.replace(model, id, version, result.next));
    if (!stored) continue;
    if (result.code === null) return result.next as Extract<EnrolmentTransaction, { state: Name }>;
    if (result.attemptsLeft !== undefined) throw new AttemptRefusal(result.code, result.at, result.attemptsLeft);
    throw new Refusal(result.code, result.at);
  }
}

/**
 * Moves on inside a database transaction, together with what the move means.
 * @throws Refusal `transaction_wrong_state` when somebody was faster; then nothing of the transaction holds.
 */
export async function moveWithin({ artifacts }: Transaction, from: EnrolmentTransaction, next: EnrolmentTransaction): Promise<void> {
  const found = await artifacts.find(model, from.id);
  const current = found?.payload as EnrolmentTransaction | undefined;
  const unchanged = found !== null && current?.state === from.state && (await artifacts.replace(model, from.id, found.version, next));
  if (!unchanged) throw new Refusal("transaction_wrong_state", current?.state ?? "gone");
}

/** A new one-time secret and the digest that is stored of it. */
export function newSecret(): { secret: string; digest: string } {
  const secret = toBase64Url(randomBytes(32));
  return { secret, digest: secretDigest(secret) };
}

/** Only digests of secrets are stored, so that a copy of the database opens nothing. */
export function secretDigest(secret: string): string {
  return toBase64Url(sha256(utf8(secret)));
}

/** Whether a presented secret has this digest, in constant time. */
export function secretMatches(secret: string, digest: string | null): boolean {
  const expected = digest === null ? null : fromBase64Url(digest);
  return expected !== null && equalSecrets(sha256(utf8(secret)), expected);
}

/** `digits` random decimal digits, evenly distributed. */
export function randomNumber(digits: number): string {
  const range = 10 ** digits;
  const limit = Math.floor(2 ** 32 / range) * range;
  for (;;) {
    const value = new DataView(randomBytes(4).buffer).getUint32(0);
    if (value < limit) return String(value % range).padStart(digits, "0");
  }
}
