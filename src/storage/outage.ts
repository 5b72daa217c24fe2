/** What the engines say when they cannot write or be reached, and may be later. */
const codes = [
  // SQLite: no room, no access, another process keeps the lock
  /^SQLITE_(?:FULL|IOERR|BUSY|CANTOPEN)/,
  // PostgreSQL (Appendix A): connection, insufficient resources, operator intervention
  /^(?:08|53|57P)[0-9A-Z]+$/,
  // The system, of a connection
  /^E(?:CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|HOSTUNREACH|AI_AGAIN)$/,
  // Prisma: not reached, timed out, closed, no connection free, a transaction that cannot begin or go on
  /^P(?:1001|1002|1008|1017|2024|2028)$/,
];
/** As SQLite's driver says it inside an error of Prisma, where the code is lost. */
const sentences = /database or disk is full|disk I\/O error|database is locked/;

/**
 * Whether something failed because the database had no room or did not answer. Nothing of what was asked
 * happened then, and trying again may help.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, message, cause } = error as Error & { readonly code?: unknown };
  return (typeof code === "string" && codes.some((pattern) => pattern.test(code))) || sentences.test(message) || isOutage(cause);
}
