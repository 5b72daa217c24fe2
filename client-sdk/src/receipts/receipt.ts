import { type Bytes, concatBytes, equalBytes, fromBase64Url, sha256, utf8 } from "../bytes.ts";
import { isSignedBy, type ReceiptKeySet } from "./receipt-keys.ts";

/** What a receipt says. */
export interface ReceiptContent {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly kind: string;
  /** The bridge's own name for the person; null where it is about nobody. */
  readonly person: string | null;
  readonly detail: unknown;
}

/** A receipt that was checked. */
export interface ReceiptRecord {
  /** Null where the content is withheld or was forgotten: then the record shows that something stands there, not what. */
  readonly content: ReceiptContent | null;
  /** base64url. */
  readonly previousHash: string;
  /** base64url. */
  readonly hash: string;
}

/** Why a receipt was not taken. */
export type ReceiptRefusal =
  /** Not a receipt, or a member is missing or of the wrong form. */
  | "malformed"
  /** From before receipts were signed. */
  | "unsigned"
  /** Its hash is not that of its content and of the hash before it. */
  | "altered"
  | "unknown_key"
  | "signature";

/** Whether a receipt is as the bridge wrote it. */
export type ReceiptVerdict =
  | { readonly valid: true; readonly receipt: ReceiptRecord }
  | { readonly valid: false; readonly reason: ReceiptRefusal };

/**
 * Checks one receipt, as a line of `audit export` or a member of a person's export: that its hash is that of
 * what it says, and that the bridge signed it. That nothing is missing around it, {@link verifyReceiptChain} shows.
 * @param receipt the parsed JSON. @param keys of the bridge that is said to have written it.
 */
export async function verifyReceipt(receipt: unknown, keys: ReceiptKeySet): Promise<ReceiptVerdict> {
  const read = readReceipt(receipt);
  if (read === null) return refused("malformed");
  if (read.signature === null) return refused("unsigned");
  const { content, previousHash, hash, signature, key } = read;
  const contentHash = content === null ? read.contentHash : await sha256(utf8(JSON.stringify([content.id, content.at, content.kind, content.person, JSON.stringify(content.detail)])));
  if (!equalBytes(hash.bytes, await sha256(concatBytes(previousHash.bytes, contentHash)))) return refused("altered");
  const signed = await isSignedBy(keys, key, concatBytes(utf8("jpki-bridge/receipt/1\n"), hash.bytes), signature);
  if (signed !== true) return refused(signed === null ? "unknown_key" : "signature");
  return { valid: true, receipt: { content, previousHash: previousHash.text, hash: hash.text } };
}

const refused = (reason: ReceiptRefusal): ReceiptVerdict => ({ valid: false, reason });

interface Hash {
  readonly text: string;
  readonly bytes: Bytes;
}

type ReadReceipt = { readonly previousHash: Hash; readonly hash: Hash; readonly key: string; readonly signature: Bytes | null } & (
  | { readonly content: ReceiptContent }
  | { readonly content: null; readonly contentHash: Bytes }
);

function readReceipt(receipt: unknown): ReadReceipt | null {
  if (typeof receipt !== "object" || receipt === null) return null;
  const members = receipt as Readonly<Record<string, unknown>>;
  const [previousHash, hash] = [hashOf(members["previous_hash"]), hashOf(members["hash"])];
  if (previousHash === null || hash === null) return null;
  const { signature = null, key } = members;
  const octets = signature === null ? null : typeof signature === "string" ? fromBase64Url(signature) : undefined;
  if (octets === undefined || (signature !== null && (octets === null || typeof key !== "string"))) return null;
  const chained = { previousHash, hash, signature: octets, key: String(key) };
  if (members["content_hash"] !== undefined) {
    const contentHash = hashOf(members["content_hash"]);
    return contentHash === null ? null : { ...chained, content: null, contentHash: contentHash.bytes };
  }
  const content = contentOf(members);
  return content === null ? null : { ...chained, content };
}

function contentOf({ id, at, kind, person, detail }: Readonly<Record<string, unknown>>): ReceiptContent | null {
  if (typeof id !== "string" || typeof at !== "number" || typeof kind !== "string" || detail === undefined) return null;
  return person === null || typeof person === "string" ? { id, at, kind, person, detail } : null;
}

function hashOf(text: unknown): Hash | null {
  const bytes = typeof text === "string" ? fromBase64Url(text) : null;
  return bytes?.length === 32 ? { text: String(text), bytes } : null;
}
