import { setImmediate } from "node:timers/promises";
import { toHex } from "../bytes.ts";
import type { PersonId } from "../identifiers.ts";
import { sha256 } from "../pki/digest.ts";
import { type Reader, type Sealing, type Storage, toDate, type Transaction } from "../storage/index.ts";

/** What a status source answered about somebody. */
export interface StatusAnswer {
  /** DER of an OCSPResponse, or what names a CRL; null when the source gives nothing to keep. */
  readonly answer: Uint8Array | null;
  readonly source: "ocsp" | "crl" | "operator";
  /** When it was asked for, in seconds since the epoch. */
  readonly at: number;
}

const answerContext = (digest: string): string => `status_answer/${digest}`;

/**
 * Keeps an answer, sealed, so that an auditor can replay the verdict that a receipt rests on.
 * @returns the SHA-256 of its octets in hexadecimal, by which receipts name it; null when there is nothing to keep.
 */
export async function keepStatusAnswer({ data }: Transaction, sealing: Sealing, personId: PersonId | null, { answer, source, at }: StatusAnswer): Promise<string | null> {
  if (answer === null) return null;
  const digest = toHex(sha256(answer));
  // A CRL speaks of many: what names it is kept once, and is nobody's.
  const owner = source === "crl" ? null : personId;
  await data.statusAnswer.upsert({
    where: { digest },
    create: { digest, sealedAnswer: sealing.seal(answer, answerContext(digest)), personId: owner, keptAt: toDate(at) },
    update: { keptAt: toDate(at) },
  });
  return digest;
}

/** The octets of a kept answer; null when it was never kept, or is forgotten. */
export async function keptStatusAnswer(read: Reader, sealing: Sealing, digest: string): Promise<Uint8Array | null> {
  const row = await read.statusAnswer.findUnique({ where: { digest } });
  return row === null ? null : sealing.open(row.sealedAnswer, answerContext(digest));
}

/** How many go in one transaction, so that nobody waits long for the database, and in one round. */
const together = 50;
const round = 1000;

/** Forgets answers that nothing came to rest on since a time, a part of them at once. @returns how many. */
export async function sweepStatusAnswers(storage: Storage, before: number): Promise<number> {
  const old = { keptAt: { lt: toDate(before) } };
  let gone = 0;
  while (gone < round) {
    // The database's client never leaves the event loop to others by itself.
    await setImmediate();
    const found = await storage.read.statusAnswer.findMany({ where: old, select: { digest: true }, orderBy: { keptAt: "asc" }, take: together });
    if (found.length === 0) break;
    // Something may have come to rest on one meanwhile.
    const where = { ...old, digest: { in: found.map(({ digest }) => digest) } };
    gone += (await storage.transaction(({ data }) => data.statusAnswer.deleteMany({ where }))).count;
  }
  return gone;
}
