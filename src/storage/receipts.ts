import { createHash } from "node:crypto";
import { concatBytes, equalBytes, utf8 } from "../bytes.ts";
import { newIdentifier, type PersonId } from "../identifiers.ts";
import type { Reader, Writer } from "./storage.ts";
import { toDate, toSeconds } from "./time.ts";

/** What the audit log records. `detail` holds facts for the auditor: never certificates, serials, names or tokens. */
export interface ReceiptInput {
  readonly kind: string;
  readonly at: number;
  readonly personId: PersonId | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
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

/** The sequence number of the first record that does not follow from the one before it, or null. */
export async function firstBrokenReceipt(read: Reader): Promise<number | null> {
  let previousHash: Uint8Array = genesis;
  let sequence = 0;
  for (;;) {
    const page = await read.receipt.findMany({ where: { sequence: { gt: sequence } }, orderBy: { sequence: "asc" }, take: 1000 });
    if (page.length === 0) return null;
    for (const row of page) {
      const hash = receiptHash(previousHash, { ...row, at: toSeconds(row.at) });
      if (!equalBytes(row.previousHash, previousHash) || !equalBytes(row.hash, hash)) return row.sequence;
      previousHash = row.hash;
      sequence = row.sequence;
    }
  }
}

function receiptHash(previous: Uint8Array, record: { id: string; at: number; kind: string; personId: string | null; detail: string }): Uint8Array<ArrayBuffer> {
  const body = JSON.stringify([record.id, record.at, record.kind, record.personId, record.detail]);
  return Uint8Array.from(createHash("sha256").update(concatBytes(previous, utf8(body))).digest());
}
