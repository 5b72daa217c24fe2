import type { CopiedDatabase, DatabaseCopy } from "./database-copy.ts";
import type { PostgresqlPlace } from "./postgresql.ts";
import type { Sealing } from "./sealing.ts";
import { openSqlite } from "./sqlite.ts";
import type { Storage } from "./storage.ts";

/** A SQLite file, or a PostgreSQL database. */
export type DatabasePlace = { readonly file: string } | PostgresqlPlace;

/** Opens (and migrates) a database by its engine. */
export async function openDatabase(place: DatabasePlace, sealing: Sealing): Promise<Storage> {
  if ("file" in place) return openSqlite(place.file, sealing);
  // Loaded only now: with a file nobody needs it.
  const { openPostgresql } = await import("./postgresql.ts");
  return openPostgresql(place, sealing);
}

/** See `database-copy.ts`. */
export async function copyDatabase(copy: DatabaseCopy): Promise<CopiedDatabase> {
  return (await import("./database-copy.ts")).copyDatabase(copy);
}
