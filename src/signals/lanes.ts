import { asIdentifier, type ClientId } from "../identifiers.ts";
import type { RelyingPartyMetadata } from "../relying-parties/index.ts";
import { type Storage, toDate } from "../storage/index.ts";
import { afterFailure, dueTimes, isDue, longestLogoutWait } from "./attempts.ts";
import { type CallRelyingParty, type Outcome, pushEvent, sendLogout } from "./delivery.ts";
import { tokenOf, type UnsignedToken } from "./event-tokens.ts";
import { fromRow, type OutboxEntry, takePending } from "./outbox.ts";
import { inPersonsOrder } from "./persons-order.ts";
import { deliveryOf, type StreamDelivery } from "./stream-records.ts";

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
const batchSize = 100;
/** Tokens under way in one queue: events each of somebody else, logouts in no order. */
const mostAtOnce = 8;

/** The queues in which something is due. */
export async function dueLanes({ read }: Pick<Storage, "read">, now: number): Promise<Lane[]> {
  const { until, beyond } = dueTimes(now);
  const due = { until: toDate(until), beyond: toDate(beyond) };
  const [streams, parties] = [await read.queues.pushStreams(due), await read.queues.logouts(due)];
  return [...streams.map((id) => ({ kind: "stream", id }) as const), ...parties.map((clientId) => ({ kind: "logouts", clientId: asIdentifier<ClientId>(clientId) }) as const)];
}

/** Whether this process still delivers, asked before each attempt; `cut` is aborted when what is under way is to end, too. */
export interface Going {
  readonly on: () => boolean;
  readonly cut: AbortSignal;
}

/**
 * Delivers the next entries of a queue that are due.
 * @param share how many of them may be under way; one in any case.
 * @returns whether there may be more that can go at once.
 */
export function deliverBatch(ports: DeliveryPorts, lane: Lane, going: Going, share = mostAtOnce): Promise<boolean> {
  const atOnce = Math.min(mostAtOnce, Math.max(1, Math.floor(share)));
  const call: CallRelyingParty = (url, options) => ports.call(url, { ...options, signal: AbortSignal.any([going.cut, ...(options.signal instanceof AbortSignal ? [options.signal] : [])]) });
  return lane.kind === "stream" ? deliverStream({ ...ports, call }, lane.id, going, atOnce) : deliverLogouts({ ...ports, call }, lane.clientId, going, atOnce);
}

/**
 * In order for each person: of different people several are under way at once. What follows one that fails
 * waits with it. A receiver that has just failed gets one after the other: it may take no more at a time. In a
 * disabled stream nothing waits but that it is.
 */
async function deliverStream(ports: DeliveryPorts, streamId: string, going: Going, atOnce: number): Promise<boolean> {
  const { storage, call, clock } = ports;
  const pending = await takePending(storage, streamId, batchSize);
  const notYet = pending.findIndex(({ nextAttemptAt }) => !isDue(nextAttemptAt, clock()));
  const due = notYet === -1 ? pending : pending.slice(0, notYet);
  const hasFailed = due.some(({ attempts }) => attempts > 0);
  const results: Result[] = [];
  const troubles: unknown[] = [];
  const push = async (entry: OutboxEntry): Promise<"go on" | "stop"> => {
    const delivery = await pushedTo(storage, streamId, entry);
    if (delivery === null) return "stop";
    const outcome = await pushEvent(call, delivery, await signed(ports, entry, "RS256"));
    if (wasCut(outcome, going)) return "stop";
    results.push({ entry, outcome });
    return outcome.delivered ? "go on" : "stop";
  };
  await inPersonsOrder(due, hasFailed ? 1 : atOnce, async (entry) => {
    if (!going.on()) return "stop";
    return push(entry).catch((trouble: unknown) => {
      troubles.push(trouble);
      return "stop";
    });
  });
  const mayGoOn = await settle(ports, results.filter(isToBeNoted));
  if (troubles.length > 0) throw troubles[0];
  return mayGoOn;
}

/** That a receiver cannot be reached is noted of the first alone, which the others wait for; what it says of a token, of that token. */
function isToBeNoted({ entry, outcome }: Result, _index: number, results: readonly Result[]): boolean {
  return outcome.delivered || outcome.refused || results.every((other) => other.outcome.delivered || other.entry.sequence >= entry.sequence);
}

/** Where an entry is pushed now, or null: while the one before was under way its receiver may have changed anything. */
async function pushedTo({ read, sealing }: Storage, streamId: string, { sequence }: OutboxEntry): Promise<Extract<StreamDelivery, { method: "push" }> | null> {
  const row = await read.queues.stream(streamId);
  if (row === null || row.status === "paused" || row.discardedThrough >= sequence) return null;
  const delivery = deliveryOf({ sealing }, row);
  return delivery.method === "push" ? delivery : null;
}

async function deliverLogouts(ports: DeliveryPorts, clientId: ClientId, going: Going, atOnce: number): Promise<boolean> {
  const { storage, call, clock } = ports;
  const { until, beyond } = dueTimes(clock());
  const rows = await storage.read.outboxEntry.findMany({
    where: { clientId, streamId: null, diedAt: null, at: { gte: toDate(until - longestLogoutWait) }, OR: [{ nextAttemptAt: { lte: toDate(until) } }, { nextAttemptAt: { gt: toDate(beyond) } }] },
    orderBy: { nextAttemptAt: "asc" },
    take: batchSize,
  });
  const results: Result[] = [];
  const waiting = rows.map(fromRow);
  const worker = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined && going.on(); entry = waiting.shift()) {
      const party = await storage.read.lookups.relyingParty(clientId);
      if (party === null) return;
      const { backchannel_logout_uri: address, id_token_signed_response_alg } = JSON.parse(party.metadata) as RelyingPartyMetadata;
      const algorithm = id_token_signed_response_alg === "RS256" ? "RS256" : "ES256";
      // Who no longer wants to hear of logouts has heard of them.
      const outcome: Outcome = typeof address === "string" ? await sendLogout(call, address, await signed(ports, entry, algorithm)) : { delivered: true };
      if (!wasCut(outcome, going)) results.push({ entry, outcome });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return settle(ports, results);
}

/** An attempt that was cut short says nothing of its receiver. */
const wasCut = (outcome: Outcome, { cut }: Going): boolean => !outcome.delivered && cut.aborted;

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
      await data.outboxEntry.updateMany({ where: { jti, diedAt: null }, data: { attempts, nextAttemptAt: toDate(nextAttemptAt), lastError, diedAt: diedAt === null ? null : toDate(diedAt) } });
    }
  });
  return failed.every(({ after }) => after.diedAt !== null);
}
