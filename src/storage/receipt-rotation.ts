import { makeReceiptKey } from "./receipt-signing.ts";
import { appendReceipt } from "./receipts.ts";
import type { Storage } from "./storage.ts";

/**
 * A new key for receipts. It signs as soon as each process takes it up; what the keys before it signed
 * counts for ever. The receipt of it is signed by the key before: so one vouches for the next.
 * @returns its id.
 */
export async function rotateReceiptKey(storage: Storage, now: number): Promise<string> {
  const { id, sealedKey } = makeReceiptKey(storage.sealing);
  await storage.transaction(async ({ data }) => {
    await data.receiptKey.create({ data: { id, sealedKey } });
    await appendReceipt(data, { kind: "receipt_key_added", at: now, personId: null, detail: { key: id } });
  });
  await storage.receiptSigner.takeUpNewest();
  return id;
}
