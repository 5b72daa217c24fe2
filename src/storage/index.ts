export type { ConsentRow, EvidenceRow, PasskeyRow, PersonRow } from "./lookups.ts";
export type { Artifact, ArtifactPlacement, ArtifactStore } from "./artifacts.ts";
export { createLease, type Lease } from "./lease.ts";
export type { BoundEvidence, CertificateList, Comparison } from "./listed-certificates.ts";
export { appendReceipt, findReceipt, firstBrokenReceipt, readReceipts, type Receipt, type ReceiptInput } from "./receipts.ts";
export { Sealing, type SealingKey } from "./sealing.ts";
export { openSqlite, type Reader, type Storage, type Transaction, type Writer } from "./storage.ts";
export { toDate, toSeconds } from "./time.ts";
