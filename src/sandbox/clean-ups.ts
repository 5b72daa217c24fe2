/** What was started and made, to be ended the last first: when all is done, or when the next start fails. */
export class CleanUps {
  readonly #works: (() => unknown)[] = [];

  add(work: () => unknown): void {
    this.#works.push(work);
  }

  async run(): Promise<void> {
    for (const work of this.#works.splice(0).toReversed()) await work();
  }
}
