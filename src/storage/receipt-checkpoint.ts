import { toBase64Url } from "../bytes.ts";
import { genesis } from "./receipt-hash.ts";
import { signatureCheck } from "./receipt-signing.ts";
import { readStatement, signStatement } from "./receipt-statement.ts";
import type { Reader, Storage } from "./storage.ts";

const typ = "receipt-checkpoint+jwt";

/**
 * The head of the log, signed: how many receipts there are, and the number and hash of the last. Kept
 * elsewhere it shows what the log alone cannot: that nothing was cut off at its end since.
 * @param isFinal whether the bridge had stopped: then it also shows that nothing came after it.
 */
export async function takeCheckpoint({ read, receiptSigner }: Pick<Storage, "read" | "receiptSigner">, issuer: string, now: number, isFinal = false): Promise<string> {
  const last = await read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  const sequence = last?.sequence ?? 0;
  const receipts = await read.receipt.count({ where: { sequence: { lte: sequence } } });
  return signStatement(receiptSigner, typ, { iss: issuer, iat: now, receipts, sequence, hash: toBase64Url(last?.hash ?? genesis), ...(isFinal && { final: true }) });
}

/** How a log stands to an earlier checkpoint. */
export type CheckpointFinding =
  | "holds"
  /** Receipts that were there are gone from the end. */
  | "cut_off"
  /** There are others in their place. */
  | "rewritten"
  /** No key of this log signed it. */
  | "not_ours";

/** Holds a log against what {@link takeCheckpoint} made of it earlier. The chain itself is for `verifyReceipts`. */
export async function compareWithCheckpoint(read: Reader, token: string): Promise<CheckpointFinding> {
  const claims = readStatement(signatureCheck(await read.receiptKeys()), typ, token.trim());
  if (claims === null) return "not_ours";
  const sequence = Number(claims["sequence"]);
  const last = await read.receipt.findFirst({ orderBy: { sequence: "desc" } });
  if ((last?.sequence ?? 0) < sequence) return "cut_off";
  const at = await read.receipt.findUnique({ where: { sequence } });
  const isSame = toBase64Url(at?.hash ?? genesis) === claims["hash"] && (await read.receipt.count({ where: { sequence: { lte: sequence } } })) === claims["receipts"];
  return isSame ? "holds" : "rewritten";
}
