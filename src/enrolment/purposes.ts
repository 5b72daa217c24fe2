import type { Purpose } from "../jpki/index.ts";
import type { PersonRecord, Presentation } from "../people/index.ts";
import type { TransactionFrame } from "./transaction.ts";

type Asked = Pick<Presentation, "mayBeNew" | "despiteHold" | "admits" | "bringsBack"> & {
  readonly needsSession: boolean;
  /** Whether the issuer is asked which certificate an unknown one replaces. */
  readonly asksIssuer: boolean;
};

const signedIn: Asked = {
  // A stranger's certificate is another person's than the one who is signed in.
  mayBeNew: true, despiteHold: "never", admits: [], bringsBack: false, needsSession: true, asksIssuer: true,
};

/** What each purpose asks of the person who proves, beside the proof itself. */
export const purposes: Readonly<Record<Purpose, Asked>> = {
  enrol: { mayBeNew: true, despiteHold: "never", admits: ["ended"], bringsBack: true, needsSession: false, asksIssuer: true },
  // The way back of whoever was pushed out by a certificate that is not theirs.
  recover: { mayBeNew: false, despiteHold: "liftable", admits: ["superseded", "ended"], bringsBack: true, needsSession: false, asksIssuer: true },
  renew: { mayBeNew: false, despiteHold: "never", admits: [], bringsBack: false, needsSession: false, asksIssuer: true },
  // Whoever is on hold already may say so again. Nothing that is not needed may stand in the way.
  hold: { mayBeNew: false, despiteHold: "always", admits: ["superseded", "ended"], bringsBack: false, needsSession: false, asksIssuer: false },
  release: { mayBeNew: false, despiteHold: "liftable", admits: [], bringsBack: false, needsSession: false, asksIssuer: true },
  "step-up": signedIn,
  attributes: signedIn,
};

/** Whether a purpose is for whoever is signed in in the browser that opens the transaction. */
export const needsSession = (purpose: Purpose): boolean => purposes[purpose].needsSession;

/** Whether a proof of this purpose counts for a person on hold. */
export function admitsHeld(purpose: Purpose, person: Extract<PersonRecord, { state: "held" }>): boolean {
  const { despiteHold } = purposes[purpose];
  return despiteHold === "always" || (despiteHold === "liftable" && person.liftedBy === "signature");
}

/** For whom and for what the certificate of a transaction is presented. */
export function presentationOf({ purpose, expected, presented }: Pick<TransactionFrame, "purpose" | "expected" | "presented">, now: number): Presentation {
  const { mayBeNew, despiteHold, admits, bringsBack } = purposes[purpose];
  return {
    expected, mayBeNew, despiteHold, admits, bringsBack,
    earlier: presented === null ? null : { evidenceId: presented, continuity: "presented_together" },
    reviewedBy: purpose === "recover" ? now : null,
  };
}
