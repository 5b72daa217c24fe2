import type { ClientBase, Pool } from "pg";
import { locks } from "./postgresql-locks.ts";
import { genesis } from "./receipt-hash.ts";
import { createReceiptSigner, makeReceiptKey, type OwnReceiptSigner, type ReceiptSigner, type SealedKey, type UnsignedPart } from "./receipt-signing.ts";
import { chainedRecords, type ChainedRecord, type ReceiptInput } from "./receipts.ts";
import type { Sealing } from "./sealing.ts";
import { toDate } from "./time.ts";
import { NoTurn, waitingLimits } from "./write-gate.ts";

const sql = {
  // Together in one message: the lock is the first thing the transaction does, and nothing is read before it.
  begin: `BEGIN; SELECT pg_advisory_xact_lock(${locks.receipts})`,
  newestKey: `SELECT "id","sealed_key" AS "sealedKey" FROM "receipt_key" ORDER BY "sequence" DESC LIMIT 1`,
  insertKey: `INSERT INTO "receipt_key" ("id","sealed_key") VALUES ($1,$2)`,
  count: `SELECT count(*) AS "receipts" FROM "receipt"`,
  last: `SELECT "hash" FROM "receipt" ORDER BY "sequence" DESC LIMIT 1`,
  insert: `INSERT INTO "receipt" ("id","at","kind","person_id","detail","previous_hash","hash","signature","signing_key")
    SELECT r."id",r."at",r."kind",r."person_id",r."detail",r."previous_hash",r."hash",r."signature",r."signing_key"
    FROM unnest($1::text[],$2::timestamptz[],$3::text[],$4::text[],$5::text[],$6::bytea[],$7::bytea[],$8::bytea[],$9::text[])
    WITH ORDINALITY AS r("id","at","kind","person_id","detail","previous_hash","hash","signature","signing_key","place") ORDER BY r."place"`,
} as const;

/**
 * The signer of a PostgreSQL database; its first key is made where there is none.
 * @throws when the newest key was sealed by a key that is not configured.
 */
export async function openReceiptSigner(pool: Pool, sealing: Sealing): Promise<OwnReceiptSigner> {
  const newest = async (connection: Pool | ClientBase): Promise<SealedKey | null> => (await connection.query<SealedKey>(sql.newestKey)).rows[0] ?? null;
  const first = (await newest(pool)) ?? (await atEndOfReceipts(pool, async (client) => {
    const known = await newest(client);
    if (known !== null) return known;
    const made = makeReceiptKey(sealing, await unsignedPartOf(client));
    await client.query(sql.insertKey, [made.id, made.sealedKey]);
    return made;
  }));
  return createReceiptSigner(sealing, first, () => newest(pool));
}

async function unsignedPartOf(client: ClientBase): Promise<UnsignedPart> {
  const { rows } = await client.query<{ receipts: number }>(sql.count);
  return { receipts: Number(rows[0]?.receipts ?? 0), hash: await lastHash(client) };
}

const lastHash = async (client: ClientBase): Promise<Uint8Array<ArrayBuffer>> =>
  Uint8Array.from((await client.query<{ hash: Uint8Array }>({ name: "last_receipt", text: sql.last })).rows[0]?.hash ?? genesis);

/** A transaction during which nobody else appends a receipt, on any node. */
async function atEndOfReceipts<Result>(pool: Pool, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  try {
    await client.query(sql.begin);
    const result = await work(client);
    await client.query("COMMIT");
    client.release();
    return result;
  } catch (error) {
    // Closed, not returned: nobody knows what the connection is in the middle of.
    client.release(true);
    throw error;
  }
}

/** Records that one transaction appends at most. */
const atOnce = 500;

interface Waiting {
  readonly input: ReceiptInput;
  /** Milliseconds of the process: later it is not begun. */
  readonly until: number;
  resolve(id: string): void;
  reject(error: unknown): void;
}

/** Appends records that stand by themselves. */
export interface ReceiptAppender {
  /** @returns the receipt's id, once it is on disk. */
  append(input: ReceiptInput): Promise<string>;
  /** Resolves when nothing waits any more. */
  settled(): Promise<void>;
}

/**
 * One transaction for all records that came while the one before it was under way: all nodes append to
 * one chain, one after the other, and many sign-ins at once share a turn. What fails is not tried again:
 * it may be on disk.
 */
export function createReceiptAppender(pool: Pool, signer: ReceiptSigner): ReceiptAppender {
  const waiting: Waiting[] = [];
  let running: Promise<void> | null = null;

  const takeBatch = (): Waiting[] => {
    const inTime = waiting.findIndex(({ until }) => until > performance.now());
    for (const { reject } of waiting.splice(0, inTime === -1 ? waiting.length : inTime)) reject(new NoTurn("the turn to append a receipt did not come in time"));
    return waiting.splice(0, atOnce);
  };
  const appendAll = async (): Promise<void> => {
    for (let batch = takeBatch(); batch.length > 0; batch = takeBatch()) {
      try {
        const ids = await atEndOfReceipts(pool, (client) => insertAll(client, signer, batch.map(({ input }) => input)));
        batch.forEach(({ resolve }, index) => resolve(ids[index] ?? ""));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = null;
  };

  return {
    append: (input) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= waitingLimits.most) throw new NoTurn("too many wait to append a receipt");
        waiting.push({ input, until: performance.now() + waitingLimits.longest, resolve, reject });
        running ??= new Promise(setImmediate).then(appendAll);
      }),
    settled: async () => running ?? undefined,
  };
}

async function insertAll(client: ClientBase, signer: ReceiptSigner, inputs: readonly ReceiptInput[]): Promise<string[]> {
  const records = chainedRecords(signer, await lastHash(client), inputs);
  const column = <Name extends keyof ChainedRecord>(name: Name): ChainedRecord[Name][] => records.map((record) => record[name]);
  const octets = (name: "previousHash" | "hash" | "signature"): Buffer[] => column(name).map((value) => Buffer.from(value));
  await client.query({
    name: "append_receipts",
    text: sql.insert,
    values: [column("id"), column("at").map(toDate), column("kind"), column("personId"), column("detail"), octets("previousHash"), octets("hash"), octets("signature"), column("signingKey")],
  });
  return column("id");
}
