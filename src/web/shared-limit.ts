import { Refusal } from "../errors.ts";
import type { Clock } from "../clock.ts";
import { lasts, type RateCounters } from "../storage/index.ts";

export interface SharedLimitSettings {
  /** Tells limits apart in the shared table. */
  readonly name: string;
  /** Points in a window, of all processes together. */
  readonly limit: number;
  /** Seconds. */
  readonly window: number;
  /**
   * How many points of each key a process lets through without asking the database, and afterwards fetches
   * from it at a time. 0: one conditional update for each. What it buys and what it costs: {@link SharedLimit}.
   */
  readonly unshared: number;
}

interface Counted {
  until: number;
  /** What may still be let through without asking. */
  left: number;
  /** The database had none left: until the window ends nothing is asked. */
  isOver: boolean;
  /** Points on their way from the database: whoever comes meanwhile waits for them. */
  fetching: Promise<boolean> | null;
}

/** Keys of one window in one process. */
const mostKeys = 200_000;

/**
 * A limit that processes on one database share. Of each key a process lets the first `unshared` points of a
 * window through by itself, so that what stays far from its limit costs no statement; then it fetches as many
 * at a time by a conditional update, and single ones near the end. A process alone lets through exactly
 * `limit` in a window; n together never more than `limit + 2 * (n - 1) * unshared`, as their windows may begin
 * at different times. Nor does one refuse while more than `(n - 1) * unshared` are left, fetched by others and not used.
 */
export class SharedLimit {
  readonly #counters: RateCounters;
  readonly #clock: Clock;
  readonly #settings: SharedLimitSettings;
  #counted = new Map<string, Counted>();
  #forgetAt = 0;

  constructor(counters: RateCounters, clock: Clock, settings: SharedLimitSettings) {
    this.#counters = counters;
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Takes one point. @throws Refusal `rate_limited` (or the code given) with the seconds until the window ends. */
  async consume(key: string, code: "rate_limited" | "service_unavailable" = "rate_limited"): Promise<void> {
    const now = this.#clock();
    const counted = this.#of(key, now);
    while (counted.left === 0) {
      if (counted.isOver || !(await this.#fetchOnce(key, counted, now))) throw new Refusal(code, `limit ${this.#settings.name}`, Math.max(1, counted.until - now));
    }
    counted.left -= 1;
  }

  /** Gives back a point that was taken and not used. */
  async giveBack(key: string): Promise<void> {
    const now = this.#clock();
    if (this.#settings.unshared === 0) await this.#counters.giveBack(this.#rowOf(key), 1, now);
    else {
      const counted = this.#of(key, now);
      counted.left = Math.min(counted.left + 1, this.#settings.limit);
    }
  }

  #of(key: string, now: number): Counted {
    this.#forget(now);
    const known = this.#counted.get(key);
    if (known !== undefined && lasts(known.until, now, this.#settings.window)) return known;
    if (known === undefined && this.#counted.size >= mostKeys) this.#forgetOldest();
    const begun = { until: now + this.#settings.window, left: Math.min(this.#settings.unshared, this.#settings.limit), isOver: false, fetching: null };
    this.#counted.set(key, begun);
    return begun;
  }

  #fetchOnce(key: string, counted: Counted, now: number): Promise<boolean> {
    counted.fetching ??= this.#fetch(key, counted, now).finally(() => (counted.fetching = null));
    return counted.fetching;
  }

  /** Takes the next points from the database; false when there are none. */
  async #fetch(key: string, counted: Counted, now: number): Promise<boolean> {
    const { limit, unshared, window: seconds } = this.#settings;
    const row = this.#rowOf(key);
    for (const points of unshared > 1 ? [unshared, 1] : [1]) {
      if (!(await this.#counters.take(row, points, limit - unshared, { now, until: counted.until, seconds }))) continue;
      counted.left += points;
      return true;
    }
    const window = await this.#counters.find(row, { now, seconds });
    if (window !== null) counted.until = window.expiresAt;
    // Where each is asked for, one may be given back at any time.
    counted.isOver = unshared > 0;
    return false;
  }

  #rowOf(key: string): string {
    return `${this.#settings.name} ${key}`;
  }

  /**
   * Makes place: who has so many networks shuts nobody else out. A key that comes back has what is let through
   * unasked once more, and the database goes on counting the rest.
   */
  #forgetOldest(): void {
    const oldest = [...this.#counted.keys()].slice(0, mostKeys / 10);
    for (const key of oldest) this.#counted.delete(key);
  }

  /** Drops what is over, once a window. */
  #forget(now: number): void {
    if (lasts(this.#forgetAt, now, this.#settings.window)) return;
    this.#forgetAt = now + this.#settings.window;
    this.#counted = new Map([...this.#counted].filter(([, { until }]) => lasts(until, now, this.#settings.window)));
  }
}
