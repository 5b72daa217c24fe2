import { accept, refuse, Refusal, type Verdict } from "../errors.ts";
import { type Storage, toDate } from "../storage/index.ts";
import { streamEventTypes } from "./event-types.ts";
import { enqueue } from "./outbox.ts";
import { verificationInterval } from "./stream-configuration.ts";
import type { Stream } from "./stream-records.ts";

/** What the receiver wants to see again in the event; null for nothing. Refuses with `invalid_request`. */
export function stateFrom({ state = null }: Readonly<Record<string, unknown>>): Verdict<string | null> {
  if (state === null || (typeof state === "string" && state.length <= 1000 && state.isWellFormed())) return accept(state);
  return refuse("invalid_request", "state: text of at most 1000 characters");
}

/**
 * Puts a verification event into the stream (SSF 1.0 8.1.4.2), behind all that waits there. It takes the
 * place of one that still waits: of those that nobody fetches there is one.
 * @throws Refusal `rate_limited` within `min_verification_interval`; `operation_not_possible` where the stream is disabled.
 */
export async function requestVerification(storage: Storage, { id, clientId }: Stream, state: string | null, now: number): Promise<void> {
  await storage.transaction(async (transaction) => {
    const { data } = transaction;
    const isDue = { OR: [{ verificationAt: null }, { verificationAt: { lte: toDate(now - verificationInterval) } }, { verificationAt: { gt: toDate(now) } }] };
    const { count } = await data.signalStream.updateMany({ where: { id, clientId, status: { not: "disabled" }, ...isDue }, data: { verificationAt: toDate(now) } });
    if (count === 0) throw await whyNot(data.signalStream.findUnique({ where: { id }, select: { status: true } }));
    const before = await data.signalStream.findUnique({ where: { id }, select: { verificationJti: true } });
    await data.outboxEntry.deleteMany({ where: { jti: before?.verificationJti ?? "", diedAt: null } });
    const [jti = null] = await enqueue(transaction, now, [{ clientId, streamId: id, message: { kind: "event", subject: { format: "opaque", id }, type: streamEventTypes.verification, members: state === null ? {} : { state }, transaction: null } }]);
    await data.signalStream.update({ where: { id }, data: { verificationJti: jti } });
  });
}

async function whyNot(found: PromiseLike<{ readonly status: string } | null>): Promise<Refusal> {
  const stream = await found;
  if (stream === null) return new Refusal("not_found", "removed meanwhile");
  return stream.status === "disabled" ? new Refusal("operation_not_possible", "the stream is disabled") : new Refusal("rate_limited", "min_verification_interval", verificationInterval);
}
