import { type ClientId, asIdentifier } from "../identifiers.ts";
import { appendReceipt, type Storage, toDate, toSeconds } from "../storage/index.ts";
import { longestWait } from "./attempts.ts";
import { eventTypes } from "./event-types.ts";
import { fromRow, type OutboxEntry } from "./outbox.ts";

/** Seconds a dead letter is kept for the operator. */
export const deadLetterLife = 30 * 24 * 60 * 60;
/** Entries that are given up in one transaction. */
const sweepSize = 1000;

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
  const streams = await read.signalStream.findMany({ orderBy: [{ clientId: "asc" }, { createdAt: "asc" }] });
  const parties = await read.relyingParty.findMany({ where: { outbox: { some: { streamId: null } } }, orderBy: { clientId: "asc" }, select: { clientId: true } });
  const places = [
    ...streams.map(({ id, clientId, deliveryMethod, status }) => ({ clientId, streamId: id, delivery: deliveryMethod as "push" | "poll", status })),
    ...parties.map(({ clientId }) => ({ clientId, streamId: null, delivery: "logout" as const, status: "enabled" })),
  ];
  return Promise.all(places.map(async ({ clientId, streamId, delivery, status }) => {
    const where = { clientId, streamId };
    const first = await read.outboxEntry.findFirst({ where: { ...where, diedAt: null }, orderBy: { sequence: "asc" } });
    return {
      clientId: asIdentifier<ClientId>(clientId), streamId, delivery, status,
      waiting: await read.outboxEntry.count({ where: { ...where, diedAt: null } }),
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
 * Puts dead letters back into their queues, where they stand in their old place, as if they were new.
 * @returns how many
 */
export async function retryDeadLetters(storage: Storage, { jti, clientId }: DeadLetterChoice, operator: string, now: number): Promise<number> {
  return storage.transaction(async ({ data }) => {
    const { count } = await data.outboxEntry.updateMany({
      where: { diedAt: { not: null }, ...(jti !== undefined && { jti }), ...(clientId !== undefined && { clientId }) },
      data: { diedAt: null, attempts: 0, at: toDate(now), nextAttemptAt: toDate(now) },
    });
    if (count > 0) await appendReceipt(data, { kind: "signals_retried", at: now, personId: null, detail: { operator, count, ...(jti !== undefined && { jti }), ...(clientId !== undefined && { client: clientId }) } });
    return count;
  });
}

/** Gives up what waits too long where nobody attempts anything, in polled and paused streams, and forgets old dead letters. */
export async function sweepOutbox(storage: Storage, now: number): Promise<void> {
  const overdue = { diedAt: null, at: { lt: toDate(now - longestWait) } };
  const forgotten = { diedAt: { lt: toDate(now - deadLetterLife) } };
  if ((await storage.read.outboxEntry.findFirst({ where: { OR: [overdue, forgotten] }, select: { jti: true } })) === null) return;
  await storage.transaction(async ({ data }) => {
    const rows = await data.outboxEntry.findMany({ where: overdue, orderBy: { sequence: "asc" }, take: sweepSize, select: { jti: true } });
    await data.outboxEntry.updateMany({ where: { jti: { in: rows.map(({ jti }) => jti) } }, data: { diedAt: toDate(now), lastError: "expired" } });
    await data.outboxEntry.deleteMany({ where: forgotten });
  });
}
