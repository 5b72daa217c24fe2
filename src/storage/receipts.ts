import { createHash } from "node:crypto";
import type { Database } from "better-sqlite3";
import { concatBytes, equalBytes, utf8 } from "../bytes.ts";
import { newIdentifier, type PersonId } from "../identifiers.ts";
import type { SqlExecutor } from "./artifacts.ts";
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
  /** Whether its hash is that of its content and of the hash before it. */
  readonly intact: boolean;
}

const genesis = new Uint8Array(32);

/** Appends one record to the hash chain, inside the transaction of what it records. */
export async function appendReceipt(data: Writer, input: ReceiptInput): Promise<string> {
  const last = await data.receipt.findFirst({ orderBy: { sequence: "desc" }, select: { hash: true } });
  const previousHash = Uint8Array.from(last?.hash ?? genesis);
  const record = { id: newIdentifier(), at: input.at, kind: input.kind, personId: input.personId, detail: JSON.stringify(input.detail) };
  await data.receipt.create({
    data: { ...record, at: toDate(input.at), previousHash, hash: receiptHash(previousHash, record) },
  });
  return record.id;
}

const insertAtEnd = `INSERT INTO "receipt" ("id","at","kind","person_id","detail","previous_hash","hash")
  WITH "last" ("hash") AS (SELECT coalesce((SELECT "hash" FROM "receipt" ORDER BY "sequence" DESC LIMIT 1), zeroblob(32))),
    "record" ("id","at","seconds","kind","person_id","detail") AS (VALUES (?,?,?,?,?,?))
  SELECT r."id",r."at",r."kind",r."person_id",r."detail",l."hash",receipt_hash(l."hash",r."id",r."seconds",r."kind",r."person_id",r."detail") FROM "record" r, "last" l`;

/**
 * Appends a record that stands by itself, by one statement: those of many sign-ins at once share a
 * commit with each other and with their artifacts.
 * @returns the receipt's id, once it is on disk.
 */
export async function appendLoneReceipt(executor: SqlExecutor, { kind, at, personId, detail }: ReceiptInput): Promise<string> {
  const id = newIdentifier();
  await executor.run(insertAtEnd, [id, asStored(toDate(at)), at, kind, personId, JSON.stringify(detail)]);
  return id;
}

/** Teaches a connection the hash of the chain, for {@link appendLoneReceipt}. */
export function defineReceiptHash(database: Database): void {
  database.function("receipt_hash", { deterministic: true }, (previous: Uint8Array, id: string, at: number, kind: string, personId: string | null, detail: string) =>
    Buffer.from(receiptHash(previous, { id, at, kind, personId, detail })),
  );
}

/** One record by its id, or null. */
export async function findReceipt(read: Reader, id: string): Promise<Receipt | null> {
  const row = await read.receipt.findUnique({ where: { id } });
  return row === null ? null : receiptOf(row);
}

/** Every record in its order, a page in memory at a time. */
export async function* readReceipts(read: Reader): AsyncGenerator<Receipt> {
  let sequence = 0;
  for (;;) {
    const page = await read.receipt.findMany({ where: { sequence: { gt: sequence } }, orderBy: { sequence: "asc" }, take: 1000 });
    if (page.length === 0) return;
    for (const row of page) yield receiptOf(row);
    sequence = page.at(-1)?.sequence ?? sequence;
  }
}

/** The sequence number of the first record that does not follow from the one before it, or null. */
export async function firstBrokenReceipt(read: Reader): Promise<number | null> {
  let before: Uint8Array = genesis;
  for await (const { sequence, previousHash, hash, intact } of readReceipts(read)) {
    if (!intact || !equalBytes(previousHash, before)) return sequence;
    before = hash;
  }
  return null;
}

type Row = NonNullable<Awaited<ReturnType<Reader["receipt"]["findUnique"]>>>;

function receiptOf(row: Row): Receipt {
  const at = toSeconds(row.at);
  return { ...row, at, detail: jsonIn(row.detail), intact: equalBytes(row.hash, receiptHash(row.previousHash, { ...row, at })) };
}

/** Somebody may have reached past the bridge into the table: then the text stands for itself. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function receiptHash(previous: Uint8Array, record: { id: string; at: number; kind: string; personId: string | null; detail: string }): Uint8Array<ArrayBuffer> {
  const body = JSON.stringify([record.id, record.at, record.kind, record.personId, record.detail]);
  return Uint8Array.from(createHash("sha256").update(concatBytes(previous, utf8(body))).digest());
}
