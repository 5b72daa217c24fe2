import { newIdentifier, type PersonId } from "../identifiers.ts";
import { chainHash, contentHash, genesis, isIntact, type ReceiptContent } from "./receipt-hash.ts";
import { type ReceiptSigner, signedOctets } from "./receipt-signing.ts";
import type { Reader, Writer } from "./storage.ts";
import { toDate, toSeconds } from "./time.ts";

/** What the audit log records. `detail` holds facts for the auditor, as JSON: never certificates, serials, names or tokens. */
export interface ReceiptInput {
  readonly kind: string;
  readonly at: number;
  readonly personId: PersonId | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A record of the audit log. */
export interface Receipt {
  readonly sequence: number;
  readonly id: string;
  /** Seconds since the epoch. */
  readonly at: number;
  readonly kind: string;
  readonly personId: string | null;
  readonly detail: unknown;
  readonly previousHash: Uint8Array;
  readonly hash: Uint8Array;
  /** ES256 over the hash, by the key named; null in records from before receipts were signed. */
  readonly signature: Uint8Array | null;
  readonly signingKey: string | null;
  /** What the content hashed to, of a record whose content was forgotten. */
  readonly forgottenContentHash: Uint8Array | null;
  /** Whether its hash is that of its content and of the hash before it. */
  readonly intact: boolean;
}

/** Appends one record to the hash chain, signed, inside the transaction of what it records. */
export async function appendReceipt(data: Writer, input: ReceiptInput): Promise<string> {
  const [id = ""] = await appendReceipts(data, [input]);
  return id;
}

/** The same for several, in their order. */
export async function appendReceipts(data: Writer, inputs: readonly ReceiptInput[]): Promise<string[]> {
  if (inputs.length === 0) return [];
  await data.lockReceipts();
  const last = await data.receipt.findFirst({ orderBy: { sequence: "desc" }, select: { hash: true } });
  const records = chainedRecords(data.receiptSigner, Uint8Array.from(last?.hash ?? genesis), inputs);
  await data.receipt.createMany({ data: records.map(({ at, ...record }) => ({ ...record, at: toDate(at) })) });
  return records.map(({ id }) => id);
}

/** A record as its row has it, but for its number. */
export interface ChainedRecord extends ReceiptContent {
  readonly previousHash: Uint8Array<ArrayBuffer>;
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly signingKey: string;
}

/** The records that follow the one with a hash, each the one before it. */
export function chainedRecords(signer: ReceiptSigner, last: Uint8Array<ArrayBuffer>, inputs: readonly ReceiptInput[]): ChainedRecord[] {
  let previousHash = last;
  return inputs.map((input) => {
    const record = recordOf(input);
    const hash = chainHash(previousHash, contentHash(record));
    const chained = { ...record, previousHash, hash, signature: signer.sign(signedOctets(hash)), signingKey: signer.keyId };
    previousHash = hash;
    return chained;
  });
}

/** What a new record says, under an id of its own. */
export function recordOf({ at, kind, personId, detail }: ReceiptInput): ReceiptContent {
  return { id: newIdentifier(), at, kind, personId, detail: JSON.stringify(detail) };
}

/** One record by its id, or null. */
export async function findReceipt(read: Reader, id: string): Promise<Receipt | null> {
  const row = await read.receipt.findUnique({ where: { id } });
  return row === null ? null : receiptOf(row);
}

/** Every record in its order, or those of one person or kind, a page in memory at a time. */
export async function* readReceipts(read: Pick<Reader, "receipt">, of: { readonly personId?: PersonId; readonly kind?: string } = {}): AsyncGenerator<Receipt> {
  let sequence = 0;
  for (;;) {
    const page = await read.receipt.findMany({ where: { ...of, sequence: { gt: sequence } }, orderBy: { sequence: "asc" }, take: 1000 });
    if (page.length === 0) return;
    for (const row of page) yield receiptOf(row);
    sequence = page.at(-1)?.sequence ?? sequence;
  }
}

type Row = NonNullable<Awaited<ReturnType<Reader["receipt"]["findUnique"]>>>;

function receiptOf(row: Row): Receipt {
  const at = toSeconds(row.at);
  return { ...row, at, detail: jsonIn(row.detail), intact: isIntact({ ...row, at }) };
}

/** Somebody may have reached past the bridge into the table: then the text stands for itself. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
