import { AsyncLocalStorage } from "node:async_hooks";

/**
 * One writer at a time within a process. SQLite has one write lock: a transaction that waits for
 * something while it holds that lock, and a synchronous statement on another connection that waits
 * for the lock, would stop each other and the event loop with them. So writers queue here first.
 */
export class WriteGate {
  #last: Promise<unknown> = Promise.resolve();
  readonly #passing = new AsyncLocalStorage<true>();

  /**
   * Runs `work` after everything that came before it.
   * @throws when asked from within such work: it would wait for itself, and every writer with it.
   */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    this.refuseWithin();
    const turn = this.#last.then(() => this.#passing.run(true, work));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** @throws within work that {@link pass} runs. */
  refuseWithin(): void {
    if (this.#passing.getStore() === true) throw new Error("a write beside the transaction was asked for inside a transaction");
  }
}
