import { setTimeout as pause } from "node:timers/promises";
import type { Clock } from "../clock.ts";
import type { Storage } from "../storage/index.ts";
import { tokenOf, type UnsignedToken } from "./event-tokens.ts";
import { acknowledge, type OutboxEntry, reportErrors, takePending } from "./outbox.ts";
import type { PollRequest } from "./poll-request.ts";
import type { StreamStatus } from "./stream-records.ts";

/** What polling needs. */
export interface PollPorts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly issuer: string;
  readonly sign: (token: UnsignedToken) => Promise<string>;
  /** How long a receiver that waits is kept waiting. Milliseconds. */
  readonly longest?: number;
}

/** RFC 8936 2.3. */
export interface PollAnswer {
  /** By `jti`. */
  readonly sets: Readonly<Record<string, string>>;
  readonly moreAvailable: boolean;
}

/** Receivers that are waited for at once. Any more are answered as if they did not wait. */
const maximumWaiting = 1000;
/** Shorter than what proxies put up with. */
const longestWait = 25_000;
/** How often the queue is looked at for who waits: another process may have filled it. */
const betweenLooks = 500;

/** Answers polls. One receiver waits once a stream: who asks again ends the wait before. */
export function createPolling({ storage, clock, issuer, sign, longest = longestWait }: PollPorts): { answer(streamId: string, request: PollRequest, gone: AbortSignal): Promise<PollAnswer> } {
  const waiting = new Map<string, AbortController>();

  const waitFor = async (streamId: string, gone: AbortSignal): Promise<void> => {
    waiting.get(streamId)?.abort();
    if (waiting.size >= maximumWaiting) return;
    const own = new AbortController();
    waiting.set(streamId, own);
    const until = performance.now() + longest;
    const signal = AbortSignal.any([own.signal, gone]);
    while (!signal.aborted && performance.now() < until && (await isQuiet(storage, streamId))) {
      await pause(betweenLooks, undefined, { signal }).catch(() => undefined);
    }
    if (waiting.get(streamId) === own) waiting.delete(streamId);
  };

  return {
    answer: async (streamId, { maximum, waits, acknowledged, errors }, gone) => {
      await acknowledge(storage, streamId, acknowledged);
      await reportErrors(storage, streamId, errors, clock());
      if (waits && maximum > 0) await waitFor(streamId, gone);
      const pending = gone.aborted ? [] : await pendingIn(storage, streamId, maximum + 1);
      const told = pending.slice(0, maximum);
      return {
        sets: Object.fromEntries(await Promise.all(told.map(async (entry) => [entry.jti, await sign(tokenOf(entry, issuer, clock()))] as const))),
        moreAvailable: pending.length > told.length,
      };
    },
  };
}

const isQuiet = async (storage: Storage, streamId: string): Promise<boolean> => (await pendingIn(storage, streamId, 1)).length === 0;

/** What may be told now: nothing while the stream is paused. In a disabled one nothing waits but that it is. */
async function pendingIn(storage: Storage, streamId: string, maximum: number): Promise<OutboxEntry[]> {
  const stream = await storage.read.signalStream.findUnique({ where: { id: streamId }, select: { status: true } });
  const status = stream?.status as StreamStatus | undefined;
  return status === "paused" ? [] : takePending(storage, streamId, maximum);
}
