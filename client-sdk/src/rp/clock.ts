/** Seconds that the clocks of issuer and relying party may differ. */
export const tolerance = 30;

/** Seconds since the epoch. */
export const systemClock = (): number => Date.now() / 1000;
