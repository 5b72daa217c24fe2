import cluster, { type Worker } from "node:cluster";
import { setTimeout } from "node:timers/promises";
import { createWorkerSums, type Measurement } from "./worker-sums.ts";

/** What a supervisor asks a worker, and what it answers. */
interface Question {
  readonly kind: "metrics?";
  readonly id: number;
}
interface Answer {
  readonly kind: "metrics";
  readonly id: number;
  readonly metrics: readonly Measurement[];
}
/** What a worker says last, unasked. */
interface LastWord {
  readonly kind: "last metrics";
  readonly metrics: readonly Measurement[];
}

/** Milliseconds for which a worker that ends waits for its last counts to be written. */
const lastWordMs = 1000;

/** Milliseconds for which a worker is waited for: one that starts or ends does not take the others' metrics away. */
const longestMs = 2000;

/** Has this worker answer when its supervisor asks. */
export function answerSupervisor(metrics: () => Promise<readonly Measurement[]>): void {
  process.on("message", (message: unknown) => {
    if (!isQuestion(message)) return;
    const answer = async (): Promise<void> => void process.send?.({ kind: "metrics", id: message.id, metrics: await metrics() } satisfies Answer);
    // Who could not be read is told of by what is missing.
    answer().catch(() => undefined);
  });
}

/** Hands what this worker has counted over to its supervisor, as it ends. Resolves when it is written, or cannot be. */
export async function handOverCounts(metrics: readonly Measurement[]): Promise<void> {
  const over = new AbortController();
  const written = new Promise<void>((resolve) => {
    process.send?.({ kind: "last metrics", metrics } satisfies LastWord, undefined, undefined, () => resolve());
  });
  await Promise.race([written, setTimeout(lastWordMs, undefined, { signal: over.signal })]);
  over.abort();
}

/** Heeds what workers hand over as they end. To be called before any of them does. */
export function heedLastCounts(): void {
  cluster.on("message", (worker, message: unknown) => {
    if (isLastWord(message)) sums.noteLast(worker.id, message.metrics);
  });
}

/** What the workers of this supervisor measured, put together: see {@link createWorkerSums}. Of those that do not answer in time the counts of their last answer. */
export async function metricsOfWorkers(): Promise<string> {
  const asked = ++lastAsked;
  await Promise.all(workers().map(async (worker) => {
    const measured = await ask(worker, asked);
    if (measured !== null) sums.note(worker.id, asked, measured);
  }));
  return sums.text(asked, workers().map(({ id }) => id));
}

const sums = createWorkerSums(Math.round(Date.now() / 1000 - process.uptime()));
let lastAsked = 0;

const workers = (): Worker[] => Object.values(cluster.workers ?? {}).flatMap((worker) => (worker?.isConnected() === true ? [worker] : []));

async function ask(worker: Worker, id: number): Promise<readonly Measurement[] | null> {
  const over = new AbortController();
  const { promise, resolve } = Promise.withResolvers<readonly Measurement[] | null>();
  const listen = (message: unknown): void => {
    if (isAnswer(message) && message.id === id) resolve(message.metrics);
  };
  worker.on("message", listen);
  try {
    // It may be dying meanwhile.
    worker.send({ kind: "metrics?", id } satisfies Question, (error: Error | null) => void (error !== null && resolve(null)));
    return await Promise.race([promise, setTimeout(longestMs, null, { signal: over.signal })]);
  } finally {
    over.abort();
    worker.off("message", listen);
  }
}

const isQuestion = (message: unknown): message is Question => (message as Partial<Question> | null)?.kind === "metrics?";
const isLastWord = (message: unknown): message is LastWord => (message as Partial<LastWord> | null)?.kind === "last metrics";
const isAnswer = (message: unknown): message is Answer => (message as Partial<Answer> | null)?.kind === "metrics";
