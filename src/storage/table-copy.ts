import type Database from "better-sqlite3";
import type { Pool } from "pg";
import { Refusal } from "../errors.ts";

/** The database that is copied. */
export type Source = Database.Database;

interface Column {
  readonly name: string;
  /** As PostgreSQL writes it. */
  readonly type: string;
}

/** Rows that go in one statement. */
const atOnce = 500;

/** The tables of a PostgreSQL database but that of its migrations. */
export async function tablesIn(target: Pool): Promise<string[]> {
  const { rows } = await target.query<{ name: string }>(`SELECT tablename AS "name" FROM pg_tables WHERE schemaname=current_schema() AND tablename<>'_prisma_migrations' ORDER BY 1`);
  return rows.map(({ name }) => name);
}

export async function countIn(target: Pool, table: string): Promise<number> {
  return (await target.query<{ count: number }>(`SELECT count(*) AS "count" FROM "${table}"`)).rows[0]?.count ?? 0;
}

/** Copies every row. @param onRows - is told how many went at once. */
export async function copyTable(source: Source, target: Pool, table: string, onRows: (rows: number) => void): Promise<void> {
  const columns = await columnsOf(target, table);
  const names = columns.map(({ name }) => `"${name}"`).join(",");
  refuseOtherColumns(source, table, columns);
  const insert = `INSERT INTO "${table}" (${names}) SELECT * FROM unnest(${columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join(",")})`;
  let rows: unknown[][] = [];
  const flush = async (): Promise<void> => {
    if (rows.length === 0) return;
    await target.query(insert, columns.map(({ type }, index) => rows.map((row) => asPostgresql(type, row[index]))));
    onRows(rows.length);
    rows = [];
  };
  for (const row of source.prepare<[], unknown[]>(`SELECT ${names} FROM "${table}"`).raw().iterate()) {
    rows.push(row);
    if (rows.length === atOnce) await flush();
  }
  await flush();
}

async function columnsOf(target: Pool, table: string): Promise<Column[]> {
  const { rows } = await target.query<Column>(
    `SELECT attname AS "name",format_type(atttypid,NULL) AS "type" FROM pg_attribute WHERE attrelid=$1::regclass AND attnum>0 AND NOT attisdropped ORDER BY attnum`,
    [`"${table}"`],
  );
  return rows;
}

function refuseOtherColumns(source: Source, table: string, columns: readonly Column[]): void {
  const own = (source.pragma(`table_info("${table}")`) as { name: string }[]).map(({ name }) => name).sort();
  if (own.join() !== columns.map(({ name }) => name).sort().join()) throw new Refusal("invalid_request", `the table ${table} has other columns in the copy`);
}

/** SQLite keeps times as text or milliseconds, and truth as a number. */
function asPostgresql(type: string, value: unknown): unknown {
  if (value === null) return null;
  if (type === "timestamp with time zone") return new Date(value as string | number);
  if (type === "boolean") return value !== 0;
  return value;
}

/** What was numbered goes on where it stood: also after rows that are gone, for others refer to the numbers. */
export async function moveSequence(source: Source, target: Pool, table: string): Promise<void> {
  const last = source.prepare<[string], number>(`SELECT "seq" FROM "sqlite_sequence" WHERE "name"=?`).pluck().get(table);
  if (last === undefined || last === 0) return;
  await target.query(`SELECT setval(pg_get_serial_sequence($1,'sequence'),$2)`, [`"${table}"`, last]);
}
