import { createArtifactStore, type SqlExecutor } from "./artifacts.ts";
import { digestNote as note } from "./digest-notes.ts";
import { foreignLevel } from "./digest-witness.ts";
import type { Sealing } from "./sealing.ts";

/** So many digests of a column stand under so many digest keys. */
export interface DigestCount {
  /** `table.column`. */
  readonly column: string;
  /** The place of the last of these keys, from 1. */
  readonly level: number;
  readonly values: number;
}

/** What became of the digests of a column. */
export interface WrappedColumn {
  readonly column: string;
  readonly wrapped: number;
  /** Written anew or removed by somebody else meanwhile. */
  readonly overtaken: number;
  /** Ids of rows of a certificate that another row has under all keys: a process that lacked one took its holder for a stranger. They stay as they are. */
  readonly doubled: readonly string[];
}

/** A digest key that digests on record stand under, and that is not here. */
export interface MissingDigestKey {
  /** Its place, from 1. */
  readonly level: number;
  readonly values: number;
}

/** The digests by which rows that last are found, whatever they are of. */
export interface DigestValues {
  /** Reads all of them: seconds for a million. */
  census(): Promise<DigestCount[]>;
  /**
   * Puts every digest under all keys that write, in batches beside all other work. What was done is not done
   * again: who stops it may start it anew.
   */
  rewrap(options: { readonly batch: number; readonly onProgress?: (progress: WrappedColumn) => void }): Promise<WrappedColumn[]>;
  /**
   * Notes the keys that write from now on, unless one is missing. Where none is noted yet, the certificates on
   * record say whether these are the keys: otherwise the first to come would be believed for ever.
   * @returns those that are missing and needed. Quick, unless one is.
   */
  missingKeys(): Promise<MissingDigestKey[]>;
  /**
   * The same note, again, for whoever goes on: another process may have forgotten it. Where another has noted
   * a key since that is not here, nobody is looked up here any more.
   * @returns whether every noted key is here.
   */
  noteKeys(): Promise<boolean>;
}

interface DigestColumn {
  readonly table: string;
  readonly column: string;
}

/** Every column of digests that lasts. Counters and open enrolments are found by digests, too, and begin anew with a key. */
export const digestColumns: readonly DigestColumn[] = [
  { table: "evidence", column: "certificate_digest" },
  { table: "evidence", column: "attributes_digest" },
  { table: "recovery_review", column: "certificate_digest" },
];

const forEver = 4_000_000_000;
const notes = `SELECT "client_id" AS "key" FROM "artifact" WHERE "model"='${note}' ORDER BY "client_id"`;
const forget = `DELETE FROM "artifact" WHERE "model"='${note}' AND "client_id"=?`;

export function createDigestValues(executor: SqlExecutor, sealing: Sealing): DigestValues {
  const artifacts = createArtifactStore(executor, sealing);
  const written = sealing.digestKeyIds.slice(0, sealing.writtenLevel);
  const noted = async (): Promise<string[]> => (await executor.all(notes, [])).map(({ key }) => String(key));
  const remember = async (known: readonly string[]): Promise<void> => {
    for (const key of written) if (!known.includes(key)) await artifacts.insert(note, key, {}, { expiresAt: forEver, clientId: key });
  };
  const isHere = (key: string): boolean => sealing.digestKeyIds.includes(key);
  const census = async (): Promise<DigestCount[]> => (await Promise.all(digestColumns.map((column) => countByLevel(executor, column)))).flat();
  const valuesFrom = async (lowest: number): Promise<number> => (await census()).filter(({ level }) => level >= lowest).reduce((sum, { values }) => sum + values, 0);
  return {
    census,
    rewrap: async ({ batch, onProgress }) => {
      const done: WrappedColumn[] = [];
      for (const column of digestColumns) done.push(await rewrapColumn(executor, sealing, column, batch, onProgress ?? (() => undefined)));
      return done;
    },
    missingKeys: async () => {
      const known = await noted();
      const foreign = known.length === 0 ? await foreignLevel(executor, sealing) : null;
      if (foreign !== null) return [{ level: foreign, values: await valuesFrom(foreign) }];
      const missing: MissingDigestKey[] = [];
      for (const key of known.filter((id) => !isHere(id))) {
        const level = Number(key.split(" ")[0]);
        const values = await valuesFrom(level);
        if (values === 0) await executor.run(forget, [key]);
        else missing.push({ level, values });
      }
      // A key that was taken for another must not be asked for ever after.
      if (missing.length === 0) await remember(known);
      return missing;
    },
    noteKeys: async () => {
      const known = await noted();
      const areHere = known.every(isHere);
      sealing.admitLookUps(areHere);
      if (areHere) await remember(known);
      return areHere;
    },
  };
}

/** By the unique index of a column, as SQLite and PostgreSQL (Appendix A) say it. */
const isTaken = (error: unknown): boolean => ["SQLITE_CONSTRAINT_UNIQUE", "23505"].includes(String((error as { readonly code?: unknown } | null)?.code));
const nameOf = ({ table, column }: DigestColumn): string => `${table}.${column}`;
/** The octet behind a digest of a later level; none, which is less than any, behind one of the first. */
const levelOctet = (column: string): string => `substr("${column}",33,1)`;

async function countByLevel(executor: SqlExecutor, column: DigestColumn): Promise<DigestCount[]> {
  const octet = levelOctet(column.column);
  const rows = await executor.all(`SELECT ${octet} AS "octet",count(*) AS "values" FROM "${column.table}" WHERE "${column.column}" IS NOT NULL GROUP BY ${octet} ORDER BY ${octet}`, []);
  return rows.map(({ octet: level, values }) => ({ column: nameOf(column), level: (level as Uint8Array)[0] ?? 1, values: Number(values) }));
}

async function rewrapColumn(executor: SqlExecutor, sealing: Sealing, digests: DigestColumn, batch: number, onProgress: (progress: WrappedColumn) => void): Promise<WrappedColumn> {
  const { table, column } = digests;
  const select = `SELECT "id","${column}" AS "digest" FROM "${table}" WHERE "id">? AND "${column}" IS NOT NULL AND ${levelOctet(column)}<? ORDER BY "id" LIMIT ?`;
  const update = `UPDATE "${table}" SET "${column}"=? WHERE "id"=? AND "${column}"=?`;
  const target = Uint8Array.of(sealing.writtenLevel);
  let progress: WrappedColumn = { column: nameOf(digests), wrapped: 0, overtaken: 0, doubled: [] };
  // The first key wraps nothing.
  if (sealing.writtenLevel === 1) return progress;
  for (let after = ""; ; ) {
    const rows = await executor.all(select, [after, target, batch]);
    if (rows.length === 0) return progress;
    const outcomes = await Promise.all(rows.map(async ({ id, digest }): Promise<"wrapped" | "overtaken" | "doubled"> => {
      try {
        return (await executor.run(update, [sealing.wrapDigest(digest as Uint8Array<ArrayBuffer>), String(id), digest as Uint8Array])) === 1 ? "wrapped" : "overtaken";
      } catch (error) {
        if (!isTaken(error)) throw error;
        return "doubled";
      }
    }));
    const count = (outcome: string): number => outcomes.filter((each) => each === outcome).length;
    const doubled = rows.filter((_, index) => outcomes[index] === "doubled").map(({ id }) => String(id));
    progress = { ...progress, wrapped: progress.wrapped + count("wrapped"), overtaken: progress.overtaken + count("overtaken"), doubled: [...progress.doubled, ...doubled] };
    onProgress(progress);
    after = String(rows.at(-1)?.["id"]);
  }
}
