import { setImmediate } from "node:timers/promises";
import { Refusal } from "../errors.ts";
import type { ClientId } from "../identifiers.ts";
import { appendReceipt, type Storage } from "../storage/index.ts";

/** Rows that are deleted in one transaction, so that nobody waits long for the database. */
const pieceSize = 500;

/**
 * Removes a relying party; what people agreed to, and everything it was given, ends with it: at once, as nothing
 * of a client counts that is not registered. It is deleted afterwards, and where that was interrupted when it is
 * asked for again, or before somebody else gets the client id. Only where much waits for it in its streams that
 * goes before: interrupted there it is still registered, and its streams are disabled.
 * @throws Refusal `not_found`.
 */
export async function removeRelyingParty(storage: Storage, clientId: ClientId, now: number): Promise<void> {
  await thinOutStreams(storage, clientId);
  const wasRegistered = await storage.transaction(async ({ data }) => {
    const { count } = await data.relyingParty.deleteMany({ where: { clientId } });
    if (count > 0) await appendReceipt(data, { kind: "relying_party_removed", at: now, personId: null, detail: { client: clientId } });
    return count > 0;
  });
  const hadRemains = await clearRemains(storage, clientId);
  if (!wasRegistered && !hadRemains) throw new Refusal("not_found", `no relying party ${clientId}`);
}

/** Deletes in pieces what is there of a client that is not registered. @returns whether there was anything. */
export async function clearRemains(storage: Storage, clientId: ClientId): Promise<boolean> {
  for (let found = false; ; found = true) {
    const deleted = await storage.transaction(async ({ data, artifacts }) => {
      const registered = await data.relyingParty.findUnique({ where: { clientId }, select: { clientId: true } });
      if (registered !== null) return 0;
      const agreed = await data.consent.findMany({ where: { clientId }, select: { personId: true }, take: pieceSize });
      await data.consent.deleteMany({ where: { clientId, personId: { in: agreed.map(({ personId }) => personId) } } });
      return agreed.length + (await artifacts.removeByClient(clientId, pieceSize));
    });
    if (deleted === 0) return found;
    // The database's client never leaves the event loop to others by itself.
    await setImmediate();
  }
}

/**
 * The streams of a relying party go with its row, and with them what waits in them and whom they leave out, in one
 * statement. Of each no more than one piece is left to it.
 */
async function thinOutStreams(storage: Storage, clientId: ClientId): Promise<void> {
  const { read } = storage;
  await whileFull(
    () => read.outboxEntry.findMany({ where: { clientId }, select: { sequence: true }, take: pieceSize }),
    async (entries) => storage.transaction(async ({ data }) => {
      // Nobody is to take a part for all.
      await data.signalStream.updateMany({ where: { clientId }, data: { status: "disabled", statusReason: "removed" } });
      await data.outboxEntry.deleteMany({ where: { sequence: { in: entries.map(({ sequence }) => sequence) } } });
    }),
  );
  for (const { id: streamId } of await read.signalStream.findMany({ where: { clientId }, select: { id: true } })) {
    await whileFull(
      () => read.signalExclusion.findMany({ where: { streamId }, select: { subject: true }, take: pieceSize }),
      async (excluded) => storage.transaction(async ({ data }) => {
        await data.signalStream.updateMany({ where: { id: streamId }, data: { status: "disabled", statusReason: "removed" } });
        await data.signalExclusion.deleteMany({ where: { streamId, subject: { in: excluded.map(({ subject }) => subject) } } });
      }),
    );
  }
}

async function whileFull<Row>(find: () => PromiseLike<readonly Row[]>, remove: (rows: readonly Row[]) => Promise<unknown>): Promise<void> {
  for (let rows = await find(); rows.length === pieceSize; rows = await find()) {
    await remove(rows);
    await setImmediate();
  }
}
