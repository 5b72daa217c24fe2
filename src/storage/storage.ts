import type { ArtifactStore } from "./artifacts.ts";
import type { DigestValues } from "./digest-values.ts";
import type { PrismaClient } from "./generated/client.ts";
import type { CertificateList, Comparison } from "./listed-certificates.ts";
import type { Lookups, PasskeyUse } from "./lookups.ts";
import type { QueueLookups } from "./queue-lookups.ts";
import type { RateCounters } from "./rate-counters.ts";
import type { OwnReceiptSigner, ReceiptKey, ReceiptKeyTime, ReceiptSigner, UnsignedPart } from "./receipt-signing.ts";
import type { ReceiptInput } from "./receipts.ts";
import type { SealedValues } from "./sealed-values.ts";
import type { Sealing } from "./sealing.ts";

/** The models of the schema that code outside of storage sees. */
export type Delegate = "person" | "statusAnswer" | "evidence" | "passkey" | "pairwiseSubject" | "consent" | "relyingParty" | "providerKey" | "requestRefusal" | "signalStream" | "signalExclusion" | "recoveryReview" | "assurancePolicy" | "announcement" | "outboxEntry" | "receipt";
type ReadMethod = "findUnique" | "findFirst" | "findMany" | "count";

/** The data model, to read from. Writes go through {@link Storage.transaction}. */
export type Reader = { readonly [Model in Delegate]: Pick<PrismaClient[Model], ReadMethod> } & { readonly lookups: Lookups; readonly queues: QueueLookups; receiptKeys(): Promise<ReceiptKey[]>; receiptKeyTimes(): Promise<ReceiptKeyTime[]>; unsignedReceipts(): Promise<UnsignedPart> };
/** The data model inside a transaction. */
export type Writer = Pick<PrismaClient, Delegate | "receiptKey"> & ReceiptAppending;

/** What receipts are appended by. */
export interface ReceiptAppending {
  readonly receiptSigner: ReceiptSigner;
  /** Until the transaction is over nobody else appends a receipt. */
  lockReceipts(): Promise<void>;
}

export interface Transaction {
  readonly data: Writer;
  readonly artifacts: ArtifactStore;
}

/** One database: the data model, the artifacts beside it, and transactions over both. */
export interface Storage {
  readonly read: Reader;
  readonly artifacts: ArtifactStore;
  readonly rateCounters: RateCounters;
  readonly sealed: SealedValues;
  readonly digests: DigestValues;
  readonly sealing: Sealing;
  readonly receiptSigner: OwnReceiptSigner;
  /** Notes that a passkey was used; false when its counter has not moved on. Beside the data model, as each sign-in does it. */
  recordPasskeyUse(id: string, use: PasskeyUse): Promise<boolean>;
  /** Appends a receipt that goes with no other change; its id, once it is on disk. Beside the data model, as each sign-in does it. */
  recordReceipt(receipt: ReceiptInput): Promise<string>;
  /** Compares the certificates of all evidence with lists, in a thread of its own. Rejects when `signal` aborts. */
  compareCertificates(lists: readonly CertificateList[], signal: AbortSignal): Promise<Comparison>;
  /** All of `work` or none of it. Nothing but storage may be awaited inside. */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** Whether the database answers. */
  ping(): Promise<boolean>;
  /** Connections of this process, and who waits for one; absent where there is no pool. */
  connections?(): { readonly used: number; readonly idle: number; readonly waiting: number };
  close(): Promise<void>;
}
