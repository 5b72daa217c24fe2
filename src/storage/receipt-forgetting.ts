import type { PersonId } from "../identifiers.ts";
import { contentHash, emptied } from "./receipt-hash.ts";
import { appendReceipt } from "./receipts.ts";
import type { Writer } from "./storage.ts";
import { toDate, toSeconds } from "./time.ts";

/** The kind of the record that says which others were forgotten. */
export const forgettingKind = "receipts_forgotten";

/** Records that one such record names, and one call changes: each is a statement. */
const atOnce = 100;

/** Which records are to be forgotten. */
export interface ToForget {
  readonly personId: PersonId;
  /** Of these kinds alone, where it is given. */
  readonly kind?: string | { readonly not: string };
  /** Those from before a time. */
  readonly before: number;
  readonly at: number;
}

/**
 * Forgets some of what is recorded of a person from before a time: content and person go, hash and signature
 * stay, so that the chain holds; and a receipt names the records with their kind and time, so that nobody
 * else's hand can have emptied them or change what is left of them. The answers of status sources about that person go with them. Records from before receipts were signed stay: their hash is over the content itself.
 * The chain holds after each call.
 * @returns how many were forgotten: call again, in another transaction, until it is 0.
 */
export async function forgetReceipts(data: Writer, { personId, kind, before, at }: ToForget): Promise<number> {
  const rows = await data.receipt.findMany({ where: { personId, ...(kind !== undefined && { kind }), at: { lt: toDate(before) }, signature: { not: null } }, orderBy: { sequence: "asc" }, take: atOnce });
  if (rows.length === 0) return 0;
  await data.statusAnswer.deleteMany({ where: { personId, keptAt: { lt: toDate(before) } } });
  for (const row of rows) {
    const forgottenContentHash = contentHash({ ...row, at: toSeconds(row.at) });
    await data.receipt.update({ where: { sequence: row.sequence }, data: { ...emptied, forgottenContentHash } });
  }
  await appendReceipt(data, { kind: forgettingKind, at, personId: null, detail: { receipts: rows.map((row): Forgotten => ({ id: row.id, kind: row.kind, at: toSeconds(row.at) })) } });
  return rows.length;
}

/** What is left of a forgotten record, and is covered by no hash of its own. */
export interface Forgotten {
  readonly id: string;
  readonly kind: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** The records that a record of forgetting names. */
export function forgottenIn(detail: unknown): readonly Forgotten[] {
  const { receipts } = (detail ?? {}) as { readonly receipts?: unknown };
  return Array.isArray(receipts) ? (receipts as Forgotten[]) : [];
}
