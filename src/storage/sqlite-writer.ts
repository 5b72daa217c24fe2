import type { KeyObject } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { SqlValue } from "./artifacts.ts";
import type { OwnReceiptSigner } from "./receipt-signing.ts";

/** One statement to be written. */
export interface Write {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** What became of one: how many rows it changed, once that is on disk; or why it did not happen. */
export type Written = { readonly changes: number } | { readonly error: Error };

/** The same as the thread says it: with the code of SQLite's error, by which an outage is known. */
export type Answer = { readonly changes: number } | { readonly message: string; readonly code: string | undefined };

/** What the thread is told. */
export type WriterMessage =
  | { readonly kind: "write"; readonly writes: readonly Write[] }
  | { readonly kind: "receipt key"; readonly id: string; readonly key: KeyObject }
  | { readonly kind: "close" };

/**
 * Commits in a thread of its own, on a connection of its own: a commit waits for the disk, and the event
 * loop must not wait with it. The thread starts with the first write.
 */
export class SqliteWriter {
  readonly #file: string;
  readonly #signer: OwnReceiptSigner;
  #thread: Worker | null = null;
  #receiptKey: string | null = null;

  constructor(file: string, signer: OwnReceiptSigner) {
    this.#file = file;
    this.#signer = signer;
  }

  /**
   * All in one transaction; one that fails does not take the others with it. Asked once at a time.
   * @throws when the thread ended: what became of the writes is not known.
   */
  async commit(writes: readonly Write[]): Promise<readonly Written[]> {
    this.#thread ??= this.#start();
    const thread = this.#thread;
    this.#tellReceiptKey(thread);
    thread.ref();
    try {
      const answers = await answerOf(thread, { kind: "write", writes });
      return answers.map((answer) => ("changes" in answer ? answer : { error: Object.assign(new Error(answer.message), { code: answer.code }) }));
    } finally {
      thread.unref();
    }
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    if (thread === null) return;
    const ended = new Promise((resolve) => thread.once("exit", resolve));
    thread.ref();
    thread.postMessage({ kind: "close" } satisfies WriterMessage, []);
    await ended;
  }

  #start(): Worker {
    // Of the options of the process none is about this thread, and some it could not start with.
    const thread = new Worker(new URL("./sqlite-writer-thread.ts", import.meta.url), { workerData: this.#file, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } });
    thread.once("exit", () => {
      this.#thread = null;
      this.#receiptKey = null;
    });
    // Told to whoever waits for an answer; without a listener it would end the process.
    thread.on("error", () => undefined);
    return thread;
  }

  #tellReceiptKey(thread: Worker): void {
    const { keyId, key } = this.#signer;
    if (this.#receiptKey === keyId) return;
    thread.postMessage({ kind: "receipt key", id: keyId, key } satisfies WriterMessage, []);
    this.#receiptKey = keyId;
  }
}

function answerOf(thread: Worker, message: WriterMessage): Promise<readonly Answer[]> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      thread.off("message", answered).off("error", failed).off("exit", gone);
    };
    const answered = (answers: readonly Answer[]): void => {
      settle();
      resolve(answers);
    };
    const failed = (error: unknown): void => {
      settle();
      reject(error);
    };
    const gone = (): void => failed(new Error("the thread that writes to the database ended"));
    thread.on("message", answered).on("error", failed).on("exit", gone);
    thread.postMessage(message, []);
  });
}
