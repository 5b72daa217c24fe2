import type { EvidenceId } from "../identifiers.ts";
import { toDate, type Transaction } from "../storage/index.ts";
import { end, revoke, type Source, startsFrom } from "./lifecycle-states.ts";
import type { EvidenceEnd, PasskeyRecord } from "./records.ts";

/** Revokes passkeys for good; those that already are stay so. Receipt and sessions are the caller's. */
export async function revokePasskeys({ data }: Transaction, passkeys: readonly PasskeyRecord[]): Promise<void> {
  for (const passkey of passkeys) {
    if (startsFrom("passkey", "revoke", passkey)) await data.passkey.update({ where: { id: passkey.id }, data: { state: revoke(passkey) } });
  }
}

/** Evidence speaks for its person no more, by the person's own word. Receipt and sessions are the caller's. */
export async function endEvidence({ data }: Transaction, from: { readonly id: EvidenceId; readonly state: Source<"evidence", "end"> }, at: number, reason: EvidenceEnd["reason"]): Promise<void> {
  const ended = end(from, at, reason);
  await data.evidence.update({ where: { id: from.id }, data: { endedAt: toDate(ended.at), endReason: ended.reason } });
}
