/** Seconds since the epoch in the code, dates in the database. */

export const toDate = (seconds: number): Date => new Date(seconds * 1000);
/** A date as the data model's client writes it. */
export const asStored = (date: Date): string => date.toISOString().replace("Z", "+00:00");
export const toSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
