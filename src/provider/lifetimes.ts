/** Seconds an ID token is valid: the longest-lived of the tokens that the provider signs. */
export const idTokenLife = 3600;

/** Seconds after which a session ends in any case. So long an ID token may come back as the hint of a sign-out. */
export const longestSession = 12 * 60 * 60;
