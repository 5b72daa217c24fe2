import type { Database } from "better-sqlite3";
import { nameOf, sealedColumns } from "./sealed-columns.ts";
import type { Sealing } from "./sealing.ts";

/** Values of one column that one key sealed. */
interface SealedBy {
  /** `table.column`. */
  readonly name: string;
  readonly keyId: string;
  /** One of them, and what it is bound to. */
  readonly sample: Uint8Array;
  readonly context: string;
}

/** Which keys sealed what is there: one sample for each key and column. */
function sealedBy(database: Database): SealedBy[] {
  database.function("sealing_key_id", { deterministic: true }, (sealed: Uint8Array) => Buffer.from(sealed.subarray(1, 1 + (sealed[0] ?? 0))).toString("latin1"));
  return sealedColumns.flatMap((sealed) => {
    const { table, column, key, contextOf } = sealed;
    const names = key.map(([name]) => `"${name}"`);
    // SQLite takes the other columns from the row that has the minimum.
    const rows = database.prepare(`SELECT sealing_key_id("${column}") AS "keyId", min(${names[0] ?? ""}), "${column}", ${names.join(",")} FROM "${table}" WHERE "${column}" IS NOT NULL GROUP BY 1`).raw().all() as [string, unknown, Uint8Array, ...unknown[]][];
    return rows.map(([keyId, , sample, ...keys]) => ({ name: nameOf(sealed), keyId, sample, context: contextOf(keys) }));
  });
}

/** Ids of the keys that sealed what is there. */
export const sealingKeysOf = (database: Database): string[] => [...new Set(sealedBy(database).map(({ keyId }) => keyId))].toSorted();

/** What of it these keys do not open, in sentences. */
export function unopened(database: Database, sealing: Sealing): string[] {
  return sealedBy(database).flatMap(({ name, keyId, sample, context }) => {
    try {
      sealing.open(sample, context);
      return [];
    } catch {
      return [`what the sealing key ${keyId} sealed in ${name} does not open: the key is missing in the configuration, or is another one`];
    }
  });
}
