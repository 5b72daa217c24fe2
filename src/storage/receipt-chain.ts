import { equalBytes } from "../bytes.ts";
import { createKeyTerms } from "./receipt-key-terms.ts";
import { genesis } from "./receipt-hash.ts";
import { type Receipt, readReceipts } from "./receipts.ts";
import { type ReceiptKey, type SignatureCheck, signatureCheck, signedOctets, type UnsignedPart } from "./receipt-signing.ts";
import { type Forgotten, forgettingKind, forgottenIn } from "./receipt-forgetting.ts";
import type { Reader } from "./storage.ts";

/** What is wrong with a record. */
export type ReceiptFault =
  /** Its content or its hash was changed. */
  | "altered"
  /** It does not follow from the one before it: one was taken out, put in, or moved. */
  | "out_of_place"
  /** No key of this log signed it, or one whose time was over. */
  | "not_signed"
  /** Its content is gone, and no record says that it was forgotten. */
  | "content_missing";

/** What was found in the chain of receipts. */
export interface ChainFindings {
  readonly receipts: number;
  /** How many are from before receipts were signed. The first key was sealed with their number and the hash of the last. */
  readonly unsigned: number;
  /** The first record with a fault; null where the chain holds. */
  readonly fault: { readonly sequence: number; readonly fault: ReceiptFault } | null;
}

/** Reads the whole chain of receipts and checks each: content, place and signature. */
export async function verifyReceipts(read: Reader): Promise<ChainFindings> {
  const isSigned = signatureCheck(await read.receiptKeys());
  const maySign = createKeyTerms(await read.receiptKeyTimes());
  const earlier = await read.unsignedReceipts();
  const unexplained = new Map<string, Receipt>();
  let [receipts, unsigned, last, before]: [number, number, number, Uint8Array] = [0, 0, 0, genesis];
  for await (const receipt of readReceipts(read)) {
    receipts += 1;
    const fault = faultOf(receipt, before, receipts <= earlier.receipts, isSigned, maySign) ?? (isOther(receipt, receipts, earlier) ? "altered" : null);
    if (fault !== null) return { receipts, unsigned, fault: { sequence: receipt.sequence, fault } };
    if (receipt.signature === null) unsigned += 1;
    if (receipt.forgottenContentHash !== null) unexplained.set(receipt.id, receipt);
    else if (receipt.kind === forgettingKind) for (const forgotten of forgottenIn(receipt.detail)) if (isLeftOf(forgotten, unexplained.get(forgotten.id))) unexplained.delete(forgotten.id);
    [before, last] = [receipt.hash, receipt.sequence];
  }
  if (receipts < earlier.receipts) return { receipts, unsigned, fault: { sequence: last, fault: "out_of_place" } };
  const [missing] = unexplained.values();
  return { receipts, unsigned, fault: missing === undefined ? null : { sequence: missing.sequence, fault: "content_missing" } };
}

/** Whether another record stands where the last unsigned one did. */
const isOther = ({ hash }: Receipt, place: number, earlier: UnsignedPart): boolean => place === earlier.receipts && !equalBytes(hash, earlier.hash);

const isLeftOf = ({ kind, at }: Forgotten, receipt: Receipt | undefined): boolean => receipt?.kind === kind && receipt.at === at;

/** The sequence number of the first record that is not as it was written, or null. */
export const firstBrokenReceipt = async (read: Reader): Promise<number | null> => (await verifyReceipts(read)).fault?.sequence ?? null;

function faultOf(receipt: Receipt, before: Uint8Array, mayBeUnsigned: boolean, isSigned: SignatureCheck, maySign: (keyId: string, at: number) => boolean): ReceiptFault | null {
  const { at, intact, previousHash, hash, signature, signingKey } = receipt;
  if (!equalBytes(previousHash, before)) return "out_of_place";
  if (!intact) return signature === null && !mayBeUnsigned ? "not_signed" : "altered";
  if (signature === null) return mayBeUnsigned ? null : "not_signed";
  return signingKey !== null && isSignedReceipt({ hash, signature, signingKey }, isSigned) && maySign(signingKey, at) ? null : "not_signed";
}

const isSignedReceipt = ({ hash, signature, signingKey }: Pick<Receipt, "hash" | "signature" | "signingKey">, isSigned: SignatureCheck): boolean =>
  signature !== null && signingKey !== null && isSigned(signingKey, signedOctets(hash), signature);

/** Whether one receipt is as one of these keys signed it, and still says it: a forgotten one says nothing. That it stands in the chain is for {@link verifyReceipts}. */
export const isAuthentic = (receipt: Receipt, keys: readonly ReceiptKey[]): boolean => receipt.forgottenContentHash === null && receipt.intact && isSignedReceipt(receipt, signatureCheck(keys));
