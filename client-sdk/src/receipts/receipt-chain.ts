import type { ReceiptKeySet } from "./receipt-keys.ts";
import { type ReceiptRefusal, verifyReceipt } from "./receipt.ts";

/** Where a part of the chain stands. */
export interface ReceiptChainOptions {
  /** The hash that the first record must follow, in base64url, such as that of a checkpoint. Not given: any. Null: it is the first of all. */
  readonly after?: string | null;
  /** The hash that the last record must have, such as that of a later checkpoint: nothing was cut off before it. */
  readonly until?: string;
}

/** Whether receipts follow each other, and where they do not. */
export type ReceiptChainVerdict =
  /** @see ReceiptRecord.hash for the form of `head`; null where there was no record. */
  | { readonly valid: true; readonly receipts: number; readonly head: string | null }
  | {
      readonly valid: false;
      /** Place of the first record that is not right, from 0; where the end is missing, the number of records. */
      readonly at: number;
      /** `out_of_place`: it does not follow from the one before. `cut_off`: the record with the hash `until` did not come last. */
      readonly reason: ReceiptRefusal | "out_of_place" | "cut_off";
    };

/** The hash that the first receipt of all follows. */
const genesis = "A".repeat(43);

/** Checks receipts that stand one after the other in the log: each as {@link verifyReceipt} does, and that none is missing between them. */
export async function verifyReceiptChain(receipts: Iterable<unknown> | AsyncIterable<unknown>, keys: ReceiptKeySet, { after, until }: ReceiptChainOptions = {}): Promise<ReceiptChainVerdict> {
  let [at, head] = [0, after === null ? genesis : (after ?? null)];
  for await (const receipt of receipts) {
    const verdict = await verifyReceipt(receipt, keys);
    if (!verdict.valid) return { valid: false, at, reason: verdict.reason };
    if (head !== null && verdict.receipt.previousHash !== head) return { valid: false, at, reason: "out_of_place" };
    head = verdict.receipt.hash;
    at += 1;
  }
  if (until !== undefined && head !== until) return { valid: false, at, reason: "cut_off" };
  return { valid: true, receipts: at, head };
}
