import type { ClientId, Subject } from "../identifiers.ts";
import type { Storage } from "../storage/index.ts";
import { enqueue } from "./outbox.ts";

/** Has a relying party told that somebody signed out: of one session, or, without `sid`, of all of them there. */
export async function tellSignedOut(storage: Storage, { clientId, subject, sid }: { readonly clientId: ClientId; readonly subject: Subject; readonly sid: string | null }, now: number): Promise<void> {
  await storage.transaction((transaction) => enqueue(transaction, now, [{ clientId, streamId: null, message: { kind: "logout", subject, sid } }]));
}
