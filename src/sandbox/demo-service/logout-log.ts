/** One back-channel logout as it was answered. No subject: every visitor of the demo sees this list. */
export interface LogoutEntry {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly outcome: { readonly accepted: true; readonly endedSessions: number } | { readonly accepted: false; readonly at: string };
}

const capacity = 20;

/** The last logouts that the provider sent, newest first. */
export class LogoutLog {
  #entries: readonly LogoutEntry[] = [];

  add(entry: LogoutEntry): void {
    this.#entries = [entry, ...this.#entries].slice(0, capacity);
  }

  get entries(): readonly LogoutEntry[] {
    return this.#entries;
  }
}
