import path from "node:path";
import type { CompleteConfiguration } from "./config-schema.ts";

/** Where the data is. `file`: SQLite. `url`: PostgreSQL; it may hold a password and is never logged. */
export type DatabaseSettings = { readonly file: string } | { readonly url: string; readonly poolSize: number };

/** What a configuration says of its database, and of the directory for what is kept beside it. */
export interface DatabasePlace {
  readonly database: DatabaseSettings;
  readonly dataDirectory: string;
}

/**
 * Reads the section `database`. `DATABASE_URL` decides over it.
 * @param problems - is added what is wrong, a sentence a problem; nothing of an address is in it.
 */
export function databasePlace({ file, url, pool, data_directory }: CompleteConfiguration["database"], environment: NodeJS.ProcessEnv, resolve: (file: string) => string, problems: string[]): DatabasePlace {
  const decided = environment["DATABASE_URL"] || undefined;
  const [named, name] = decided === undefined ? [url, "database.url"] : [decided, "DATABASE_URL"];
  if (decided === undefined && (file === undefined) === (url === undefined)) problems.push("database: name either file or url");
  if (named !== undefined && !isPostgresqlUrl(named)) problems.push(`${name}: ${postgresqlUrlForm}`);
  const directory = data_directory ?? (file === undefined ? undefined : path.dirname(file));
  if (named !== undefined && directory === undefined) problems.push("database.data_directory: is missing; with PostgreSQL the lists of revoked certificates are kept there");
  return {
    database: named === undefined ? { file: resolve(file ?? "") } : { url: named, poolSize: pool.size },
    dataDirectory: resolve(directory ?? ""),
  };
}

/** What an address must be, as told to who gave another. */
export const postgresqlUrlForm = "must be an address like postgresql://user@host/database, with each @ : / ? # % of user and password percent-encoded";

/**
 * Whether a text is the address of a PostgreSQL database, and of one only: by an `@` or `/` in a password that
 * is not percent-encoded the rest of it would be taken for a host, which errors name.
 */
export function isPostgresqlUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  const signs = text.split("@").length - 1;
  return ["postgres:", "postgresql:"].includes(protocol) && (signs === 0 || (signs === 1 && username + password !== ""));
}
