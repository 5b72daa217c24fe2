import type { Database } from "better-sqlite3";
import type { Sealing } from "./sealing.ts";

interface SealedColumn {
  readonly table: string;
  readonly column: string;
  /** SQL for what each value is bound to: the context it was sealed with. */
  readonly context: string;
}

/** Every column that is sealed, with what its values are bound to. */
const sealedColumns: readonly SealedColumn[] = [
  { table: "evidence", column: "sealed_certificate", context: `'evidence/' || "id" || '/certificate'` },
  { table: "status_answer", column: "sealed_answer", context: `'status_answer/' || "digest"` },
  { table: "relying_party", column: "sealed_secret", context: `'relying_party/' || "client_id" || '/secret'` },
  { table: "signal_stream", column: "sealed_authorization", context: `'signal_stream/' || "id" || '/authorization'` },
  { table: "provider_key", column: "sealed_key", context: `'provider_key/' || "id"` },
  { table: "receipt_key", column: "sealed_key", context: `'receipt_key/' || "id"` },
  { table: "artifact", column: "payload", context: `'artifact/' || "model" || '/' || base64url("id")` },
];

/** Values of one column that one key sealed. */
export interface SealedBy {
  readonly table: string;
  readonly column: string;
  readonly keyId: string;
  /** One of them, and what it is bound to. */
  readonly sample: { readonly sealed: Uint8Array; readonly context: string };
}

/** Which keys sealed what is there: one sample for each key and column. */
export function sealedBy(database: Database): SealedBy[] {
  database.function("sealing_key_id", { deterministic: true }, (sealed: Uint8Array) => Buffer.from(sealed.subarray(1, 1 + (sealed[0] ?? 0))).toString("latin1"));
  database.function("base64url", { deterministic: true }, (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url"));
  return sealedColumns.flatMap(({ table, column, context }) => {
    // SQLite takes the other columns from the row that has the minimum.
    const rows = database.prepare(`SELECT "${column}" AS "sealed", min(${context}) AS "context", sealing_key_id("${column}") AS "keyId" FROM "${table}" WHERE "${column}" IS NOT NULL GROUP BY "keyId"`);
    return (rows.all() as { sealed: Uint8Array; context: string; keyId: string }[]).map(({ sealed, context: bound, keyId }) => ({ table, column, keyId, sample: { sealed, context: bound } }));
  });
}

/** What of it these keys do not open, in sentences. */
export function unopened(database: Database, sealing: Sealing): string[] {
  return sealedBy(database).flatMap(({ table, column, keyId, sample }) => {
    try {
      sealing.open(sample.sealed, sample.context);
      return [];
    } catch {
      return [`what the sealing key ${keyId} sealed in ${table}.${column} does not open: the key is missing in the configuration, or is another one`];
    }
  });
}
