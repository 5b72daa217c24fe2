import type { OutboxEntry } from "./outbox.ts";

/** Seconds after which what could not be delivered is given up: half of what a receiver takes an event for current. */
export const longestWait = 7 * 24 * 60 * 60;
/** Attempts after which a token that the receiver itself refuses is given up: its keys may only have been old. */
export const mostRefusals = 8;
/**
 * Seconds after which a logout is given up: the longest session of this bridge. What a relying party began
 * longer ago than that it asked this bridge about again.
 */
export const longestLogoutWait = 12 * 60 * 60;
/** Seconds between attempts, at most. */
const longestPause = 5 * 60;

/** Until when, and from when on, the time of the next attempt says that it is due: one further ahead than any pause is of a clock that was ahead. */
export const dueTimes = (now: number) => ({ until: now, beyond: now + longestPause });
export const isDue = (nextAttemptAt: number, now: number): boolean => nextAttemptAt <= now || nextAttemptAt > now + longestPause;

/** What becomes of an entry after an attempt that failed. */
export interface AfterFailure {
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly lastError: string;
  /** Null: it is tried again. */
  readonly diedAt: number | null;
}

/**
 * The pauses double from one second to five minutes, each drawn by `random` (0 to 1) from its upper half,
 * so that those who were refused together do not come back together. An outage is waited out; a token
 * that its receiver refuses is given up, so that others get past it.
 */
export function afterFailure(entry: Pick<OutboxEntry, "attempts" | "at" | "queuedAt" | "streamId">, failure: { readonly refused: boolean; readonly code: string }, now: number, random: number): AfterFailure {
  const attempts = entry.attempts + 1;
  const pause = Math.min(longestPause, 2 ** Math.min(attempts - 1, 30));
  const isOld = entry.streamId === null ? now - entry.at >= longestLogoutWait : now - entry.queuedAt >= longestWait;
  const isOver = isOld || (failure.refused && attempts >= mostRefusals);
  return { attempts, nextAttemptAt: now + Math.max(1, Math.round(pause * (0.5 + random / 2))), lastError: failure.code, diedAt: isOver ? now : null };
}
