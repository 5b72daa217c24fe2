import { AsyncLocalStorage } from "node:async_hooks";

/** What a writer is told that did not get its turn: an outage, nothing was begun. */
export class NoTurn extends Error {
  override readonly name = "NoTurn";
}

/** How long, in milliseconds, a writer waits for its turn, and how many wait at once. */
export const waitingLimits = { longest: 12_000, most: 10_000 } as const;

/**
 * One writer at a time within a process. SQLite has one write lock: a transaction that waits for
 * something while it holds that lock, and a synchronous statement on another connection that waits
 * for the lock, would stop each other and the event loop with them. So writers queue here first; not for
 * ever: where each fails after some seconds, those behind would wait for the sum of them.
 */
export class WriteGate {
  readonly #limits: { readonly longest: number; readonly most: number };
  readonly #passing = new AsyncLocalStorage<true>();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(limits: { readonly longest: number; readonly most: number } = waitingLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `work` after everything that came before it.
   * @throws NoTurn when too many wait, or its turn does not come in time; an error when asked from within such work: it would wait for itself, and every writer with it.
   */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    this.refuseWithin();
    if (this.#waiting >= this.#limits.most) throw new NoTurn("too many wait to write to the database");
    this.#waiting += 1;
    const before = this.#last;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new NoTurn("the turn to write to the database did not come in time"));
    }, this.#limits.longest);
    const takeTurn = async (): Promise<void> => {
      await before;
      this.#waiting -= 1;
      clearTimeout(timer);
      if (isLate) return;
      try {
        resolve(await this.#passing.run(true, work));
      } catch (error) {
        reject(error);
      }
    };
    this.#last = takeTurn();
    return promise;
  }

  /** Resolves when everything that came before is over. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** @throws within work that {@link pass} runs. */
  refuseWithin(): void {
    if (this.#passing.getStore() === true) throw new Error("a write beside the transaction was asked for inside a transaction");
  }
}
