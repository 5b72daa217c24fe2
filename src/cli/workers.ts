import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "../log.ts";
import { failuresAfter, restartAfter } from "./restart-policy.ts";
import { CommandError } from "./terminal.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.ts";

/** Several processes that answer at one address, and are kept at it. */
export interface Workers {
  readonly address: AddressInfo;
  /** Rejects when a worker cannot be kept running. */
  readonly failed: Promise<never>;
  /** Puts a new worker in the place of each, one after another; the one that was there goes once the new one answers. */
  replaceAll(): Promise<void>;
  /** Ends all, each after what it has begun. */
  drain(): Promise<void>;
  kill(): void;
}

export interface WorkersOptions {
  readonly count: number;
  readonly log: Logger;
  /** Seconds within which a worker that was asked to has ended; afterwards it is killed. */
  readonly limit: () => number;
}

/** Where one worker is, the one before it, and the one after it. */
interface Place {
  worker: WorkerProcess | null;
  failures: number;
}

/**
 * Starts the workers and keeps them running.
 * @throws CommandError when one of them ends before all answer: what is wrong then is wrong for all.
 */
export async function startWorkers({ count, log, limit }: WorkersOptions): Promise<Workers> {
  const places: Place[] = [];
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let ending = false;
  let replacing: Promise<void> = Promise.resolve();

  const settle = (place: Place, worker: WorkerProcess): void => {
    place.worker = worker;
    void follow(place, worker);
  };

  const follow = async (place: Place, worker: WorkerProcess): Promise<void> => {
    const { by, livedSeconds } = await worker.gone;
    // Another has taken its place, or all are to go.
    if (place.worker !== worker || ending) return;
    place.worker = null;
    place.failures = failuresAfter(place.failures, livedSeconds);
    log.error({ by, failures: place.failures }, "a worker ended");
    await startAgain(place);
  };

  const startAgain = async (place: Place): Promise<void> => {
    const restart = restartAfter(place.failures);
    if (restart.kind === "give up") return failed.reject(new CommandError(`a worker ended ${place.failures} times right after its start: what it said stands above`));
    await setTimeout(restart.afterSeconds * 1000);
    // A replacement may have come meanwhile.
    if (place.worker === null && !ending) settle(place, startWorkerProcess());
  };

  const startFirst = async (): Promise<AddressInfo> => {
    const worker = startWorkerProcess();
    const place: Place = { worker: null, failures: 0 };
    places.push(place);
    const address = await worker.ready;
    settle(place, worker);
    return address;
  };

  const replace = async (place: Place): Promise<void> => {
    const next = startWorkerProcess();
    await next.ready;
    const before = place.worker;
    place.failures = 0;
    settle(place, next);
    await before?.drain({ isReplaced: true }, limit());
  };

  const replaceAll = async (): Promise<void> => {
    try {
      for (const place of places) if (!ending) await replace(place);
      log.info({ workers: count }, "the workers were replaced");
    } catch {
      log.error({}, "a new worker does not come up: those that run go on");
    }
  };

  // Alone at first: what is wrong for all is said once, and what is made at the first start is made by one.
  const address = await startFirst();
  await Promise.all(Array.from({ length: count - 1 }, startFirst));
  return {
    address,
    failed: failed.promise,
    replaceAll: () => (replacing = replacing.then(replaceAll)),
    drain: async () => {
      ending = true;
      await replacing;
      await Promise.all(places.map(({ worker }) => worker?.drain({ isReplaced: false }, limit())));
    },
    kill: () => {
      for (const { worker } of places) worker?.kill();
    },
  };
}
