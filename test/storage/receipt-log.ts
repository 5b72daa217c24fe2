import path from "node:path";
import Database from "better-sqlite3";
import { asIdentifier } from "../../src/identifiers.ts";
import { appendReceipt, type Storage } from "../../src/storage/index.ts";
import { temporaryDirectory, temporaryStorage } from "./temporary.ts";

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A log, and a hand that reaches past the bridge into its tables. */
export interface TamperedLog {
  readonly file: string;
  readonly storage: Storage;
  /** Runs SQL, with the functions of SQLite alone. */
  tamper(sql: string, ...parameters: unknown[]): void;
}

/** A log of so many receipts; every third is about `somebody`. */
export async function chain(length: number): Promise<TamperedLog> {
  const file = path.join(temporaryDirectory(), "bridge.db");
  const storage = temporaryStorage({ file });
  await storage.transaction(async ({ data }) => {
    for (const index of range(length)) {
      await appendReceipt(data, { kind: index % 2 === 0 ? "even" : "odd", at: 1_700_000_000 + index, personId: index % 3 === 0 ? asIdentifier("somebody") : null, detail: { index, text: "「監査」" } });
    }
  });
  return {
    file,
    storage,
    tamper: (sql, ...parameters) => {
      const database = new Database(file);
      if (parameters.length === 0) database.exec(sql);
      else database.prepare(sql).run(...parameters);
      database.close();
    },
  };
}
