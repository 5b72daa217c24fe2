import type { Clock } from "../clock.ts";

/** Seconds by which a clock may be set right without anybody minding. */
const tolerated = 60;

/**
 * Tells a clock that was set wrong, or right again, from time that went by: what ends or is deleted by the
 * clock waits a round then, so that a moment's error cannot end it for ever.
 * @param elapsed seconds of which no setting of the clock adds or takes any.
 * @returns whether the clock went as far as time did since it was last asked.
 */
export function createClockWatch(clock: Clock, elapsed: () => number = () => performance.now() / 1000): () => boolean {
  let offset = clock() - elapsed();
  return () => {
    const before = offset;
    offset = clock() - elapsed();
    return Math.abs(offset - before) <= tolerated;
  };
}
