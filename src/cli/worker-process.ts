import cluster from "node:cluster";
import type { AddressInfo } from "node:net";
import { CommandError } from "./terminal.ts";
import { type DrainOrder, isReady } from "./worker-messages.ts";

/** A worker as the supervisor sees it, from its start to its end. */
export interface WorkerProcess {
  /** Where it answers, once it does. Rejects when it ends before. */
  readonly ready: Promise<AddressInfo>;
  readonly gone: Promise<WorkerEnd>;
  /** Asks it to end, and kills it after so many seconds. What does not answer yet has begun nothing, and is killed at once. */
  drain(order: Omit<DrainOrder, "kind">, limit: number): Promise<void>;
  kill(): void;
}

export interface WorkerEnd {
  /** Exit code or signal. */
  readonly by: number | string;
  readonly livedSeconds: number;
}

/** Starts this program again with the same parameters, to answer the connections that the supervisor hands it. */
export function startWorkerProcess(): WorkerProcess {
  const worker = cluster.fork();
  const started = performance.now();
  const kill = (): void => void worker.process.kill("SIGKILL");
  const gone = new Promise<WorkerEnd>((resolve) => {
    worker.once("exit", (code, signal) => resolve({ by: signal ?? code, livedSeconds: (performance.now() - started) / 1000 }));
  });
  let answers = false;
  const ready = new Promise<AddressInfo>((resolve, reject) => {
    worker.on("message", (message: unknown) => {
      if (!isReady(message)) return;
      answers = true;
      resolve(message.address);
    });
    void gone.then(() => reject(new CommandError("a worker ended before it answered: what it said stands above")));
  });
  // Not everybody asks whether it came up.
  ready.catch(() => undefined);
  return {
    ready, gone, kill,
    drain: async (order, limit) => {
      if (answers && worker.isConnected()) worker.send({ kind: "drain", ...order } satisfies DrainOrder);
      else kill();
      const late = setTimeout(kill, limit * 1000);
      await gone;
      clearTimeout(late);
    },
  };
}
