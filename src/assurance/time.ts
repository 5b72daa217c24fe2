/** What two nodes' clocks may differ by. A fact from further ahead is not believed. */
const clockSkew = 60;

/** Seconds from `at` to `now`, at least 0; `null` when `at` lies in the future or is not a time at all. */
export function secondsSince(at: number, now: number): number | null {
  const age = now - at;
  return age >= -clockSkew ? Math.max(0, age) : null;
}
