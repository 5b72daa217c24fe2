import type { SqlExecutor } from "./artifacts.ts";
import { asStored } from "./time.ts";

/**
 * Which queues of the outbox have something to do, as prepared statements beside the artifacts: each queue
 * is asked for its first entry alone. The data model's client would go through all that waits anywhere.
 */
export interface QueueLookups {
  /** Streams that are pushed, not paused, and whose first entry is due. */
  pushStreams(due: DueTimes): Promise<string[]>;
  /** Streams that are polled, not paused, and in which something waits. */
  pollStreams(): Promise<string[]>;
  /** Relying parties of whose logouts one is due. */
  logouts(due: DueTimes): Promise<string[]>;
  /** Where a stream is delivered now: asked before each event. */
  stream(id: string): Promise<QueuedStream | null>;
}

export interface QueuedStream {
  readonly id: string;
  readonly status: string;
  readonly endpointUrl: string | null;
  readonly sealedAuthorization: Uint8Array<ArrayBuffer> | null;
  readonly discardedThrough: number;
}

/** An entry is due whose next attempt is at `until` or before, or is after `beyond`, as no pause is that long. */
export interface DueTimes {
  readonly until: Date;
  readonly beyond: Date;
}

const waiting = `FROM "outbox" o WHERE o."stream_id"=s."id" AND o."died_at" IS NULL AND o."sequence">s."discarded_through"`;
const ofLogouts = `SELECT 1 FROM "outbox" o WHERE o."client_id"=p."client_id" AND o."stream_id" IS NULL AND o."died_at" IS NULL AND o."next_attempt_at"`;
/** Exported for the test of how they are answered. */
export const queueSql = {
  pushStreams: `SELECT s."id" FROM "signal_stream" s WHERE s."delivery_method"='push' AND s."status"<>'paused'
    AND (SELECT o."next_attempt_at"<=? OR o."next_attempt_at">? ${waiting} ORDER BY o."sequence" LIMIT 1)`,
  pollStreams: `SELECT s."id" FROM "signal_stream" s WHERE s."delivery_method"='poll' AND s."status"<>'paused' AND EXISTS (SELECT 1 ${waiting})`,
  logouts: `SELECT p."client_id" AS "id" FROM "relying_party" p WHERE EXISTS (${ofLogouts}<=?) OR EXISTS (${ofLogouts}>?)`,
} as const;

const streamSql = `SELECT "id","status","endpoint_url" AS "endpointUrl","sealed_authorization" AS "sealedAuthorization","discarded_through" AS "discardedThrough" FROM "signal_stream" WHERE "id"=?`;

export function createQueueLookups(executor: SqlExecutor): QueueLookups {
  const ids = async (sql: string, due?: DueTimes): Promise<string[]> => {
    const rows = await executor.all(sql, due === undefined ? [] : [asStored(due.until), asStored(due.beyond)]);
    return rows.map((row) => String(row["id"]));
  };
  return {
    pushStreams: (due) => ids(queueSql.pushStreams, due),
    pollStreams: () => ids(queueSql.pollStreams),
    logouts: (due) => ids(queueSql.logouts, due),
    stream: async (id) => (await executor.get(streamSql, [id])) as QueuedStream | null,
  };
}
