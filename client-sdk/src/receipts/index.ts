/** What a bridge keeps of its assertions, checked offline: records of its audit log, parts of the chain, checkpoints, and statements to a relying party. WebCrypto alone. */
export { verifyReceipt } from "./receipt.ts";
export type { ReceiptContent, ReceiptRecord, ReceiptRefusal, ReceiptVerdict } from "./receipt.ts";
export { verifyReceiptChain } from "./receipt-chain.ts";
export type { ReceiptChainOptions, ReceiptChainVerdict } from "./receipt-chain.ts";
export { verifyCheckpoint } from "./checkpoint.ts";
export type { Checkpoint, CheckpointVerdict } from "./checkpoint.ts";
export { verifyReceiptStatement } from "./receipt-statement.ts";
export type { ReceiptStatement, ReceiptStatementChecks, ReceiptStatementVerdict } from "./receipt-statement.ts";
export type { ReceiptKey, ReceiptKeySet } from "./receipt-keys.ts";
export type { StatementRefusal } from "./signed-statement.ts";
