import type { ReceiptKeySet } from "./receipt-keys.ts";
import { refused, type Refused, verifySignedStatement } from "./signed-statement.ts";

/** The head of an audit log at a time: whoever keeps it can show later that nothing before it was changed or cut off. */
export interface Checkpoint {
  /** How many receipts there were. */
  readonly receipts: number;
  /** Number of the last one. */
  readonly sequence: number;
  /** Its hash, in base64url. */
  readonly hash: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/** What a checkpoint says, if the bridge signed it. */
export type CheckpointVerdict = Refused | { readonly valid: true; readonly checkpoint: Checkpoint };

/** Reads what `audit checkpoint` printed. Its `hash` goes into {@link verifyReceiptChain} as `after` or `until`. */
export async function verifyCheckpoint(token: string, checks: { readonly issuer: string; readonly keys: ReceiptKeySet }): Promise<CheckpointVerdict> {
  const verdict = await verifySignedStatement(token.trim(), "receipt-checkpoint+jwt", checks);
  if (!verdict.valid) return verdict;
  const { receipts, sequence, hash, iat } = verdict.claims;
  if (typeof receipts !== "number" || typeof sequence !== "number" || typeof hash !== "string" || typeof iat !== "number") return refused("malformed");
  return { valid: true, checkpoint: { receipts, sequence, hash, at: iat } };
}
