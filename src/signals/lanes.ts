import { asIdentifier, type ClientId } from "../identifiers.ts";
import type { RelyingPartyMetadata } from "../relying-parties/index.ts";
import { type Storage, toDate } from "../storage/index.ts";
import { afterFailure } from "./attempts.ts";
import { type CallRelyingParty, type Outcome, pushEvent, sendLogout } from "./delivery.ts";
import { tokenOf, type UnsignedToken } from "./event-tokens.ts";
import { fromRow, type OutboxEntry, takePending } from "./outbox.ts";
import { streamOf } from "./stream-records.ts";

/** What the delivery needs from the rest of the bridge. */
export interface DeliveryPorts {
  readonly storage: Storage;
  readonly clock: () => number;
  readonly issuer: string;
  readonly sign: (token: UnsignedToken, algorithm: "ES256" | "RS256") => Promise<string>;
  readonly call: CallRelyingParty;
}

/** A queue that has its own pace: one stream, or the logouts of one relying party. */
export type Lane = { readonly kind: "stream"; readonly id: string } | { readonly kind: "logouts"; readonly clientId: ClientId };

/** Entries that are read, and whose outcome is written, together. */
const batchSize = 50;
/** Logout tokens under way to one relying party: no order is kept among them. */
const logoutsAtOnce = 8;

/** The queues in which something is due. */
export async function dueLanes({ read }: Storage, now: number): Promise<Lane[]> {
  const due = { diedAt: null, nextAttemptAt: { lte: toDate(now) } };
  const streams = await read.signalStream.findMany({ where: { status: { not: "paused" }, deliveryMethod: "push", outbox: { some: due } }, select: { id: true } });
  const parties = await read.relyingParty.findMany({ where: { outbox: { some: { ...due, streamId: null } } }, select: { clientId: true } });
  return [...streams.map(({ id }) => ({ kind: "stream", id }) as const), ...parties.map(({ clientId }) => ({ kind: "logouts", clientId: asIdentifier<ClientId>(clientId) }) as const)];
}

/** Delivers the next entries of a queue that are due. @returns whether there may be more that can go at once. */
export function deliverBatch(ports: DeliveryPorts, lane: Lane): Promise<boolean> {
  return lane.kind === "stream" ? deliverStream(ports, lane.id) : deliverLogouts(ports, lane.clientId);
}

/** In order: what follows one that fails waits with it. In a disabled stream nothing waits but that it is. */
async function deliverStream(ports: DeliveryPorts, streamId: string): Promise<boolean> {
  const { storage, call } = ports;
  const row = await storage.read.signalStream.findUnique({ where: { id: streamId } });
  const stream = row === null ? null : streamOf(storage, row);
  if (stream === null || stream.delivery.method !== "push" || stream.status === "paused") return false;
  const results: Result[] = [];
  for (const entry of await takePending(storage, streamId, batchSize)) {
    if (entry.nextAttemptAt > ports.clock()) break;
    const result = { entry, outcome: await pushEvent(call, stream.delivery, await signed(ports, entry, "RS256")) };
    results.push(result);
    if (!result.outcome.delivered) break;
  }
  return settle(ports, results);
}

async function deliverLogouts(ports: DeliveryPorts, clientId: ClientId): Promise<boolean> {
  const { storage, call, clock } = ports;
  const party = await storage.read.relyingParty.findUnique({ where: { clientId }, select: { metadata: true } });
  const rows = await storage.read.outboxEntry.findMany({ where: { clientId, streamId: null, diedAt: null, nextAttemptAt: { lte: toDate(clock()) } }, orderBy: { sequence: "asc" }, take: batchSize });
  if (party === null || rows.length === 0) return false;
  const { backchannel_logout_uri: address, id_token_signed_response_alg } = JSON.parse(party.metadata) as RelyingPartyMetadata;
  const algorithm = id_token_signed_response_alg === "RS256" ? "RS256" : "ES256";
  const results: Result[] = [];
  const waiting = rows.map(fromRow);
  const worker = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      // Who no longer wants to hear of logouts has heard of them.
      const outcome: Outcome = typeof address === "string" ? await sendLogout(call, address, await signed(ports, entry, algorithm)) : { delivered: true };
      results.push({ entry, outcome });
    }
  };
  await Promise.all(Array.from({ length: logoutsAtOnce }, worker));
  return settle(ports, results);
}

interface Result {
  readonly entry: OutboxEntry;
  readonly outcome: Outcome;
}

const signed = ({ sign, issuer, clock }: DeliveryPorts, entry: OutboxEntry, algorithm: "ES256" | "RS256"): Promise<string> => sign(tokenOf(entry, issuer, clock()), algorithm);

/** Writes down what became of a batch. @returns whether something went through, or out of the way. */
async function settle({ storage, clock }: DeliveryPorts, results: readonly Result[]): Promise<boolean> {
  const delivered = results.flatMap(({ entry, outcome }) => (outcome.delivered ? [entry.jti] : []));
  const now = clock();
  const failed = results.flatMap(({ entry, outcome }) => (outcome.delivered ? [] : [{ jti: entry.jti, after: afterFailure(entry, outcome, now, Math.random()) }]));
  if (results.length === 0) return false;
  await storage.transaction(async ({ data }) => {
    if (delivered.length > 0) await data.outboxEntry.deleteMany({ where: { jti: { in: delivered } } });
    for (const { jti, after: { attempts, nextAttemptAt, lastError, diedAt } } of failed) {
      await data.outboxEntry.updateMany({ where: { jti }, data: { attempts, nextAttemptAt: toDate(nextAttemptAt), lastError, diedAt: diedAt === null ? null : toDate(diedAt) } });
    }
  });
  return failed.every(({ after }) => after.diedAt !== null);
}
