import type { Database, Statement } from "better-sqlite3";
import type { SqlExecutor, SqlValue } from "./artifacts.ts";
import type { WriteGate } from "./write-gate.ts";

interface Write {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  resolve(changes: number): void;
  reject(error: unknown): void;
}

/**
 * Prepared statements on one connection. Writes that arrive together are committed together: each
 * keeps its own count and is acknowledged only after the commit is on disk, and many sign-ins at
 * once share the cost of one flush.
 */
export function createSqliteExecutor(database: Database, gate: WriteGate): SqlExecutor {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  let waiting: Write[] = [];
  const commitAll = database.transaction((writes: readonly Write[]) => writes.map(({ sql, parameters }) => prepared(sql).run(...parameters).changes));
  const flush = async (): Promise<void> => {
    const writes = waiting;
    waiting = [];
    try {
      const changes = commitAll.immediate(writes);
      writes.forEach((write, index) => write.resolve(changes[index] ?? 0));
    } catch (error) {
      if (writes.length === 1) writes[0]?.reject(error);
      else for (const write of writes) alone(write);
    }
  };
  // One that fails must not take the others with it: each then gets a transaction of its own.
  const alone = (write: Write): void => {
    try {
      write.resolve(prepared(write.sql).run(...write.parameters).changes);
    } catch (error) {
      write.reject(error);
    }
  };

  return {
    run: (sql, parameters) =>
      new Promise((resolve, reject) => {
        gate.refuseWithin();
        waiting.push({ sql, parameters, resolve, reject });
        if (waiting.length === 1) setImmediate(() => void gate.pass(flush));
      }),
    get: async (sql, parameters) => (prepared(sql).get(...parameters) as Record<string, unknown> | undefined) ?? null,
    all: async (sql, parameters) => prepared(sql).all(...parameters) as Record<string, unknown>[],
  };
}
