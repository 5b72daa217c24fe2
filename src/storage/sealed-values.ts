import { utf8 } from "../bytes.ts";
import { createArtifactStore, type SqlExecutor, type SqlValue } from "./artifacts.ts";
import { nameOf, type SealedColumn, sealedColumns } from "./sealed-columns.ts";
import type { Sealing } from "./sealing.ts";

/** So many values of a column were sealed by a key. */
export interface SealedCount {
  /** `table.column`. */
  readonly column: string;
  readonly key: string;
  readonly values: number;
}

/** What became of the values of a column. */
export interface ResealedColumn {
  readonly column: string;
  /** Sealed by the current key now, and by another before. */
  readonly resealed: number;
  /** Written anew or removed by somebody else meanwhile. */
  readonly overtaken: number;
  /** Do not open: the key is missing, or they were altered. They stay as they are. */
  readonly unreadable: number;
}

/** All sealed values of a database, whatever they are. */
export interface SealedValues {
  /** Reads the first octets of every value: takes seconds for a million. */
  census(): Promise<SealedCount[]>;
  /**
   * Seals by the current key whatever another key sealed, in batches beside all other work. What was done is
   * not done again: who stops it may start it anew.
   */
  reseal(options: { readonly batch: number; readonly onProgress?: (progress: ResealedColumn) => void }): Promise<ResealedColumn[]>;
  /**
   * Notes that the current key seals from now on.
   * @returns the values for which a key is missing that was in use once. Quick, unless one is.
   */
  missingKeys(): Promise<SealedCount[]>;
  /**
   * The same note, again: another process that saw no value of the current key may have forgotten it. So whoever
   * goes on sealing by a key is not overlooked by a start without it.
   */
  noteCurrentKey(): Promise<void>;
}

const note = "SealingKey";
const forEver = 4_000_000_000;
const notes = `SELECT "client_id" AS "key" FROM "artifact" WHERE "model"='${note}' ORDER BY "client_id"`;
const forget = `DELETE FROM "artifact" WHERE "model"='${note}' AND "client_id"=?`;

export function createSealedValues(executor: SqlExecutor, sealing: Sealing): SealedValues {
  const artifacts = createArtifactStore(executor, sealing);
  const remember = (key: string): Promise<boolean> => artifacts.insert(note, key, {}, { expiresAt: forEver, clientId: key });
  const census = async (): Promise<SealedCount[]> => {
    const counts: SealedCount[] = [];
    for (const column of sealedColumns) counts.push(...(await countByKey(executor, column)));
    return counts;
  };
  return {
    census,
    reseal: async ({ batch, onProgress }) => {
      const done: ResealedColumn[] = [];
      for (const column of sealedColumns) done.push(await resealColumn(executor, sealing, column, batch, onProgress ?? (() => undefined)));
      return done;
    },
    noteCurrentKey: async () => void (await remember(sealing.currentKey)),
    missingKeys: async () => {
      const noted = (await executor.all(notes, [])).map(({ key }) => String(key));
      // A database from before keys were noted.
      const used = noted.length > 0 ? noted : [...new Set((await census()).map(({ key }) => key))];
      for (const key of new Set([...used, sealing.currentKey])) if (!noted.includes(key)) await remember(key);
      const missing: SealedCount[] = [];
      for (const key of used.filter((id) => !sealing.keyIds.includes(id))) {
        const counts = (await Promise.all(sealedColumns.map(async (column) => ({ column: nameOf(column), key, values: await countOf(executor, column, key) })))).filter(({ values }) => values > 0);
        if (counts.length === 0) await executor.run(forget, [key]);
        missing.push(...counts);
      }
      return missing;
    },
  };
}

const headOf = (key: string): Uint8Array => Uint8Array.of(key.length, ...utf8(key));
const head = (column: string, length: number): string => `substr("${column}",1,${length})`;

async function countOf(executor: SqlExecutor, { table, column }: SealedColumn, key: string): Promise<number> {
  const octets = headOf(key);
  const row = await executor.get(`SELECT count(*) AS "values" FROM "${table}" WHERE ${head(column, octets.length)}=?`, [octets]);
  return Number(row?.["values"] ?? 0);
}

/** Finds one value after the other that none of the keys found so far has sealed. */
async function countByKey(executor: SqlExecutor, sealed: SealedColumn): Promise<SealedCount[]> {
  const { table, column } = sealed;
  const counts: SealedCount[] = [];
  for (;;) {
    const known = counts.map(({ key }) => headOf(key));
    const others = known.map((octets) => ` AND ${head(column, octets.length)}<>?`).join("");
    const row = await executor.get(`SELECT ${head(column, 33)} AS "head" FROM "${table}" WHERE "${column}" IS NOT NULL${others} LIMIT 1`, known);
    if (row === null) return counts;
    const octets = row["head"] as Uint8Array;
    const key = Buffer.from(octets.subarray(1, 1 + (octets[0] ?? 0))).toString("latin1");
    counts.push({ column: nameOf(sealed), key, values: await countOf(executor, sealed, key) });
  }
}

async function resealColumn(executor: SqlExecutor, sealing: Sealing, sealed: SealedColumn, batch: number, onProgress: (progress: ResealedColumn) => void): Promise<ResealedColumn> {
  const { table, column, key, contextOf } = sealed;
  const names = key.map(([name]) => `"${name}"`);
  const current = headOf(sealing.currentKey);
  const select = `SELECT ${names.join(",")},"${column}" FROM "${table}" WHERE (${names.join(",")})>(${names.map(() => "?").join(",")}) AND "${column}" IS NOT NULL AND ${head(column, current.length)}<>? ORDER BY ${names.join(",")} LIMIT ?`;
  const update = `UPDATE "${table}" SET "${column}"=? WHERE ${names.map((name) => `${name}=?`).join(" AND ")} AND "${column}"=?`;
  let progress: ResealedColumn = { column: nameOf(sealed), resealed: 0, overtaken: 0, unreadable: 0 };
  let after: readonly SqlValue[] = key.map(([, lowest]) => lowest);
  for (;;) {
    const rows = await executor.all(select, [...after, current, batch]);
    if (rows.length === 0) return progress;
    const outcomes = await Promise.all(rows.map(async (row): Promise<"resealed" | "overtaken" | "unreadable"> => {
      const place = key.map(([name]) => row[name] as SqlValue);
      const before = row[column] as Uint8Array;
      const anew = sealAnew(sealing, before, contextOf(place));
      if (anew === null) return "unreadable";
      // Whoever changed it since sealed it too: their value stays.
      return (await executor.run(update, [anew, ...place, before])) === 1 ? "resealed" : "overtaken";
    }));
    const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length;
    progress = { ...progress, resealed: progress.resealed + count("resealed"), overtaken: progress.overtaken + count("overtaken"), unreadable: progress.unreadable + count("unreadable") };
    onProgress(progress);
    after = key.map(([name]) => rows.at(-1)?.[name] as SqlValue);
  }
}

function sealAnew(sealing: Sealing, sealed: Uint8Array, context: string): Uint8Array | null {
  try {
    return sealing.seal(sealing.open(sealed, context), context);
  } catch {
    return null;
  }
}
