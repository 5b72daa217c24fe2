import { accept, refuse, type Verdict } from "../errors.ts";
import { asIdentifier, type Subject } from "../identifiers.ts";
import { type Storage, toDate } from "../storage/index.ts";
import type { Stream } from "./stream-records.ts";

/**
 * The pseudonym in a subject identifier: `iss_sub` (RFC 9493 3.2.4) of this issuer, as in the events
 * themselves. Refuses with `invalid_request`.
 */
export function subjectFrom(issuer: string, subject: unknown): Verdict<Subject> {
  const { format, iss, sub }: Readonly<Record<string, unknown>> = { ...Object(subject) };
  if (format !== "iss_sub" || iss !== issuer) return refuse("invalid_request", "subject: format iss_sub, iss this issuer");
  if (typeof sub !== "string" || sub === "" || sub.length > 255) return refuse("invalid_request", "subject.sub: a subject of this issuer");
  return accept(asIdentifier<Subject>(sub));
}

/** Tells of somebody again. Somebody unknown changes nothing, and the receiver is not told which it was (SSF 1.0 9.1). */
export async function addSubject(storage: Storage, { id }: Stream, subject: Subject): Promise<void> {
  await storage.transaction(async ({ data }) => void (await data.signalExclusion.deleteMany({ where: { streamId: id, subject } })));
}

/**
 * Tells no more of somebody on this stream. Only pseudonyms of the receiver's own sector are kept; any
 * other, of another sector or of nobody, changes nothing and is answered alike.
 */
export async function removeSubject(storage: Storage, { id }: Stream, sector: string, subject: Subject, now: number): Promise<void> {
  await storage.transaction(async ({ data }) => {
    const known = await data.pairwiseSubject.findUnique({ where: { subject }, select: { sector: true } });
    if (known?.sector !== sector) return;
    await data.signalExclusion.upsert({ where: { streamId_subject: { streamId: id, subject } }, create: { streamId: id, subject, at: toDate(now) }, update: {} });
  });
}
