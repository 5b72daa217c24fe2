import { createHash } from "node:crypto";
import { concatBytes, equalBytes, utf8 } from "../bytes.ts";

/** What a receipt says, as it is hashed. */
export interface ReceiptContent {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly kind: string;
  readonly personId: string | null;
  /** JSON. */
  readonly detail: string;
}

const sha256 = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(createHash("sha256").update(bytes).digest());
const body = ({ id, at, kind, personId, detail }: ReceiptContent): Uint8Array<ArrayBuffer> => utf8(JSON.stringify([id, at, kind, personId, detail]));

/** SHA-256 of what a receipt says. Its id is random: nobody finds the content by trying. */
export const contentHash = (content: ReceiptContent): Uint8Array<ArrayBuffer> => sha256(body(content));

/** The link to the receipt before: SHA-256 of both hashes. So the chain can be followed without the content. */
export const chainHash = (previous: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> => sha256(concatBytes(previous, content));

/** A receipt as it stands in its table. */
export interface ChainedContent extends ReceiptContent {
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
  readonly signature: Uint8Array | null;
  readonly forgottenContentHash: Uint8Array | null;
}

/** Whether a receipt's hash is that of its content and of the hash before it. */
export function isIntact(record: ChainedContent): boolean {
  // Before receipts were signed, the hash was over the content itself.
  if (record.signature === null) return equalBytes(record.hash, sha256(concatBytes(record.previousHash, body(record))));
  const content = record.forgottenContentHash ?? contentHash(record);
  return equalBytes(record.hash, chainHash(record.previousHash, content));
}
