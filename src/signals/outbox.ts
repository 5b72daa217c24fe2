import { setImmediate } from "node:timers/promises";
import { asIdentifier, type ClientId, newIdentifier, type Subject } from "../identifiers.ts";
import { type Reader, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";

/** Of whom an event tells (RFC 9493): a person by the receiver's own pseudonym, or the stream itself. */
export type EventSubject = { readonly format: "iss_sub"; readonly iss: string; readonly sub: Subject } | { readonly format: "opaque"; readonly id: string };

/** What a security event token says (RFC 8417 2.2), beside who says it to whom. */
export interface EventMessage {
  readonly kind: "event";
  readonly subject: EventSubject;
  /** The event's URI. */
  readonly type: string;
  readonly members: Readonly<Record<string, unknown>>;
  /** `txn`: the same for all that one occurrence led to at this receiver; null where it stands alone. */
  readonly transaction: string | null;
}

/** What a logout token says (OpenID Connect Back-Channel Logout 1.0, 2.4): which session ended, or all of somebody's. */
export interface LogoutMessage {
  readonly kind: "logout";
  readonly subject: Subject;
  /** Null: all sessions of the subject. */
  readonly sid: string | null;
}

/** Where a message goes: into a stream, in order, or to the address at which a client hears of logouts. */
export type Destination =
  | { readonly clientId: ClientId; readonly streamId: string; readonly message: EventMessage }
  | { readonly clientId: ClientId; readonly streamId: null; readonly message: LogoutMessage };

/** Something that a relying party is to be told. */
export type OutboxEntry = Destination & {
  /** Its place in its queue. */
  readonly sequence: number;
  /** The same at every attempt, so that what arrives twice takes effect once. */
  readonly jti: string;
  /** When it happened, in seconds since the epoch. */
  readonly at: number;
  /** Since when it waits: later, where it was given up and put back. */
  readonly queuedAt: number;
  /** Attempts so far that failed. */
  readonly attempts: number;
  readonly nextAttemptAt: number;
  /** Why the last attempt failed; null before the first. */
  readonly lastError: string | null;
  /** When it was given up; null while it waits. */
  readonly diedAt: number | null;
};

/**
 * Puts messages at the end of their queues, in the transaction of what they tell of.
 * @returns the `jti` of each
 */
export async function enqueue({ data }: Transaction, at: number, messages: readonly Destination[]): Promise<string[]> {
  if (messages.length === 0) return [];
  const when = toDate(at);
  const rows = messages.map(({ clientId, streamId, message }) => ({ jti: newIdentifier(), clientId, streamId, at: when, queuedAt: when, message: JSON.stringify(message), attempts: 0, nextAttemptAt: when }));
  await data.outboxEntry.createMany({ data: rows });
  return rows.map(({ jti }) => jti);
}

/** The first `maximum` entries that wait in a stream, in order. */
export async function takePending({ read }: { readonly read: Reader }, streamId: string, maximum: number): Promise<OutboxEntry[]> {
  const stream = await read.signalStream.findUnique({ where: { id: streamId }, select: { discardedThrough: true } });
  if (stream === null) return [];
  const rows = await read.outboxEntry.findMany({ where: { streamId, diedAt: null, sequence: { gt: stream.discardedThrough } }, orderBy: { sequence: "asc" }, take: maximum });
  return rows.map(fromRow);
}

/** What a receiver has is gone. Identifiers of other streams, or of nothing, change nothing (RFC 8936 2.4). */
export async function acknowledge(storage: Storage, streamId: string, jtis: readonly string[]): Promise<void> {
  const where = { streamId, jti: { in: [...jtis] } };
  if (jtis.length === 0 || (await storage.read.outboxEntry.count({ where })) === 0) return;
  await storage.transaction(async ({ data }) => void (await data.outboxEntry.deleteMany({ where })));
}

/** What a receiver cannot take becomes a dead letter with its error code (RFC 8935 2.4); others follow it. What nobody waits for writes nothing. */
export async function reportErrors(storage: Storage, streamId: string, errors: Readonly<Record<string, string>>, now: number): Promise<void> {
  const named = Object.keys(errors);
  if (named.length === 0) return;
  const known = await storage.read.outboxEntry.findMany({ where: { streamId, jti: { in: named }, diedAt: null }, select: { jti: true } });
  if (known.length === 0) return;
  await storage.transaction(async ({ data }) => {
    for (const { jti } of known) {
      await data.outboxEntry.updateMany({ where: { jti, diedAt: null }, data: { diedAt: toDate(now), lastError: errorCode(errors[jti] ?? "") } });
    }
  });
}

/**
 * Takes away what waits in a stream, as for one that is disabled (SSF 1.0 8.1.2). Dead letters stay. It is
 * a mark up to which nothing waits any more: it may be much, and is cleared away by {@link clearDiscarded}.
 */
export async function discardPending({ data }: Transaction, streamId: string): Promise<void> {
  const last = await data.outboxEntry.findFirst({ where: { streamId, diedAt: null }, orderBy: { sequence: "desc" }, select: { sequence: true } });
  if (last !== null) await data.signalStream.updateMany({ where: { id: streamId }, data: { discardedThrough: last.sequence } });
}

/** Deletes what was discarded, in pieces between which others get to the database: of all streams, or of one. */
export async function clearDiscarded(storage: Storage, onlyStream?: string): Promise<void> {
  const where = { discardedThrough: { gt: 0 }, ...(onlyStream !== undefined && { id: onlyStream }) };
  for (const { id, discardedThrough } of await storage.read.signalStream.findMany({ where, select: { id: true, discardedThrough: true } })) {
    const discarded = { streamId: id, diedAt: null, sequence: { lte: discardedThrough } };
    await inPieces(async (size) => {
      const rows = await storage.read.outboxEntry.findMany({ where: discarded, orderBy: { sequence: "asc" }, take: size, select: { sequence: true } });
      await storage.transaction(async ({ data }) => {
        await data.outboxEntry.deleteMany({ where: { ...discarded, sequence: { lte: rows.at(-1)?.sequence ?? 0 } } });
        if (rows.length < size) await data.signalStream.updateMany({ where: { id, discardedThrough }, data: { discardedThrough: 0 } });
      });
      return rows.length;
    });
  }
}

/** Does what may be much piece by piece, until one was not full. The database's client never leaves the event loop to others by itself. */
export async function inPieces(work: (size: number) => Promise<number>): Promise<void> {
  while ((await work(pieceSize)) === pieceSize) await setImmediate();
}

/** Entries that are written in one transaction. */
const pieceSize = 1000;

/** A receiver's error code as it may be kept and shown; what is none says only that there was one. */
export const errorCode = (text: string): string => (/^[A-Za-z_]{1,40}$/u.test(text) ? text : "unspecified_error");

/** A row as it is worked with. */
export function fromRow(row: Awaited<ReturnType<Reader["outboxEntry"]["findMany"]>>[number]): OutboxEntry {
  const destination = { clientId: asIdentifier<ClientId>(row.clientId), streamId: row.streamId, message: JSON.parse(row.message) as unknown } as Destination;
  return {
    ...destination,
    sequence: row.sequence,
    jti: row.jti,
    at: toSeconds(row.at),
    queuedAt: toSeconds(row.queuedAt),
    attempts: row.attempts,
    nextAttemptAt: toSeconds(row.nextAttemptAt),
    lastError: row.lastError,
    diedAt: row.diedAt === null ? null : toSeconds(row.diedAt),
  };
}
