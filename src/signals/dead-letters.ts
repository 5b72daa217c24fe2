import { type ClientId, asIdentifier } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate, toSeconds } from "../storage/index.ts";
import { longestLogoutWait, longestWait } from "./attempts.ts";
import { eventTypes } from "./event-types.ts";
import { clearDiscarded, fromRow, inPieces, type OutboxEntry } from "./outbox.ts";

/** Seconds a dead letter is kept for the operator. */
export const deadLetterLife = 30 * 24 * 60 * 60;

/** What waits for one stream, or for the logouts of one relying party. */
export interface Queue {
  readonly clientId: ClientId;
  /** Null: logouts. */
  readonly streamId: string | null;
  /** Of a stream: how, and whether it carries events. */
  readonly delivery: "push" | "poll" | "logout";
  readonly status: string;
  readonly waiting: number;
  /** When the first that waits happened; null when nothing waits. */
  readonly oldestAt: number | null;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly deadLetters: number;
}

/** Every stream, and every relying party for which logouts wait or died; by relying party. */
export async function listQueues({ read }: Storage): Promise<Queue[]> {
  const streams = await read.signalStream.findMany({ orderBy: [{ clientId: "asc" }, { createdAt: "asc" }, { id: "asc" }] });
  const parties = await read.relyingParty.findMany({ where: { outbox: { some: { streamId: null } } }, orderBy: { clientId: "asc" }, select: { clientId: true } });
  const places = [
    ...streams.map(({ id, clientId, deliveryMethod, status, discardedThrough }) => ({ clientId, streamId: id, delivery: deliveryMethod as "push" | "poll", status, discardedThrough })),
    ...parties.map(({ clientId }) => ({ clientId, streamId: null, delivery: "logout" as const, status: "enabled", discardedThrough: 0 })),
  ];
  return Promise.all(places.map(async ({ clientId, streamId, delivery, status, discardedThrough }) => {
    const where = { clientId, streamId };
    const waits = { ...where, diedAt: null, sequence: { gt: discardedThrough } };
    const first = await read.outboxEntry.findFirst({ where: waits, orderBy: { sequence: "asc" } });
    return {
      clientId: asIdentifier<ClientId>(clientId), streamId, delivery, status,
      waiting: await read.outboxEntry.count({ where: waits }),
      oldestAt: first === null ? null : toSeconds(first.at),
      attempts: first?.attempts ?? 0,
      lastError: first?.lastError ?? null,
      deadLetters: await read.outboxEntry.count({ where: { ...where, diedAt: { not: null } } }),
    };
  }));
}

/** What was given up, the oldest first, `maximum` at most. */
export async function listDeadLetters({ read }: Storage, maximum: number): Promise<OutboxEntry[]> {
  const rows = await read.outboxEntry.findMany({ where: { diedAt: { not: null } }, orderBy: { sequence: "asc" }, take: maximum });
  return rows.map(fromRow);
}

/** What an entry tells, in one word. */
export function kindOf({ message }: OutboxEntry): string {
  return message.kind === "logout" ? "logout" : (Object.entries(eventTypes).find(([, type]) => type === message.type)?.[0] ?? message.type.split("/").at(-1) ?? message.type);
}

/** Which dead letters: one by its token's identifier, those of one relying party, or all. */
export interface DeadLetterChoice {
  readonly jti?: string;
  readonly clientId?: string;
}

/**
 * Puts dead letters back into their queues, where they stand in their old place and tell when they happened.
 * Not those of a stream that is disabled, nor logouts that are too old to end the right session. Some in each
 * transaction, with a receipt of these: interrupted, the others are still dead letters.
 * @returns how many
 */
export async function retryDeadLetters(storage: Storage, { jti, clientId }: DeadLetterChoice, operator: string, now: number): Promise<number> {
  // What was discarded before is no reason to lose what is put back at its place.
  await clearDiscarded(storage);
  const chosen = { diedAt: { not: null }, ...(jti !== undefined && { jti }), ...(clientId !== undefined && { clientId }) };
  const canGo = [{ stream: { status: { not: "disabled" } } }, { streamId: null, at: { gte: toDate(now - longestLogoutWait) } }];
  let [retried, through] = [0, 0];
  await inPieces(async (take) => {
    const after = through;
    const dead = await storage.read.outboxEntry.findMany({ where: { ...chosen, OR: canGo, sequence: { gt: after } }, orderBy: { sequence: "asc" }, take, select: { sequence: true } });
    through = dead.at(-1)?.sequence ?? after;
    if (dead.length > 0) retried += await storage.transaction(async ({ data }) => {
      const { count } = await data.outboxEntry.updateMany({
        where: { ...chosen, OR: canGo, sequence: { gt: after, lte: through } },
        data: { diedAt: null, attempts: 0, queuedAt: toDate(now), nextAttemptAt: toDate(now) },
      });
      if (count > 0) await appendReceipt(data, { kind: "signals_retried", at: now, personId: null, detail: { operator, count, ...(jti !== undefined && { jti }), ...(clientId !== undefined && { client: clientId }) } });
      return count;
    });
    return dead.length;
  });
  return retried;
}

/**
 * Gives up what waits too long where nobody attempts anything, in polled and paused streams, and logouts that
 * are too old; forgets old dead letters, and what was discarded.
 */
export async function sweepOutbox(storage: Storage, now: number): Promise<void> {
  const { outboxEntry } = storage.read;
  const giveUp = async (rows: readonly { readonly jti: string }[]): Promise<void> => {
    if (rows.length === 0) return;
    await storage.transaction(async ({ data }) => void (await data.outboxEntry.updateMany({ where: { jti: { in: rows.map(({ jti }) => jti) }, diedAt: null }, data: { diedAt: toDate(now), lastError: "expired" } })));
  };
  await clearDiscarded(storage);
  await inPieces(async (take) => {
    const overdue = await outboxEntry.findMany({ where: { diedAt: null, queuedAt: { lt: toDate(now - longestWait) } }, orderBy: { queuedAt: "asc" }, take, select: { jti: true } });
    await giveUp(overdue);
    return overdue.length;
  });
  await inPieces(async (take) => {
    // The oldest are the first: of those that are not too old no more are looked at than of one piece.
    const first = await outboxEntry.findMany({ where: { streamId: null, diedAt: null }, orderBy: { sequence: "asc" }, take, select: { jti: true, at: true } });
    const tooOld = first.filter(({ at }) => at < toDate(now - longestLogoutWait));
    await giveUp(tooOld);
    return tooOld.length;
  });
  await inPieces(async (take) => {
    const forgotten = await outboxEntry.findMany({ where: { diedAt: { lt: toDate(now - deadLetterLife) } }, orderBy: { diedAt: "asc" }, take, select: { jti: true } });
    if (forgotten.length > 0) await storage.transaction(async ({ data }) => void (await data.outboxEntry.deleteMany({ where: { jti: { in: forgotten.map(({ jti }) => jti) } } })));
    return forgotten.length;
  });
}
