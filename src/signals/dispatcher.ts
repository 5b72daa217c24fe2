import { setImmediate, setTimeout } from "node:timers/promises";
import type { Logger } from "../log.ts";
import type { Lease } from "../storage/index.ts";
import { fanOut } from "./fan-out.ts";
import { deliverBatch, type DeliveryPorts, dueLanes, type Going, type Lane } from "./lanes.ts";

export interface DispatcherPorts extends DeliveryPorts {
  readonly log: Logger;
  /** Of the processes that share a database one delivers: two would break the order. */
  readonly lease: Lease;
}

/** Delivers what is in the outbox, as long as this process holds the lease. */
export interface Dispatcher {
  start(): void;
  /** Something was written that may be delivered now; without it it goes within a second. */
  wake(): void;
  /** Ends after what is under way, which it does not wait for long; what was not delivered waits. */
  close(): Promise<void>;
}

const pollMs = 1000;
/** Milliseconds for which an end waits for answers to what is under way. */
const graceMs = 1000;
/** Milliseconds for which a round waits for more. */
const gatherMs = 25;
/** Seconds after which another process takes over from one that is gone: longer than one is ever kept from asking again. */
export const dispatcherLease = 15;
/** Announcements that are put into the queues in one transaction, at most. */
const fanOutSize = 100;
/** Tokens under way in all queues, of which each may have one: the threads that sign them sign for whoever signs in, too. */
const tokensAtOnce = 64;

export function createDispatcher(ports: DispatcherPorts): Dispatcher {
  const { storage, clock, issuer, lease, log } = ports;
  const running = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | null = null;
  const state = {
    /** Whether this process delivers, as of the last round. */
    leads: false,
    /** Whether somebody woke it since the round began. */
    again: false,
    closed: false,
  };
  const cut = new AbortController();
  const going: Going = { on: () => state.leads && !state.closed, cut: cut.signal };

  const lead = async (): Promise<boolean> => (state.leads = !state.closed && (await lease.hold(clock())));
  const guarded = (what: string, work: () => Promise<void>): Promise<void> =>
    work().catch((error: unknown) => log.error({ kind: error instanceof Error ? error.name : "unknown", job: what }, "delivery of signals failed"));

  /** One after the other in a queue, all queues at once: one slow receiver holds up nobody else. */
  const begin = (lane: Lane): void => {
    const key = lane.kind === "stream" ? `stream ${lane.id}` : `logouts ${lane.clientId}`;
    if (running.has(key)) return;
    const work = guarded("deliver", async () => {
      while (going.on() && (await deliverBatch(ports, lane, going, tokensAtOnce / running.size)));
    });
    running.set(key, work.finally(() => running.delete(key)));
  };

  const dispatch = async (): Promise<void> => {
    if (!(await lead())) return;
    let moved: number;
    do {
      // The database's client never leaves the event loop to others by itself.
      await setImmediate();
      moved = await fanOut(storage, issuer, fanOutSize);
      for (const lane of await dueLanes(storage, clock())) begin(lane);
    } while (moved > 0 && (await lead()));
  };

  const wake = (): void => {
    state.again = true;
    round ??= guarded("fan out", async () => {
      while (state.again && !state.closed) {
        // What happens together goes together: when many fall at once each would cost a round otherwise.
        await setTimeout(gatherMs);
        state.again = false;
        await dispatch();
      }
    }).finally(() => (round = null));
  };

  return {
    start: () => {
      timer = setInterval(wake, pollMs);
      timer.unref();
      wake();
    },
    wake,
    close: async () => {
      state.closed = true;
      clearInterval(timer);
      void setTimeout(graceMs, undefined, { ref: false }).then(() => cut.abort());
      await round;
      await Promise.all(running.values());
      await lease.release(clock());
    },
  };
}
