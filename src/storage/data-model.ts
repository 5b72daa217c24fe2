import type { SqlExecutor } from "./artifacts.ts";
import type { PrismaClient } from "./generated/client.ts";
import { createLookups } from "./lookups.ts";
import { createQueueLookups } from "./queue-lookups.ts";
import { readReceiptKeys, readReceiptKeyTimes, readUnsignedPart } from "./receipt-signing.ts";
import type { Sealing } from "./sealing.ts";
import type { Delegate, Reader, ReceiptAppending, Writer } from "./storage.ts";

/** The data model to read from, with the look-ups beside it: the same for every engine. */
export function createReader(client: PrismaClient, executor: SqlExecutor, sealing: Sealing): Reader {
  const { person, statusAnswer, evidence, passkey, pairwiseSubject, consent, relyingParty, providerKey, requestRefusal, signalStream, signalExclusion, recoveryReview, assurancePolicy, announcement, outboxEntry, receipt } = client;
  return {
    person, statusAnswer, evidence, passkey, pairwiseSubject, consent, relyingParty, providerKey, requestRefusal, signalStream, signalExclusion, recoveryReview, assurancePolicy, announcement, outboxEntry, receipt,
    lookups: createLookups(executor),
    queues: createQueueLookups(executor),
    receiptKeys: () => readReceiptKeys(client, sealing),
    receiptKeyTimes: () => readReceiptKeyTimes(client, sealing),
    unsignedReceipts: () => readUnsignedPart(client, sealing),
  };
}

/** The data model inside a transaction, with what its receipts are appended by. */
export function createWriter(data: Pick<PrismaClient, Delegate | "receiptKey">, appending: ReceiptAppending): Writer {
  return Object.assign(Object.create(data) as typeof data, appending);
}
