import type { Clock } from "../clock.ts";
import type { Storage } from "../storage/index.ts";
import { tokenOf, type UnsignedToken } from "./event-tokens.ts";
import { acknowledge, type OutboxEntry, reportErrors, takePending } from "./outbox.ts";
import type { PollRequest } from "./poll-request.ts";
import type { StreamStatus } from "./stream-records.ts";
import { createWaitingRoom } from "./waiting.ts";

/** What polling needs. */
export interface PollPorts {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly issuer: string;
  readonly sign: (token: UnsignedToken) => Promise<string>;
  /** How long a receiver that waits is kept waiting. Milliseconds. */
  readonly longest?: number;
  /** Aborts when the process is to end: from then on nobody is kept waiting. */
  readonly ending?: AbortSignal;
}

/** RFC 8936 2.3. */
export interface PollAnswer {
  /** By `jti`. */
  readonly sets: Readonly<Record<string, string>>;
  readonly moreAvailable: boolean;
}

/** Shorter than what proxies put up with. */
const longestWait = 25_000;

/** Answers polls: notes what the receiver says of what it got, waits where it wants that, and tells what there is. */
export function createPolling({ storage, clock, issuer, sign, longest = longestWait, ending }: PollPorts): { answer(streamId: string, request: PollRequest, gone: AbortSignal): Promise<PollAnswer> } {
  const room = createWaitingRoom(storage, ending);
  return {
    answer: async (streamId, { maximum, waits, acknowledged, errors }, gone) => {
      await acknowledge(storage, streamId, acknowledged);
      await reportErrors(storage, streamId, errors, clock());
      // One more than is wanted, to know whether there is more.
      const look = (): Promise<OutboxEntry[]> => pendingIn(storage, streamId, maximum + 1);
      let pending = await look();
      if (pending.length === 0 && waits && maximum > 0) {
        await room.wait(streamId, longest, gone);
        pending = gone.aborted ? [] : await look();
      }
      const told = pending.slice(0, maximum);
      return {
        sets: Object.fromEntries(await Promise.all(told.map(async (entry) => [entry.jti, await sign(tokenOf(entry, issuer, clock()))] as const))),
        moreAvailable: pending.length > told.length,
      };
    },
  };
}

/** What may be told now: nothing while the stream is paused. In a disabled one nothing waits but that it is. */
async function pendingIn(storage: Storage, streamId: string, maximum: number): Promise<OutboxEntry[]> {
  const stream = await storage.read.signalStream.findUnique({ where: { id: streamId }, select: { status: true } });
  const status = stream?.status as StreamStatus | undefined;
  return status === "paused" ? [] : takePending(storage, streamId, maximum);
}
