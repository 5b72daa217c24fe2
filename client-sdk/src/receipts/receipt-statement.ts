import type { ReceiptKeySet } from "./receipt-keys.ts";
import { type Claims, refused, type Refused, verifySignedStatement } from "./signed-statement.ts";

/** What a relying party is told of the receipt of an assertion that was made to it. */
export interface ReceiptStatement {
  /** `assurance_receipt` of the ID token. */
  readonly receipt: string;
  /** Hash of the record in the audit log, in base64url: an auditor finds it by that. */
  readonly receiptHash: string;
  /** The person's pseudonym at the relying party. */
  readonly subject: string;
  /** When the assertion was made, in seconds since the epoch. */
  readonly assertedAt: number;
  /** Version of the assurance policy that decided, and SHA-256 of its document, in base64url. */
  readonly policy: string;
  readonly policySha256: string;
  /** What was asserted: `ial`, `aal`, `fal`, `acr`, `amr`, `auth_time`. */
  readonly asserted: Claims;
  /** What was told of the facts behind the levels, as in the `assurance` claim. */
  readonly assurance: Claims;
  /** SHA-256 of the status answer that it rested on, in hexadecimal; null where the source gave none. The bridge keeps the answer for an auditor. */
  readonly statusAnswerSha256: string | null;
}

/** What a statement is held against. */
export interface ReceiptStatementChecks {
  /** The issuer identifier, as in discovery. */
  readonly issuer: string;
  /** The relying party's `client_id`. */
  readonly audience: string;
  readonly keys: ReceiptKeySet;
}

/** What a statement says, if the bridge signed it for this relying party. */
export type ReceiptStatementVerdict = Refused | { readonly valid: true; readonly statement: ReceiptStatement };

/** Verifies what `GET /receipts/{id}` answered, however long ago. */
export async function verifyReceiptStatement(token: string, { audience, ...checks }: ReceiptStatementChecks): Promise<ReceiptStatementVerdict> {
  const verdict = await verifySignedStatement(token, "assurance-receipt+jwt", checks);
  if (!verdict.valid) return verdict;
  const { aud, sub, receipt, receipt_hash, asserted_at, assurance_policy, policy_sha256, asserted, assurance, status_answer_sha256 = null } = verdict.claims;
  if (aud !== audience) return refused("audience");
  const texts = [sub, receipt, receipt_hash, assurance_policy, policy_sha256];
  if (texts.some((text) => typeof text !== "string") || typeof asserted_at !== "number" || !isObject(asserted) || !isObject(assurance)) return refused("malformed");
  if (status_answer_sha256 !== null && typeof status_answer_sha256 !== "string") return refused("malformed");
  return {
    valid: true,
    statement: {
      receipt: String(receipt), receiptHash: String(receipt_hash), subject: String(sub), assertedAt: asserted_at,
      policy: String(assurance_policy), policySha256: String(policy_sha256), asserted, assurance, statusAnswerSha256: status_answer_sha256,
    },
  };
}

const isObject = (value: unknown): value is Claims => typeof value === "object" && value !== null && !Array.isArray(value);
