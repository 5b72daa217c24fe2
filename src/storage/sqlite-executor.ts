import type { Database, Statement } from "better-sqlite3";
import type { SqlExecutor } from "./artifacts.ts";
import type { SqliteWriter, Write } from "./sqlite-writer.ts";
import { NoTurn, waitingLimits, type WriteGate } from "./write-gate.ts";

interface WaitingWrite extends Write {
  resolve(changes: number): void;
  reject(error: unknown): void;
}

/**
 * Prepared statements: reads here, on one connection; writes in the writer's thread. Writes that arrive
 * together, or while a commit is under way, are committed together: each keeps its own count and is
 * acknowledged only after the commit is on disk, and many sign-ins at once share the cost of one flush.
 */
export function createSqliteExecutor(database: Database, gate: WriteGate, writer: SqliteWriter): SqlExecutor {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  const waiting: WaitingWrite[] = [];
  const takeAll = (): WaitingWrite[] => waiting.splice(0);
  const flush = async (): Promise<void> => {
    const writes = takeAll();
    try {
      const written = await writer.commit(writes.map(({ sql, parameters }) => ({ sql, parameters })));
      writes.forEach((write, index) => {
        const result = written[index];
        if (result !== undefined && "changes" in result) write.resolve(result.changes);
        else write.reject(result?.error);
      });
    } catch (error) {
      for (const write of writes) write.reject(error);
    }
  };
  const flushInTurn = (): Promise<void> =>
    gate.pass(flush).catch((error: unknown) => {
      for (const write of takeAll()) write.reject(error);
    });

  return {
    run: (sql, parameters) =>
      new Promise((resolve, reject) => {
        gate.refuseWithin();
        if (waiting.length >= waitingLimits.most) throw new NoTurn("too many wait to write to the database");
        waiting.push({ sql, parameters, resolve, reject });
        if (waiting.length === 1) setImmediate(() => void flushInTurn());
      }),
    get: async (sql, parameters) => (prepared(sql).get(...parameters) as Record<string, unknown> | undefined) ?? null,
    all: async (sql, parameters) => prepared(sql).all(...parameters) as Record<string, unknown>[],
  };
}
