import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "../log.ts";
import { failuresAfter, restartAfter } from "./restart-policy.ts";
import { CommandError, exitCodes } from "./terminal.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.ts";

/** Several processes that answer at one address, and are kept at it. */
export interface Workers {
  readonly address: AddressInfo;
  /** Rejects when a worker cannot be kept running. */
  readonly failed: Promise<never>;
  /** Puts a new worker in the place of each, one after another; the one that was there goes once the new one answers. To be asked once at a time. */
  replaceAll(): Promise<void>;
  /** Ends all at the same time, each after what it has begun; also while they are replaced. */
  drain(): Promise<void>;
  kill(): void;
}

export interface WorkersOptions {
  readonly count: number;
  readonly log: Logger;
  /** Seconds within which a worker that was asked to has ended; afterwards it is killed. */
  readonly limit: () => number;
}

/** Where one worker is, and after it the next. */
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
  /** Also those that come up, and those that others take the place of. */
  const all = new Set<WorkerProcess>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const ending = new AbortController();

  const start = (): WorkerProcess => {
    const worker = startWorkerProcess();
    all.add(worker);
    void worker.gone.then(() => all.delete(worker));
    return worker;
  };

  const settle = (place: Place, worker: WorkerProcess): void => {
    place.worker = worker;
    void follow(place, worker);
  };

  const follow = async (place: Place, worker: WorkerProcess): Promise<void> => {
    const end = await worker.gone;
    // Another has taken its place, or all are to go.
    if (place.worker !== worker || ending.signal.aborted) return;
    place.worker = null;
    place.failures = failuresAfter(place.failures, end);
    log.error({ by: end.by, failures: place.failures }, end.wasMade ? "a worker ended" : "a worker could not be started");
    const restart = restartAfter(end, place.failures);
    if (restart.kind === "give up") return failed.reject(restart.because === "refused" ? refused() : failedAgain(place));
    await setTimeout(restart.afterSeconds * 1000, undefined, { signal: ending.signal }).catch(() => undefined);
    // A replacement may have come meanwhile.
    if (place.worker === null && !ending.signal.aborted) settle(place, start());
  };

  const startFirst = async (): Promise<AddressInfo> => {
    const worker = start();
    const place: Place = { worker: null, failures: 0 };
    places.push(place);
    const address = await worker.ready;
    settle(place, worker);
    return address;
  };

  const replace = async (place: Place): Promise<void> => {
    const next = start();
    await next.ready;
    const before = place.worker;
    place.failures = 0;
    settle(place, next);
    await before?.drain({ isReplaced: true }, limit());
  };

  const replaceAll = async (): Promise<void> => {
    try {
      for (const place of places) if (!ending.signal.aborted) await replace(place);
      if (!ending.signal.aborted) log.info({ workers: count }, "the workers were replaced");
    } catch {
      if (!ending.signal.aborted) log.error({}, "a new worker does not come up: those that run go on");
    }
  };

  const kill = (): void => {
    for (const worker of all) worker.kill();
  };

  // One that hangs would not notice that its supervisor is gone.
  process.once("exit", kill);
  // Alone at first: what is wrong for all is said once, and what is made at the first start is made by one.
  const address = await startFirst();
  await Promise.all(Array.from({ length: count - 1 }, startFirst));
  return {
    address, replaceAll, kill,
    failed: failed.promise,
    drain: async () => {
      ending.abort();
      await Promise.all([...all].map((worker) => worker.drain({ isReplaced: false }, limit())));
      process.off("exit", kill);
    },
  };
}

const refused = (): CommandError => new CommandError("a worker refused what it was started with: what it said stands above", exitCodes.refused);
const failedAgain = ({ failures }: Place): CommandError => new CommandError(`a worker ended ${failures} times right after its start: what it said stands above`);
