import type { Database } from "better-sqlite3";

/** As every connection to the database is: what was acknowledged is on disk. */
export function configureConnection(database: Database): void {
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
}
