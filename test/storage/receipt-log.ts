import Database from "better-sqlite3";
import { asIdentifier } from "../../src/identifiers.ts";
import { appendReceipt, type DatabasePlace, type ReceiptInput, type Storage } from "../../src/storage/index.ts";
import { withConnection } from "../../src/storage/postgresql-connection.ts";
import { numbered } from "../../src/storage/postgresql-executor.ts";
import { freshPlace, freshStorage } from "./temporary.ts";

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A log, and a hand that reaches past the bridge into its tables. */
export interface TamperedLog {
  readonly place: DatabasePlace;
  readonly storage: Storage;
  /** Runs SQL as SQLite takes it, with its functions alone. */
  tamper(sql: string, ...parameters: unknown[]): Promise<void>;
}

/** A log of so many receipts; every third is about `somebody`. */
export async function chain(length: number): Promise<TamperedLog> {
  const place = await freshPlace();
  const storage = await freshStorage({ place });
  const one = (index: number): ReceiptInput => ({ kind: index % 2 === 0 ? "even" : "odd", at: 1_700_000_000 + index, personId: index % 3 === 0 ? asIdentifier("somebody") : null, detail: { index, text: "「監査」" } });
  const [first, ...rest] = range(length).map(one);
  if (first !== undefined) await storage.transaction(({ data }) => appendReceipt(data, first));
  await Promise.all(rest.map((input) => storage.recordReceipt(input)));
  return { place, storage, tamper: (sql, ...parameters) => ("file" in place ? tamperWithFile(place.file, sql, parameters) : tamperWithServer(place.url, sql, parameters)) };
}

async function tamperWithFile(file: string, sql: string, parameters: readonly unknown[]): Promise<void> {
  const database = new Database(file);
  if (parameters.length === 0) database.exec(sql);
  else database.prepare(sql).run(...parameters);
  database.close();
}

async function tamperWithServer(url: string, sql: string, parameters: readonly unknown[]): Promise<void> {
  const translated = numbered(sql).replaceAll(/zeroblob\((\d+)\)/g, "decode(repeat('00',$1),'hex')");
  await withConnection(url, (client) => (parameters.length === 0 ? client.query(translated) : client.query(translated, [...parameters])));
}
