/** Runs tasks one after another, in the order they were asked for; a failed one does not stop the next. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  async run<Value>(task: () => Promise<Value>): Promise<Value> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when every task asked for so far has ended. */
  async settled(): Promise<void> {
    await this.#last;
  }
}
