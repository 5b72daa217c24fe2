/** Remembers what was used until it would be refused as too old anyway. Bounded: when full, nothing new is let in. */
export class ReplayGuard {
  readonly #used = new Map<string, number>();
  readonly #capacity: number;

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  /** Whether `id` is used for the first time. `until` and `now` are seconds since the epoch. */
  firstUse(id: string, until: number, now: number): boolean {
    if ((this.#used.get(id) ?? 0) > now) return false;
    if (this.#used.size >= this.#capacity) this.#sweep(now);
    if (this.#used.size >= this.#capacity) return false;
    this.#used.set(id, until);
    return true;
  }

  #sweep(now: number): void {
    for (const [id, until] of this.#used) if (until <= now) this.#used.delete(id);
  }
}
