import { equalSecrets, fromBase64Url, randomBytes, toBase64Url, utf8 } from "../bytes.ts";
import { type ErrorCode, Refusal } from "../errors.ts";
import type { TransactionId } from "../identifiers.ts";
import { removePendingPasskey } from "../people/index.ts";
import { sha256 } from "../pki/digest.ts";
import type { ArtifactStore, Storage, Transaction } from "../storage/index.ts";
import type { EnrolmentPorts } from "./ports.ts";
import type { EnrolmentTransaction, Step, TransactionState } from "./transaction.ts";

const model = "EnrolmentTransaction";
// Kept for a while after their end, so that the last answer can still be told.
const afterlife = 600;
/**
 * Where nothing is awaited of the phone any more; such a transaction takes nobody's place. One that failed
 * keeps its place until its time is over: it may have left a receipt, and the places bound how many.
 */
const over: readonly TransactionState["state"][] = ["complete", "returned", "finished", "cancelled"];

type Ports = Pick<EnrolmentPorts, "storage" | "clock" | "observer">;

interface Stored {
  readonly transaction: EnrolmentTransaction;
  readonly version: number;
}

/** A transaction as a step left it, and the version under which it was stored then. */
export interface Taken<Name extends TransactionState["state"]> {
  readonly transaction: Extract<EnrolmentTransaction, { state: Name }>;
  readonly version: number;
}

/** A refused step that tells how many attempts are left. */
export class AttemptRefusal extends Refusal {
  readonly attemptsLeft: number;

  constructor(code: ErrorCode, detail: string, attemptsLeft: number) {
    super(code, detail);
    this.attemptsLeft = attemptsLeft;
  }
}

/** How many transactions may be open, or have failed, at once: in all, and of one network. */
export type OpenLimits = Pick<EnrolmentPorts, "maximumOpen" | "maximumOpenPerNetwork">;

/**
 * Counts and inserts in one transaction: of many at once none gets past a limit. Whoever is over one is refused before
 * the transaction, too, which holds up everybody else's.
 * @param network what one subscriber has; stored as a keyed digest.
 * @throws Refusal `transaction_too_many`.
 */
export async function insertTransaction(storage: Storage, transaction: EnrolmentTransaction, limits: OpenLimits, network?: string): Promise<void> {
  const uid = network === undefined ? undefined : toBase64Url(storage.sealing.lookUpDigest(utf8("network"), utf8(network)));
  const { openedAt, expiresAt } = transaction;
  const refuseTooMany = async (artifacts: ArtifactStore): Promise<void> => {
    const ofNetwork = uid === undefined ? 0 : await artifacts.countByUid(model, uid, openedAt + afterlife);
    if (ofNetwork >= limits.maximumOpenPerNetwork) throw new Refusal("transaction_too_many", "limit of one network reached", 60);
    if ((await artifacts.count(model, openedAt + afterlife)) >= limits.maximumOpen) throw new Refusal("transaction_too_many", "limit reached", 60);
  };
  await refuseTooMany(storage.artifacts);
  await storage.transaction(async ({ artifacts }) => {
    await refuseTooMany(artifacts);
    await artifacts.insert(model, transaction.id, transaction, { expiresAt: expiresAt + afterlife, uid });
  });
}

/** One that is over is kept as long as it was of use, from now on; it no longer counts as open. */
const placementOf = (next: EnrolmentTransaction, now: number): { expiresAt: number } | undefined =>
  over.includes(next.state) ? { expiresAt: now + afterlife } : undefined;

/** @throws Refusal `transaction_unknown`. */
export async function loadTransaction(storage: Storage, id: TransactionId): Promise<EnrolmentTransaction> {
  return (await load(storage, id)).transaction;
}

async function load(storage: Storage, id: TransactionId): Promise<Stored> {
  const found = await storage.artifacts.find(model, id);
  if (found === null) throw new Refusal("transaction_unknown", "no such transaction");
  return { transaction: found.payload as EnrolmentTransaction, version: found.version };
}

/**
 * Takes one step by one conditional update: of many at once, one wins and the others see what it left.
 * @throws Refusal with the step's code.
 */
export async function take<Name extends TransactionState["state"]>(
  ports: Ports,
  id: TransactionId,
  step: (transaction: EnrolmentTransaction, now: number) => Step<Name>,
): Promise<Taken<Name>> {
  const { storage, clock } = ports;
  for (;;) {
    const { transaction, version } = await load(storage, id);
    const now = clock();
    const result = step(transaction, now);
    if (result.next !== undefined && !(await replace(storage, { transaction, version }, result.next, now))) continue;
    if (result.next !== undefined && result.next.state !== transaction.state) tellReached(ports, result.next);
    if (result.code === null) return { transaction: result.next as Taken<Name>["transaction"], version: version + 1 };
    if (result.attemptsLeft !== undefined) throw new AttemptRefusal(result.code, result.at, result.attemptsLeft);
    throw new Refusal(result.code, result.at);
  }
}

/** A passkey that waited to be confirmed goes with the transaction that ends without it. */
async function replace(storage: Storage, { transaction, version }: Stored, next: EnrolmentTransaction, now: number): Promise<boolean> {
  const { id } = transaction;
  const placement = placementOf(next, now);
  if (transaction.state !== "passkey_pending" || (next.state !== "failed" && next.state !== "cancelled")) {
    return storage.artifacts.replace(model, id, version, next, placement);
  }
  return storage.transaction(async (database) => {
    const replaced = await database.artifacts.replace(model, id, version, next, placement);
    if (replaced) await removePendingPasskey(database, transaction.personId, transaction.pending.passkeyId, now);
    return replaced;
  });
}

/**
 * Moves on inside a database transaction, together with what the move means, from exactly what was taken.
 * @throws Refusal `transaction_wrong_state` when any step came between; then nothing of the transaction holds.
 */
export async function moveWithin({ artifacts }: Transaction, { transaction, version }: Stored, next: EnrolmentTransaction, now: number): Promise<void> {
  const moved = await artifacts.replace(model, transaction.id, version, next, placementOf(next, now));
  if (!moved) throw new Refusal("transaction_wrong_state", `no longer as it was when ${transaction.state}`);
}

/** Tells whoever measures, once the move holds, which state a transaction has reached. */
export function tellReached({ observer }: Pick<EnrolmentPorts, "observer">, reached: EnrolmentTransaction): void {
  observer?.enrolmentReached(reached.purpose, reached.state);
  if (reached.state === "failed") observer?.enrolmentFailed(reached.purpose, reached.code);
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
