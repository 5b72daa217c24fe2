import type { Clock } from "../clock.ts";
import { makeReceiptKey, readNewestKeyTime } from "./receipt-signing.ts";
import { appendReceipt } from "./receipts.ts";
import type { Storage, Writer } from "./storage.ts";
import { toSeconds } from "./time.ts";

/**
 * A new key for receipts. It signs as soon as each process takes it up; what the keys before it signed
 * counts for ever. The receipt of it is signed by the key before: so one vouches for the next.
 * @returns its id.
 */
export async function rotateReceiptKey(storage: Storage, now: number): Promise<string> {
  const { id, sealedKey } = makeReceiptKey(storage.sealing, undefined, now);
  await storage.transaction(({ data }) => addKey(data, { id, sealedKey }, now));
  await storage.receiptSigner.takeUpNewest();
  return id;
}

async function addKey(data: Writer, key: { readonly id: string; readonly sealedKey: Uint8Array<ArrayBuffer> }, now: number): Promise<void> {
  await data.receiptKey.create({ data: key });
  await appendReceipt(data, { kind: "receipt_key_added", at: now, personId: null, detail: { key: key.id } });
}

/** The same where the newest key is still the one that is to be followed: of several processes at once one does it. */
async function followReceiptKey(storage: Storage, expected: string, now: number): Promise<void> {
  const made = makeReceiptKey(storage.sealing, undefined, now);
  await storage.transaction(async ({ data }) => {
    const newest = await data.receiptKey.findFirst({ orderBy: { sequence: "desc" }, select: { id: true } });
    if (newest?.id === expected) await addKey(data, made, now);
  });
  await storage.receiptSigner.takeUpNewest();
}

/** When the key that signs receipts was made, in seconds: the first one, with the first receipt. Null while there is none. */
export async function receiptKeyMadeAt(storage: Storage): Promise<number | null> {
  const madeAt = await storage.transaction(({ data }) => readNewestKeyTime(data, storage.sealing));
  if (madeAt !== null) return madeAt;
  const first = await storage.read.receipt.findFirst({ orderBy: { sequence: "asc" }, select: { at: true } });
  return first === null ? null : toSeconds(first.at);
}

/** What rotates the key of receipts when it has signed for `rotateEvery` seconds. Asked often, it looks once for each key. */
export function createReceiptKeyRotation(storage: Storage, rotateEvery: number, clock: Clock): () => Promise<void> {
  let known: { readonly key: string; readonly madeAt: number } | null = null;
  return async () => {
    const key = storage.receiptSigner.keyId;
    if (known?.key !== key) {
      const madeAt = await receiptKeyMadeAt(storage);
      if (madeAt === null) return;
      known = { key, madeAt };
    }
    if (known.madeAt + rotateEvery <= clock()) await followReceiptKey(storage, key, clock());
  };
}
