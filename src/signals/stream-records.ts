import { utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { type Reader, type Storage } from "../storage/index.ts";
import { supportedEvents } from "./event-types.ts";

/** How security events get to a receiver. */
export type StreamDelivery =
  /** RFC 8935. `authorization`: the `Authorization` header that the receiver wants, null for none. */
  | { readonly method: "push"; readonly endpointUrl: string; readonly authorization: string | null }
  /** RFC 8936. */
  | { readonly method: "poll" };

/** SSF 1.0 8.1.2: paused keeps events for later, disabled does not. */
export type StreamStatus = "enabled" | "paused" | "disabled";
export const streamStatuses: readonly string[] = ["enabled", "paused", "disabled"] satisfies StreamStatus[];

/** What the receiver decides of a stream (SSF 1.0 8.1.1, Receiver-Supplied). */
export interface StreamSettings {
  readonly delivery: StreamDelivery;
  /** Event types; null: none named, so all. */
  readonly eventsRequested: readonly string[] | null;
  readonly description: string | null;
}

/** A stream of security events to a receiver. */
export interface Stream extends StreamSettings {
  readonly id: string;
  readonly clientId: ClientId;
  readonly status: StreamStatus;
  readonly statusReason: string | null;
}

/** What a stream carries: of what is supported, what the receiver asked for. */
export const eventsDelivered = ({ eventsRequested }: Pick<StreamSettings, "eventsRequested">): readonly string[] =>
  eventsRequested === null ? supportedEvents : supportedEvents.filter((type) => eventsRequested.includes(type));

/** The receiver's stream. @throws Refusal `not_found` where it has none of this id: another's is like none. */
export async function findStream(storage: Storage, clientId: ClientId, streamId: string): Promise<Stream> {
  const row = await storage.read.signalStream.findUnique({ where: { id: streamId } });
  if (row === null || row.clientId !== clientId) throw new Refusal("not_found", "no such stream of this receiver");
  return streamOf(storage, row);
}

/** All streams of a receiver, the oldest first. */
export async function listStreams(storage: Storage, clientId: ClientId): Promise<Stream[]> {
  const rows = await storage.read.signalStream.findMany({ where: { clientId }, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
  return rows.map((row) => streamOf(storage, row));
}

type StreamRow = Awaited<ReturnType<Reader["signalStream"]["findMany"]>>[number];

/** A row as it is worked with. */
export function streamOf(storage: Pick<Storage, "sealing">, row: StreamRow): Stream {
  return {
    id: row.id,
    clientId: asIdentifier<ClientId>(row.clientId),
    delivery: deliveryOf(storage, row),
    eventsRequested: row.eventsRequested === null ? null : (JSON.parse(row.eventsRequested) as string[]),
    description: row.description,
    status: row.status as StreamStatus,
    statusReason: row.statusReason,
  };
}

/** The same of its delivery alone. */
export function deliveryOf({ sealing }: Pick<Storage, "sealing">, { id, endpointUrl, sealedAuthorization }: Pick<StreamRow, "id" | "endpointUrl" | "sealedAuthorization">): StreamDelivery {
  if (endpointUrl === null) return { method: "poll" };
  return { method: "push", endpointUrl, authorization: sealedAuthorization === null ? null : new TextDecoder().decode(sealing.open(sealedAuthorization, authorizationContext(id))) };
}

/** The columns that hold what the receiver decides. */
export function columnsOf({ sealing }: Pick<Storage, "sealing">, streamId: string, { delivery, eventsRequested, description }: StreamSettings) {
  const push = delivery.method === "push" ? delivery : null;
  const authorization = push?.authorization ?? null;
  return {
    deliveryMethod: delivery.method,
    endpointUrl: push?.endpointUrl ?? null,
    sealedAuthorization: authorization === null ? null : sealing.seal(utf8(authorization), authorizationContext(streamId)),
    eventsRequested: eventsRequested === null ? null : JSON.stringify(eventsRequested),
    description,
  };
}

const authorizationContext = (streamId: string): string => `signal_stream/${streamId}/authorization`;

