import type { RevocationReason } from "../ca/state.ts";

/** What can be done to a persona's certificate, on the page and over HTTP. */
export const operations = ["revoke", "hold", "release", "reissue", "renew"] as const;
export type Operation = (typeof operations)[number];

export const isOperation = (text: string): text is Operation => (operations as readonly string[]).includes(text);

export type PersonaState = "good" | "on_hold" | "revoked" | "expired" | "forged";

/** Which operations a state allows. A forgery is in nobody's books: nothing can be done to it. */
export const possibleOperations: Readonly<Record<PersonaState, readonly Operation[]>> = {
  good: ["revoke", "hold", "reissue", "renew"],
  on_hold: ["release", "revoke", "reissue"],
  revoked: ["reissue"],
  expired: ["renew", "reissue"],
  forged: [],
};

/** Why the certificate that a new one replaces ends. */
export const replacementReason = {
  reissue: "cessationOfOperation",
  renew: "superseded",
} as const satisfies Readonly<Partial<Record<Operation, RevocationReason>>>;
