import type { Database } from "better-sqlite3";
import type { SqlExecutor } from "./artifacts.ts";
import { chainHash, contentHash, genesis } from "./receipt-hash.ts";
import { createReceiptSigner, makeReceiptKey, type OwnReceiptSigner, type ReceiptSigner, type SealedKey, signedOctets, type UnsignedPart } from "./receipt-signing.ts";
import { type ReceiptInput, recordOf } from "./receipts.ts";
import type { Sealing } from "./sealing.ts";
import { asStored, toDate } from "./time.ts";

/**
 * The signer of a SQLite database; its first key is made where there is none.
 * @throws when the newest key was sealed by a key that is not configured.
 */
export function openReceiptSigner(database: Database, sealing: Sealing): OwnReceiptSigner {
  const newest = database.prepare<[], SealedKey>(`SELECT "id","sealed_key" AS "sealedKey" FROM "receipt_key" ORDER BY "sequence" DESC LIMIT 1`);
  // Other processes may start at the same time.
  const first = database.transaction((): SealedKey => {
    const known = newest.get();
    if (known !== undefined) return known;
    const made = makeReceiptKey(sealing, unsignedPartOf(database));
    database.prepare(`INSERT INTO "receipt_key" ("id","sealed_key") VALUES (?,?)`).run(made.id, made.sealedKey);
    return made;
  }).immediate();
  return createReceiptSigner(sealing, first, async () => newest.get() ?? null);
}

function unsignedPartOf(database: Database): UnsignedPart {
  const { receipts } = database.prepare(`SELECT count(*) AS "receipts" FROM "receipt"`).get() as { receipts: number };
  const last = database.prepare(`SELECT "hash" FROM "receipt" ORDER BY "sequence" DESC LIMIT 1`).get() as { hash: Uint8Array } | undefined;
  return { receipts, hash: last?.hash ?? genesis };
}

const insertAtEnd = `INSERT INTO "receipt" ("id","at","kind","person_id","detail","previous_hash","hash","signature","signing_key")
  WITH "last" ("hash") AS (SELECT coalesce((SELECT "hash" FROM "receipt" ORDER BY "sequence" DESC LIMIT 1), zeroblob(32))),
    "record" ("id","at","kind","person_id","detail","content_hash") AS (VALUES (?,?,?,?,?,?)),
    "chained" ("previous_hash","hash") AS MATERIALIZED (SELECT l."hash",receipt_hash(l."hash",r."content_hash") FROM "record" r, "last" l)
  SELECT r."id",r."at",r."kind",r."person_id",r."detail",c."previous_hash",c."hash",receipt_signature(c."hash"),receipt_signing_key() FROM "record" r, "chained" c`;

/**
 * Appends a record that stands by itself, by one statement: those of many sign-ins at once share a
 * commit with each other and with their artifacts.
 * @returns the receipt's id, once it is on disk.
 */
export async function appendLoneReceipt(executor: SqlExecutor, input: ReceiptInput): Promise<string> {
  const record = recordOf(input);
  const { id, at, kind, personId, detail } = record;
  await executor.run(insertAtEnd, [id, asStored(toDate(at)), kind, personId, detail, contentHash(record)]);
  return id;
}

/** Teaches a connection to chain and to sign, for {@link appendLoneReceipt}: what a record follows is known once it is written. */
export function defineReceiptFunctions(database: Database, signer: ReceiptSigner): void {
  database.function("receipt_hash", { deterministic: true }, (previous: Uint8Array, content: Uint8Array) => Buffer.from(chainHash(previous, content)));
  database.function("receipt_signing_key", () => signer.keyId);
  database.function("receipt_signature", (hash: Uint8Array) => Buffer.from(signer.sign(signedOctets(hash))));
}
