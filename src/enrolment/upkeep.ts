import { removeAbandonedPasskeys } from "../people/index.ts";
import type { Storage } from "../storage/index.ts";
import { transactionLife } from "./transaction.ts";

/** Removes the passkeys whose transaction ran out before they were confirmed. */
export async function sweepEnrolments(storage: Storage, now: number): Promise<void> {
  await removeAbandonedPasskeys(storage, now - transactionLife, now);
}
