import type { ClientId, Subject } from "../identifiers.ts";
import type { Storage } from "../storage/index.ts";
import { enqueue } from "./outbox.ts";

/** Requests that end one session at the same time do not lie further apart. */
const toldFor = 15 * 60;

/** Has a relying party told that somebody signed out: of one session, once, or, without `sid`, of all of them there. */
export async function tellSignedOut(storage: Storage, { clientId, subject, sid }: { readonly clientId: ClientId; readonly subject: Subject; readonly sid: string | null }, now: number): Promise<void> {
  await storage.transaction(async (transaction) => {
    if (sid !== null && !(await transaction.artifacts.insert("ToldSignedOut", `${clientId}/${sid}`, {}, { expiresAt: now + toldFor }))) return;
    await enqueue(transaction, now, [{ clientId, streamId: null, message: { kind: "logout", subject, sid } }]);
  });
}
