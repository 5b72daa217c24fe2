import type { ReceiptKeyTime } from "./receipt-signing.ts";

/** Seconds after a key was made in which the one before it may still sign: each bridge takes it up within a minute, and clocks differ. */
const changeover = 3600;

/**
 * Whether a key could still sign then: its signature counts for ever, but only on what it signed in its time.
 * Asked for the records in the order in which they stand, so that a time that is put earlier does not help: once
 * a key has signed after its changeover, those before it sign no more.
 * @param keys the oldest first. Those that do not say when they were made, as in version 0.2.0, end nothing.
 */
export function createKeyTerms(keys: readonly ReceiptKeyTime[]): (keyId: string, at: number) => boolean {
  const isAlone = ({ madeAt }: ReceiptKeyTime, at: number): boolean => madeAt !== null && at > madeAt + changeover;
  let firstInTerm = 0;
  return (keyId, at) => {
    const place = keys.findIndex(({ id }) => id === keyId);
    const key = keys[place];
    if (key === undefined || place < firstInTerm || keys.slice(place + 1).some((later) => isAlone(later, at))) return false;
    if (isAlone(key, at)) firstInTerm = place;
    return true;
  };
}
