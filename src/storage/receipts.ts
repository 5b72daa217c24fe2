import type { Database } from "better-sqlite3";
import { newIdentifier, type PersonId } from "../identifiers.ts";
import type { SqlExecutor } from "./artifacts.ts";
import { chainHash, contentHash, genesis, isIntact } from "./receipt-hash.ts";
import { type ReceiptSigner, signedOctets } from "./receipt-signing.ts";
import type { Reader, Writer } from "./storage.ts";
import { asStored, toDate, toSeconds } from "./time.ts";

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
  const last = await data.receipt.findFirst({ orderBy: { sequence: "desc" }, select: { hash: true } });
  const previousHash = Uint8Array.from(last?.hash ?? genesis);
  const record = { id: newIdentifier(), at: input.at, kind: input.kind, personId: input.personId, detail: JSON.stringify(input.detail) };
  const hash = chainHash(previousHash, contentHash(record));
  const { receiptSigner: signer } = data;
  await data.receipt.create({
    data: { ...record, at: toDate(input.at), previousHash, hash, signature: signer.sign(signedOctets(hash)), signingKey: signer.keyId },
  });
  return record.id;
}

const insertAtEnd = `INSERT INTO "receipt" ("id","at","kind","person_id","detail","previous_hash","hash","signature","signing_key")
  WITH "last" ("hash") AS (SELECT coalesce((SELECT "hash" FROM "receipt" ORDER BY "sequence" DESC LIMIT 1), zeroblob(32))),
    "record" ("id","at","kind","person_id","detail","content_hash","signing_key") AS (VALUES (?,?,?,?,?,?,?)),
    "chained" ("previous_hash","hash") AS MATERIALIZED (SELECT l."hash",receipt_hash(l."hash",r."content_hash") FROM "record" r, "last" l)
  SELECT r."id",r."at",r."kind",r."person_id",r."detail",c."previous_hash",c."hash",receipt_signature(c."hash"),r."signing_key" FROM "record" r, "chained" c`;

/**
 * Appends a record that stands by itself, by one statement: those of many sign-ins at once share a
 * commit with each other and with their artifacts.
 * @returns the receipt's id, once it is on disk.
 */
export async function appendLoneReceipt(executor: SqlExecutor, signer: ReceiptSigner, input: ReceiptInput): Promise<string> {
  const { kind, at, personId } = input;
  const record = { id: newIdentifier(), at, kind, personId, detail: JSON.stringify(input.detail) };
  await executor.run(insertAtEnd, [record.id, asStored(toDate(at)), kind, personId, record.detail, contentHash(record), signer.keyId]);
  return record.id;
}

/** Teaches a connection to chain and to sign, for {@link appendLoneReceipt}: what a record follows is known once it is written. */
export function defineReceiptFunctions(database: Database, signer: ReceiptSigner): void {
  database.function("receipt_hash", { deterministic: true }, (previous: Uint8Array, content: Uint8Array) => Buffer.from(chainHash(previous, content)));
  database.function("receipt_signature", (hash: Uint8Array) => Buffer.from(signer.sign(signedOctets(hash))));
}

/** One record by its id, or null. */
export async function findReceipt(read: Reader, id: string): Promise<Receipt | null> {
  const row = await read.receipt.findUnique({ where: { id } });
  return row === null ? null : receiptOf(row);
}

/** Every record in its order, or those of one person, a page in memory at a time. */
export async function* readReceipts(read: Pick<Reader, "receipt">, personId?: PersonId): AsyncGenerator<Receipt> {
  let sequence = 0;
  for (;;) {
    const page = await read.receipt.findMany({ where: { sequence: { gt: sequence }, ...(personId !== undefined && { personId }) }, orderBy: { sequence: "asc" }, take: 1000 });
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
