/** Seconds since the epoch in the code, dates in the database. */

export const toDate = (seconds: number): Date => new Date(seconds * 1000);
/** A date as the data model's client writes it. */
export const asStored = (date: Date): string => date.toISOString().replace("Z", "+00:00");
export const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** Seconds by which the clocks of processes that share a database may differ. */
const clockSkew = 60;

/**
 * Whether something that lasts so many seconds at most, and by its row until then, still does. One that
 * would last longer was begun by a clock that was ahead, and counts as over.
 */
export const lasts = (until: number, now: number, seconds: number): boolean => until > now && until <= latestEnd(now, seconds);

/** When something that lasts so many seconds ends at the latest, begun by whichever of the clocks. */
export const latestEnd = (now: number, seconds: number): number => now + seconds + clockSkew;
