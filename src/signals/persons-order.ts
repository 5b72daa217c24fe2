import { eventTypes } from "./event-types.ts";
import type { OutboxEntry } from "./outbox.ts";

/**
 * Does something with each entry of a stream, up to `atOnce` at a time: those of one person in their order, and
 * what concerns the order itself with nothing before or after it under way. Once one says `stop` none begins
 * any more; what is under way is waited for.
 * @param work rejects never.
 */
export async function inPersonsOrder(entries: readonly OutboxEntry[], atOnce: number, work: (entry: OutboxEntry) => Promise<"go on" | "stop">): Promise<void> {
  const waiting = [...entries];
  /** By whom they are about. */
  const underWay = new Map<string, Promise<void>>();
  let isStopped = false;
  const begin = (entry: OutboxEntry): void => {
    const about = aboutWhom(entry) ?? "all";
    underWay.set(about, done(about, entry));
  };
  const done = async (about: string, entry: OutboxEntry): Promise<void> => {
    if ((await work(entry)) === "stop") isStopped = true;
    underWay.delete(about);
  };
  for (;;) {
    const index = isStopped || underWay.size >= atOnce ? -1 : nextThatMayGo(waiting, underWay);
    if (index >= 0) for (const entry of waiting.splice(index, 1)) begin(entry);
    else if (underWay.size > 0) await Promise.race(underWay.values());
    else return;
  }
}

/** Whose turn it is, or -1: nobody overtakes themselves, nor anything that all others are in order with. */
function nextThatMayGo(waiting: readonly OutboxEntry[], underWay: ReadonlyMap<string, unknown>): number {
  const isAlone = underWay.has("all");
  for (const [index, entry] of waiting.entries()) {
    const about = aboutWhom(entry);
    if (about === null) return index === 0 && underWay.size === 0 ? 0 : -1;
    if (!isAlone && !underWay.has(about)) return index;
  }
  return -1;
}

/** The person whom an entry is about; null where it is the stream, or somebody who is somebody else afterwards. */
function aboutWhom({ message }: OutboxEntry): string | null {
  if (message.kind === "logout") return `person ${message.subject}`;
  return message.subject.format === "opaque" || message.type === eventTypes.identifier_changed ? null : `person ${message.subject.sub}`;
}
