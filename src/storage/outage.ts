/** What the engines say when they cannot write or be reached, and may be later. */
const codes = [
  // SQLite: no room, no access, another process keeps the lock
  /^SQLITE_(?:FULL|IOERR|BUSY|CANTOPEN)/,
  // PostgreSQL (Appendix A): connection, transaction rolled back for the sake of others, insufficient resources, operator intervention, which a statement that took too long is too
  /^(?:08|40|53|57)[0-9A-Z]{3}$/,
  // The system, of a connection
  /^E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|AI_AGAIN)$/,
  // Prisma: not reached, timed out, closed, no connection free, a transaction that cannot begin or go on
  /^P(?:1001|1002|1008|1017|2024|2028)$/,
];
/** As SQLite's driver says it inside an error of Prisma, where the code is lost. */
const sqliteSentences = /database or disk is full|disk I\/O error|database is locked/;
/** As PostgreSQL's driver says it, without a code. */
const postgresqlSentences = /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/**
 * Whether something failed because the database had no room or did not answer. Nothing of what was asked
 * happened then, and trying again may help.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message, cause } = error as Error & { readonly code?: unknown };
  return (typeof code === "string" && codes.some((pattern) => pattern.test(code))) || sqliteSentences.test(message) || postgresqlSentences.test(message) || isOutage(cause);
}
