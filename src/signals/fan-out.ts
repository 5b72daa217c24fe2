import { asIdentifier, type ClientId, newIdentifier, type Subject } from "../identifiers.ts";
import type { AnnouncedEvent, Audience } from "../people/index.ts";
import { sectorOf } from "../relying-parties/index.ts";
import { appendReceipt, type Storage, toDate, toSeconds, type Transaction } from "../storage/index.ts";
import { eventMessage } from "./event-tokens.ts";
import { eventTypes } from "./event-types.ts";
import { type Destination, enqueue } from "./outbox.ts";

/** What is announced of one person, as it is read from its table. */
export interface Announcement extends AnnouncedEvent {
  readonly personId: string;
  readonly at: number;
  readonly audience: Audience;
}

/** A relying party as far as it is told of people. */
export interface Listener {
  readonly clientId: ClientId;
  /** Host of its redirect URIs. */
  readonly sector: string;
  readonly hearsLogout: boolean;
  readonly streams: readonly {
    readonly id: string;
    /** Event types; null: all. */
    readonly events: readonly string[] | null;
    /** Pseudonyms of whom it does not want to hear. */
    readonly excluded: ReadonlySet<string>;
  }[];
}

/** Relying parties that announcements go to in one transaction, counted anew for each: whoever signs in meanwhile waits for it. */
const mostTold = 100;

/**
 * Moves up to `maximum` announcements into the queues of those who are to hear them, in one transaction:
 * none is lost or doubled by a crash, and two processes that do it at once share them out. What cannot be
 * read, an announcement or a relying party, is left out, and on record: it must not hold up all others.
 * @returns how many were moved: fewer where many are to hear them, none when there is none
 */
export async function fanOut(storage: Storage, issuer: string, maximum: number): Promise<number> {
  if ((await storage.read.announcement.findFirst({ select: { sequence: true } })) === null) return 0;
  return storage.transaction(async (transaction) => {
    const { data } = transaction;
    const first = await data.announcement.findMany({ orderBy: { sequence: "asc" }, take: maximum });
    const read = beginning(first.map((row) => ({ row, announcement: announcementFrom(row) })), first.length === maximum);
    const rows = read.map(({ row }) => row);
    const announcements = read.flatMap(({ announcement }) => announcement ?? []);
    const { listeners, unreadable } = await listenersAmong(transaction, announcements);
    const at = toSeconds(rows.at(-1)?.at ?? toDate(0));
    for (const { row, announcement } of read) if (announcement === null) await appendReceipt(data, { kind: "announcement_unreadable", at, personId: null, detail: { announcement: row.id } });
    for (const client of unreadable) await appendReceipt(data, { kind: "receiver_unreadable", at, personId: null, detail: { client } });
    for (const together of sameTime(announcements)) await enqueue(transaction, together.at, messagesFor(together.announcements, listeners, issuer));
    await data.announcement.deleteMany({ where: { sequence: { in: rows.map(({ sequence }) => sequence) } } });
    return rows.length;
  });
}

interface Read {
  readonly row: { readonly personId: string; readonly at: Date };
  readonly announcement: Announcement | null;
}

/** As many of them as go together: what happened to a person at one time is not parted, one `txn` stands for it. */
function beginning<Each extends Read>(read: readonly Each[], mayBeParted: boolean): readonly Each[] {
  let [told, end] = [0, 0];
  for (const [index, { row, announcement }] of read.entries()) {
    told += announcement?.audience.clients.length ?? 0;
    if (told > mostTold && end > 0) break;
    const next = read[index + 1]?.row;
    if (next === undefined ? !mayBeParted : next.personId !== row.personId || next.at.getTime() !== row.at.getTime()) end = index + 1;
  }
  return end === 0 ? read : read.slice(0, end);
}

