/** Seconds since the epoch, handed in wherever a decision depends on time. */
export type Clock = () => number;

/** The machine's clock, in whole seconds. */
export const systemClock: Clock = () => Math.floor(Date.now() / 1000);
