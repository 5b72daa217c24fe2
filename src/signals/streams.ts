import { isDeepStrictEqual } from "node:util";
import { Refusal } from "../errors.ts";
import { newIdentifier, type ClientId } from "../identifiers.ts";
import { findRelyingParty } from "../relying-parties/index.ts";
import { appendReceipt, type Storage, toDate, type Transaction } from "../storage/index.ts";
import { clearDiscarded, discardPending } from "./outbox.ts";
import { columnsOf, findStream, type Stream, type StreamSettings } from "./stream-records.ts";

/** Streams that one receiver may have. */
export const maximumStreams = 10;
/** Seconds within which the use of a stream is noted once. */
const activityGrain = 60 * 60;

/** A change that a receiver makes to its streams. */
export interface StreamChange {
  readonly clientId: ClientId;
  readonly settings: StreamSettings;
  readonly now: number;
}

/**
 * Makes a stream.
 * @throws Refusal `invalid_request`; `operation_not_possible` where the receiver has as many as it may,
 * or one to the same address.
 */
export async function createStream(storage: Storage, { clientId, settings, now }: StreamChange): Promise<Stream> {
  await refuseStrangeEndpoint(storage, clientId, settings);
  const stream: Stream = { id: newIdentifier(), clientId, status: "enabled", statusReason: null, ...settings };
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    if ((await data.signalStream.count({ where: { clientId } })) >= maximumStreams) throw new Refusal("operation_not_possible", `a receiver has at most ${maximumStreams} streams`);
    await refuseSecond(transaction, stream);
    await data.signalStream.create({ data: { id: stream.id, clientId, ...columnsOf(storage, stream.id, settings), status: stream.status, createdAt: toDate(now), lastActiveAt: toDate(now) } });
    await appendReceipt(data, receiptOf("signal_stream_created", stream, now));
  });
  return stream;
}

/** Changes what its receiver decides of a stream; nothing where all is so already. @throws Refusal as {@link createStream}, and `not_found`. */
export async function changeStream(storage: Storage, streamId: string, { clientId, settings, now }: StreamChange): Promise<Stream> {
  await refuseStrangeEndpoint(storage, clientId, settings);
  const before = await findStream(storage, clientId, streamId);
  const stream: Stream = { ...before, ...settings };
  if (isDeepStrictEqual(stream, before)) return before;
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    await refuseSecond(transaction, stream);
    const { count } = await data.signalStream.updateMany({ where: { id: streamId, clientId }, data: columnsOf(storage, streamId, settings) });
    if (count === 0) throw new Refusal("not_found", "removed meanwhile");
    await appendReceipt(data, receiptOf("signal_stream_changed", stream, now));
  });
  return stream;
}

/** Removes a stream with all that waits in it, which may be much. @throws Refusal `not_found`. */
export async function removeStream(storage: Storage, clientId: ClientId, streamId: string, now: number): Promise<void> {
  await findStream(storage, clientId, streamId);
  await storage.transaction((transaction) => discardPending(transaction, streamId));
  await clearDiscarded(storage, streamId);
  await storage.transaction(async ({ data }) => {
    const { count } = await data.signalStream.deleteMany({ where: { id: streamId, clientId } });
    if (count === 0) throw new Refusal("not_found", "no such stream of this receiver");
    await appendReceipt(data, receiptOf("signal_stream_removed", { id: streamId, clientId }, now));
  });
}

/** Notes that a receiver uses its stream, at most once an hour: it is asked for again and again. */
export async function noteActivity(storage: Storage, streamId: string, now: number): Promise<void> {
  const row = await storage.read.signalStream.findUnique({ where: { id: streamId }, select: { lastActiveAt: true } });
  const since = toDate(now - activityGrain);
  if (row === null || row.lastActiveAt > since) return;
  await storage.transaction(async ({ data }) => void (await data.signalStream.updateMany({ where: { id: streamId }, data: { lastActiveAt: toDate(now) } })));
}

/** The receipt of something that became of a stream. */
export const receiptOf = (kind: string, { id, clientId }: Pick<Stream, "id" | "clientId">, at: number, detail: Readonly<Record<string, string>> = {}) => ({
  kind, at, personId: null, detail: { client: clientId, stream: id, ...detail },
});

/** Two streams to one address would tell everything twice: a request that is sent again makes no second one. */
async function refuseSecond({ data }: Transaction, { id, clientId, delivery }: Stream): Promise<void> {
  if (delivery.method === "poll") return;
  const others = await data.signalStream.count({ where: { clientId, endpointUrl: delivery.endpointUrl, id: { not: id } } });
  if (others > 0) throw new Refusal("operation_not_possible", "delivery.endpoint_url: another stream is pushed there");
}

/**
 * Nobody who registered itself has this bridge call a host that it has nothing to do with: only that of
 * its redirect URIs, as for its other addresses. Any other the operator registers.
 */
async function refuseStrangeEndpoint(storage: Storage, clientId: ClientId, { delivery }: StreamSettings): Promise<void> {
  const metadata = delivery.method === "push" ? (await findRelyingParty(storage, clientId))?.metadata : undefined;
  if (delivery.method === "poll" || metadata?.["registered_by"] === undefined) return;
  const { host, protocol } = new URL(delivery.endpointUrl);
  const own = URL.parse(metadata.redirect_uris[0] ?? "")?.host;
  if (protocol !== "https:" || host !== own) throw new Refusal("invalid_request", "delivery.endpoint_url: https on the host of the redirect URIs");
}
