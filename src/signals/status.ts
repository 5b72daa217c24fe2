import { setImmediate } from "node:timers/promises";
import { accept, refuse, Refusal, type Verdict } from "../errors.ts";
import { appendReceipt, type Storage, toDate, type Transaction } from "../storage/index.ts";
import { streamEventTypes } from "./event-types.ts";
import { discardPending, enqueue } from "./outbox.ts";
import { inactivityTimeout } from "./stream-configuration.ts";
import { type Stream, streamOf, type StreamStatus, streamStatuses } from "./stream-records.ts";
import { isRemark } from "./stream-request.ts";
import { receiptOf } from "./streams.ts";

/** Whether a stream carries events, and why not where somebody said so. */
export interface StatusChange {
  readonly status: StreamStatus;
  readonly reason: string | null;
}

/** The status that a request asks for (SSF 1.0 8.1.2.2). Refuses with `invalid_request`. */
export function statusFrom({ status, reason = null }: Readonly<Record<string, unknown>>): Verdict<StatusChange> {
  if (typeof status !== "string" || !streamStatuses.includes(status)) return refuse("invalid_request", `status: ${streamStatuses.join(", ")}`);
  if (reason !== null && !isRemark(reason)) return refuse("invalid_request", "reason: one line of at most 200 characters");
  return accept({ status: status as StreamStatus, reason });
}

/** The answer about a status (SSF 1.0 8.1.2.1). */
export const describeStatus = (id: string, { status, reason }: StatusChange): Readonly<Record<string, string>> => ({ stream_id: id, status, ...(reason !== null && { reason }) });

/** Sets the status that the receiver asks for; as it is already, nothing. What waits in a stream that is disabled is gone. @throws Refusal `not_found`. */
export async function setStatus(storage: Storage, stream: Stream, change: StatusChange, now: number): Promise<void> {
  if (stream.status === change.status && stream.statusReason === change.reason) return;
  const { count } = await storage.transaction((transaction) => writeStatus(transaction, stream, change, now));
  if (count === 0) throw new Refusal("not_found", "removed meanwhile");
}

/**
 * Sets a status that the receiver did not ask for: it hears so by the stream itself (SSF 1.0 8.1.5), which
 * carries that one event whatever its status. Nothing where the status is the same already.
 */
export async function imposeStatus(transaction: Transaction, stream: Stream, change: StatusChange, now: number): Promise<void> {
  const { id, clientId, status } = stream;
  if (status === change.status) return;
  await writeStatus(transaction, stream, change, now);
  const members = { status: change.status, ...(change.reason !== null && { reason: change.reason }) };
  await enqueue(transaction, now, [{ clientId, streamId: id, message: { kind: "event", subject: { format: "opaque", id }, type: streamEventTypes.stream_updated, members, transaction: null } }]);
}

async function writeStatus(transaction: Transaction, { id, clientId }: Stream, { status, reason }: StatusChange, now: number): Promise<{ count: number }> {
  const { data } = transaction;
  const written = await data.signalStream.updateMany({ where: { id, clientId }, data: { status, statusReason: reason } });
  if (status === "disabled") await discardPending(transaction, id);
  if (written.count > 0) await appendReceipt(data, receiptOf("signal_stream_status_changed", { id, clientId }, now, { status }));
  return written;
}

/** Streams that are disabled in one transaction. */
const together = 50;

/** Disables streams that wait for their receiver, polled or paused, and that it has not asked for in a long time. */
export async function sweepInactiveStreams(storage: Storage, now: number): Promise<void> {
  const waits = { OR: [{ endpointUrl: null, status: "enabled" }, { status: "paused" }] };
  const where = { ...waits, lastActiveAt: { lt: toDate(now - inactivityTimeout) } };
  while ((await storage.read.signalStream.count({ where })) > 0) {
    await storage.transaction(async (transaction) => {
      const rows = await transaction.data.signalStream.findMany({ where, take: together });
      for (const row of rows) await imposeStatus(transaction, streamOf(storage, row), { status: "disabled", reason: "not used for a long time" }, now);
    });
    // The database's client never leaves the event loop to others by itself.
    await setImmediate();
  }
}
