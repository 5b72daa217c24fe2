import type { Pool, QueryConfig } from "pg";
import type { SqlExecutor, SqlValue } from "./artifacts.ts";
import { withoutNul } from "./postgresql-text.ts";
import type { WriteGate } from "./write-gate.ts";

interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * SQL as it stands in storage, with `?` for each parameter, as PostgreSQL takes it, `$1` and on. No
 * statement of ours has a question mark anywhere else.
 */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll("?", () => `$${(count += 1)}`);
}

/**
 * Statements on a pool of connections, each prepared once a connection. Every one of them is a
 * transaction of its own, on disk when it is acknowledged; those of many sign-ins at once share the
 * server's flushes.
 */
export function createPostgresqlExecutor(pool: Pool, gate: WriteGate): SqlExecutor {
  const statements = new Map<string, Statement>();
  const query = (sql: string, parameters: readonly SqlValue[]): QueryConfig => {
    const known = statements.get(sql) ?? { name: `bridge_${statements.size + 1}`, text: numbered(sql) };
    statements.set(sql, known);
    return { ...known, values: [...parameters] };
  };
  return withoutNul({
    run: async (sql, parameters) => {
      gate.refuseWithin();
      return (await pool.query(query(sql, parameters))).rowCount ?? 0;
    },
    get: async (sql, parameters) => (await pool.query<Record<string, unknown>>(query(sql, parameters))).rows[0] ?? null,
    all: async (sql, parameters) => (await pool.query<Record<string, unknown>>(query(sql, parameters))).rows,
  });
}
