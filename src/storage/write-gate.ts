/**
 * One writer at a time within a process. SQLite has one write lock: a transaction that waits for
 * something while it holds that lock, and a synchronous statement on another connection that waits
 * for the lock, would stop each other and the event loop with them. So writers queue here first.
 */
export class WriteGate {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything that came before it. */
  pass<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
