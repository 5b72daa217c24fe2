import type { Clock } from "../clock.ts";

/** Seconds between two questions for the same answer (RFC 8628 3.5, CIBA 7.3). */
const interval = 5;

/**
 * Notes that a client asked whether somebody has signed in yet. True when it asked for the same thing
 * less than the interval ago; asking too soon counts as asking, so that haste gains nothing. In memory:
 * after a restart every client may ask once.
 */
export function createPolling(clock: Clock): (id: string) => boolean {
  const lastAsked = new Map<string, number>();
  return (id) => {
    const now = clock();
    // In the order in which they were last asked for: what is over stands in front.
    for (const [key, at] of lastAsked) {
      if (now - at < interval) break;
      lastAsked.delete(key);
    }
    // A client's timer may be a little early.
    const tooSoon = now - (lastAsked.get(id) ?? -interval) < interval - 1;
    lastAsked.delete(id);
    lastAsked.set(id, now);
    return tooSoon;
  };
}
