import { LookUpsStopped } from "./sealing.ts";
import { NoTurn } from "./write-gate.ts";

/** What the engines say when they cannot write or be reached, and may be later. */
const codes = [
  // SQLite: no room, no access, another process keeps the lock
  /^SQLITE_(?:FULL|IOERR|BUSY|CANTOPEN)/,
  // PostgreSQL (Appendix A): connection, transaction rolled back for the sake of others, insufficient resources, operator intervention, which a statement that took too long is too
  /^(?:08|40|53|57)[0-9A-Z]{3}$/,
  // The system, of a connection or of a name
  /^E(?:CONNREFUSED|CONNRESET|CONNABORTED|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NETDOWN|NOTFOUND|AI_AGAIN)$/,
  // Prisma: not reached, timed out, closed, no connection free, a transaction that cannot begin or go on
  /^P(?:1001|1002|1008|1017|2024|2028)$/,
];
/** As SQLite's driver says it inside an error of Prisma, where the code is lost. */
const sqliteSentences = /database or disk is full|disk I\/O error|database is locked/;
/** As PostgreSQL's driver says it, without a code. */
const postgresqlSentences = /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** What the data model's adapter makes of the driver's own errors. */
const kinds: readonly unknown[] = ["DatabaseNotReachable", "ConnectionClosed", "SocketTimeout"];

/** Where errors say what happened, and what they were made from. */
interface Told {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly kind?: unknown;
  readonly cause?: unknown;
  readonly meta?: { readonly driverAdapterError?: unknown };
}

/**
 * Whether something failed because the database had no room or did not answer, or a key to find people by is not
 * here: trying again may help.
 * Whether what was asked happened all the same is not always known: a connection may break, or the time to wait for
 * an answer end, while PostgreSQL commits. So nothing is tried again here.
 */
export function isOutage(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if (error instanceof NoTurn || error instanceof LookUpsStopped) return true;
  const { message, code, originalCode, kind, cause, meta } = error as Told;
  const isCode = [code, originalCode].some((each) => typeof each === "string" && codes.some((pattern) => pattern.test(each)));
  const isSentence = typeof message === "string" && (sqliteSentences.test(message) || postgresqlSentences.test(message));
  return isCode || isSentence || kinds.includes(kind) || isOutage(cause) || isOutage(meta?.driverAdapterError);
}