/** Who is told what, in the order in which it was announced. Relying parties that are gone are told nothing. */
export function messagesFor(announcements: readonly Announcement[], listeners: ReadonlyMap<ClientId, Listener>, issuer: string): Destination[] {
  // One for each relying party: by a common one two of them could compare a person.
  const transactions = new Map<string, string>();
  return announcements.flatMap(({ personId, at, audience, initiator, event }) =>
    audience.clients.flatMap((clientId): Destination[] => {
      const listener = listeners.get(clientId);
      const subject = listener === undefined ? undefined : audience.subjects[listener.sector];
      if (listener === undefined || subject === undefined) return [];
      const occurrence = `${personId} ${at} ${clientId}`;
      const transaction = transactions.get(occurrence) ?? newIdentifier();
      transactions.set(occurrence, transaction);
      const told = listener.streams.filter(({ events, excluded }) => (events === null || events.includes(eventTypes[event.kind])) && !excluded.has(subject));
      const message = eventMessage({ initiator, event }, { issuer, subject, at, transaction });
      return [
        ...(event.kind === "sessions_ended" && listener.hearsLogout ? [{ clientId, streamId: null, message: { kind: "logout", subject, sid: null } } as const] : []),
        ...told.map(({ id }) => ({ clientId, streamId: id, message })),
      ];
    }),
  );
}

/** Null where it is none. */
function announcementFrom({ personId, at, event, audience }: { readonly personId: string; readonly at: Date; readonly event: string; readonly audience: string }): Announcement | null {
  return orNull(() => {
    const announced = JSON.parse(event) as AnnouncedEvent;
    const { clients, subjects } = JSON.parse(audience) as Audience;
    const isOne = announced.event.kind in eventTypes && Array.isArray(clients) && typeof subjects === "object" && subjects !== null;
    return isOne ? { ...announced, personId, at: toSeconds(at), audience: { clients, subjects } } : null;
  });
}

function orNull<Value>(read: () => Value | null): Value | null {
  try {
    return read();
  } catch {
    return null;
  }
}

async function listenersAmong({ data }: Transaction, announcements: readonly Announcement[]): Promise<{ readonly listeners: Map<ClientId, Listener>; readonly unreadable: ClientId[] }> {
  const people = [...new Set(announcements.map(({ personId }) => personId))];
  // A disabled stream is told nothing; a paused one keeps what it is to hear (SSF 1.0 8.1.2).
  const rows = await data.relyingParty.findMany({
    where: { clientId: { in: [...new Set(announcements.flatMap(({ audience }) => audience.clients))] } },
    select: { clientId: true, metadata: true, streams: { where: { status: { not: "disabled" } }, select: { id: true, eventsRequested: true, excluded: { where: { pseudonym: { personId: { in: people } } }, select: { subject: true } } } } },
  });
  const read = rows.map((row) => ({ clientId: asIdentifier<ClientId>(row.clientId), listener: orNull(() => listenerFrom(row)) }));
  return {
    listeners: new Map(read.flatMap(({ clientId, listener }) => (listener === null ? [] : [[clientId, listener] as const]))),
    unreadable: read.flatMap(({ clientId, listener }) => (listener === null ? [clientId] : [])),
  };
}

interface ListenerRow {
  readonly clientId: string;
  readonly metadata: string;
  readonly streams: readonly { readonly id: string; readonly eventsRequested: string | null; readonly excluded: readonly { readonly subject: string }[] }[];
}

/** @throws where the row is not as it is written. */
function listenerFrom(row: ListenerRow): Listener {
  const metadata = JSON.parse(row.metadata) as { readonly redirect_uris: readonly string[]; readonly backchannel_logout_uri?: string };
  const streams = row.streams.map(({ id, eventsRequested, excluded }) => ({
    id,
    events: eventsRequested === null ? null : (JSON.parse(eventsRequested) as readonly string[]),
    excluded: new Set(excluded.map(({ subject }) => asIdentifier<Subject>(subject))),
  }));
  return { clientId: asIdentifier<ClientId>(row.clientId), sector: sectorOf(metadata.redirect_uris), hearsLogout: metadata.backchannel_logout_uri !== undefined, streams };
}

/** Neighbours that happened in the same second. */
function sameTime(announcements: readonly Announcement[]): { readonly at: number; readonly announcements: Announcement[] }[] {
  const groups: { readonly at: number; readonly announcements: Announcement[] }[] = [];
  for (const announcement of announcements) {
    const last = groups.at(-1);
    if (last?.at === announcement.at) last.announcements.push(announcement);
    else groups.push({ at: announcement.at, announcements: [announcement] });
  }
  return groups;
}
