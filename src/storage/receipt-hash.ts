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

/** What the first receipt of all follows. */
export const genesis = new Uint8Array(32);

/** SHA-256 of what a receipt says. Its id is random: nobody finds the content by trying. */
export const contentHash = (content: ReceiptContent): Uint8Array<ArrayBuffer> => sha256(body(content));

/** The link to the receipt before: SHA-256 of both hashes. So the chain can be followed without the content. */
export const chainHash = (previous: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> => sha256(concatBytes(previous, content));

/** What is left of the content of a record that was forgotten. Id, kind and time stay, and the record of forgetting names them. */
export const emptied = { personId: null, detail: "{}" } as const;

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
  const { forgottenContentHash: forgotten } = record;
  // Nothing of the hash covers what stands there now: it must say nothing.
  if (forgotten !== null && (record.personId !== null || record.detail !== emptied.detail)) return false;
  return equalBytes(record.hash, chainHash(record.previousHash, forgotten ?? contentHash(record)));
}
