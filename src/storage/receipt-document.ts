import { toBase64Url } from "../bytes.ts";
import type { Receipt } from "./receipts.ts";

/** A receipt as whoever checks it is given it: the form that `@jpki-bridge/client-sdk/receipts` reads. */
export function receiptDocument({ sequence, id, at, kind, personId, detail, ...chained }: Receipt): Readonly<Record<string, unknown>> {
  const { forgottenContentHash, previousHash, hash, signature, signingKey } = chained;
  return {
    sequence, id, at, kind,
    ...(forgottenContentHash === null ? { person: personId, detail } : { content_hash: toBase64Url(forgottenContentHash) }),
    previous_hash: toBase64Url(previousHash),
    hash: toBase64Url(hash),
    ...(signature !== null && { signature: toBase64Url(signature), key: signingKey }),
  };
}
