import { asIdentifier, newIdentifier, type ClientId } from "../../src/identifiers.ts";
import { enqueue } from "../../src/signals/outbox.ts";
import { defaultSettings } from "../../src/signals/stream-request.ts";
import { createStream } from "../../src/signals/streams.ts";
import type { Stream, StreamSettings } from "../../src/signals/stream-records.ts";
import { type Storage, toDate } from "../../src/storage/index.ts";

export const now = 1_800_000_000;
export const issuer = "https://bridge.example";
export const client = asIdentifier<ClientId>("receiver");

/** A relying party with what registration is read from here. */
export async function addParty(storage: Storage, clientId: ClientId = client, metadata: object = {}): Promise<void> {
  const row = { client_id: clientId, redirect_uris: ["https://receiver.example/callback"], ...metadata };
  await storage.transaction(({ data }) => data.relyingParty.create({ data: { clientId, metadata: JSON.stringify(row), createdAt: toDate(now), updatedAt: toDate(now) } }));
}

export const addStream = (storage: Storage, settings: Partial<StreamSettings> = {}, clientId: ClientId = client): Promise<Stream> =>
  createStream(storage, { clientId, settings: { ...defaultSettings, ...settings }, now });

/** Puts an event into a stream, as if something had happened. */
export async function addEvent(storage: Storage, { id, clientId }: Pick<Stream, "id" | "clientId">, name: string): Promise<void> {
  const message = { kind: "event", subject: { format: "opaque", id }, type: `urn:example:${name}`, members: {}, transaction: newIdentifier() } as const;
  await storage.transaction((transaction) => enqueue(transaction, now, [{ clientId, streamId: id, message }]));
}
