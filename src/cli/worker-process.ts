import cluster, { type Worker } from "node:cluster";
import type { AddressInfo } from "node:net";
import { CommandError, exitCodes } from "./terminal.ts";
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
  /** Exit code or signal; the system's code where no process could be made. */
  readonly by: number | string;
  /** False where the system had no room for a process. */
  readonly wasMade: boolean;
  /** For how long it answered; 0 when it never did. */
  readonly answeredSeconds: number;
}

/** Seconds within which a worker answers; one that hangs in its start is killed then. */
const longestStart = 60;

/** Starts this program again with the same parameters, to answer the connections that the supervisor hands it. */
export function startWorkerProcess(startSeconds: number = longestStart): WorkerProcess {
  const { worker, gone: by } = forked();
  let answersSince: number | null = null;
  const kill = (): void => void worker?.process.kill("SIGKILL");
  const hangs = setTimeout(kill, startSeconds * 1000);
  const gone = by.then((end): WorkerEnd => {
    clearTimeout(hangs);
    return { by: end, wasMade: worker?.process.pid !== undefined, answeredSeconds: answersSince === null ? 0 : (performance.now() - answersSince) / 1000 };
  });
  const ready = new Promise<AddressInfo>((resolve, reject) => {
    worker?.on("message", (message: unknown) => {
      if (!isReady(message)) return;
      clearTimeout(hangs);
      answersSince = performance.now();
      resolve(message.address);
    });
    void gone.then((end) => reject(notAnswered(end)));
  });
  // Not everybody asks whether it came up.
  ready.catch(() => undefined);
  return {
    ready, gone, kill,
    drain: async (order, limit) => {
      // It may be dying meanwhile.
      if (answersSince !== null && worker?.isConnected() === true) worker.send({ kind: "drain", ...order } satisfies DrainOrder, (error: Error | null) => void (error !== null && kill()));
      else kill();
      const late = setTimeout(kill, limit * 1000);
      await gone;
      clearTimeout(late);
    },
  };
}

/** A process, and what it ends by. The system says at once that it cannot make one, or a moment later. */
function forked(): { readonly worker: Worker | null; readonly gone: Promise<number | string> } {
  try {
    const worker = cluster.fork();
    return {
      worker,
      gone: new Promise((resolve) => {
        worker.once("exit", (code, signal) => resolve(signal ?? code));
        // Also what is sent to one that is dying fails: its end is told of by itself.
        worker.on("error", (error) => void (worker.process.pid === undefined && resolve(codeOf(error))));
      }),
    };
  } catch (error) {
    return { worker: null, gone: Promise.resolve(codeOf(error)) };
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? "unknown";

function notAnswered({ by, wasMade }: WorkerEnd): CommandError {
  if (!wasMade) return new CommandError(`a worker could not be started (${by})`);
  return new CommandError("a worker ended before it answered: what it said stands above", by === exitCodes.refused ? exitCodes.refused : exitCodes.failed);
}
