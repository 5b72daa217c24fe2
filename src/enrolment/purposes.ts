import type { Purpose } from "../jpki/index.ts";
import type { PersonRecord, Presentation } from "../people/index.ts";
import type { TransactionFrame } from "./transaction.ts";

/** What each purpose asks of the person who proves, beside the proof itself. */
export const purposes: Readonly<Record<Purpose, { readonly mayBeNew: boolean; readonly despiteHold: Presentation["despiteHold"]; readonly needsSession: boolean }>> = {
  enrol: { mayBeNew: true, despiteHold: "never", needsSession: false },
  recover: { mayBeNew: false, despiteHold: "liftable", needsSession: false },
  renew: { mayBeNew: false, despiteHold: "never", needsSession: false },
  // Whoever is on hold already may say so again.
  hold: { mayBeNew: false, despiteHold: "always", needsSession: false },
  release: { mayBeNew: false, despiteHold: "liftable", needsSession: false },
  // A stranger's certificate is another person's than the one who is signed in.
  "step-up": { mayBeNew: true, despiteHold: "never", needsSession: true },
  attributes: { mayBeNew: true, despiteHold: "never", needsSession: true },
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
  const { mayBeNew, despiteHold } = purposes[purpose];
  return {
    expected, mayBeNew, despiteHold,
    earlier: presented === null ? null : { evidenceId: presented, continuity: "presented_together" },
    reviewedBy: purpose === "recover" ? now : null,
  };
}
