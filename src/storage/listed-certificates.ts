import type { KeyObject } from "node:crypto";
import type { EvidenceId, PersonId } from "../identifiers.ts";
import { revocationAt, serialAt, type SerialTable } from "../pki/crl-serials.ts";
import { statusOfRevocation } from "../pki/crl-reason.ts";
import { levelOf, lookUpDigester, wrapDigest } from "./look-up-digest.ts";

/** Revoked and held certificates of one issuer, as a CRL lists them. */
export interface CertificateList {
  /** DER of the issuer's name; every encoding under which certificates may carry it. */
  readonly issuers: readonly Uint8Array[];
  readonly table: SerialTable;
}

export interface BoundEvidence {
  readonly evidenceId: EvidenceId;
  readonly personId: PersonId;
}

export interface Comparison {
  /** Evidence that a list (its position) says worse of than what is on record. */
  readonly listed: readonly (BoundEvidence & { readonly list: number })[];
  /** Evidence that is on hold by the word of a CRL, listed or not: a list that names it may be another authority's. */
  readonly held: readonly BoundEvidence[];
}

/** Evidence found by its digest. Superseded evidence, and evidence that its person ended, speaks for nobody any more and is not found. */
export interface FoundEvidence extends BoundEvidence {
  readonly status: string;
}

/** The evidence of all people, as an engine's thread reads it. */
export interface ComparedEvidence {
  /** The digests that certificates are found by, page by page, all as of one moment. */
  digests(): Iterable<readonly Uint8Array[]> | AsyncIterable<readonly Uint8Array[]>;
  /** What is found by each of these. */
  find(digests: readonly Uint8Array[]): Promise<readonly (FoundEvidence | undefined)[]>;
  /** See {@link Comparison.held}. */
  held(): Promise<readonly BoundEvidence[]>;
}

/** Entries of lists looked for at once. */
const atOnce = 500;

/**
 * Compares all evidence with lists by the digests that certificates are found by: no serial number is
 * stored, and none is unsealed. One pass over the evidence, and one digest for each entry of a list and for each
 * level at which digests stand. Names and serial numbers agree where it says so, and nothing else was looked at.
 *
 * @param keys - see `Sealing.lookUpKeys`.
 * @param isStopped - asked at every step.
 * @throws when stopped.
 */
export async function compareWithLists(evidence: ComparedEvidence, keys: readonly KeyObject[], lists: readonly CertificateList[], isStopped: () => boolean): Promise<Comparison> {
  const goOn = (): void => {
    if (isStopped()) throw new Error("stopped");
  };
  const [firstKey] = keys;
  if (firstKey === undefined) throw new RangeError("no digest key");
  const marks = createMarks();
  const levels = new Set<number>();
  for await (const page of evidence.digests()) {
    for (const digest of page) {
      goOn();
      marks.set(digest);
      levels.add(levelOf(digest));
    }
  }
  const chains = [...levels].map((level) => keys.slice(0, level));

  const listed: (BoundEvidence & { list: number })[] = [];
  let candidates: Candidate[] = [];
  const lookUp = async (): Promise<void> => {
    // What was marked at one level may stand at another by now.
    const found = await evidence.find(candidates.flatMap(({ digest }) => keys.map((_, index) => wrapDigest(keys.slice(0, index + 1), digest))));
    for (const [index, { list, status }] of candidates.entries()) {
      const row = found.slice(index * keys.length, (index + 1) * keys.length).find((each) => each !== undefined);
      if (row !== undefined && isWorse(status, row.status)) listed.push({ evidenceId: row.evidenceId, personId: row.personId, list });
    }
    candidates = [];
  };
  for (const [list, { issuers, table }] of lists.entries()) {
    for (const issuer of issuers) {
      const digestOf = lookUpDigester(firstKey, issuer, table.width * 4);
      for (let entry = 0; entry < table.size; entry += 1) {
        goOn();
        const digest = digestOf(serialAt(table, entry));
        if (!chains.some((chain) => marks.has(wrapDigest(chain, digest)))) continue;
        const revocation = revocationAt(table, entry);
        if (revocation.reason === "removeFromCRL") continue;
        candidates.push({ digest, list, status: statusOfRevocation(revocation) });
        if (candidates.length === atOnce) await lookUp();
      }
    }
  }
  await lookUp();
  return { listed, held: await evidence.held() };
}

/** An entry of a list that evidence may be found by. */
interface Candidate {
  /** Under the first key alone. */
  readonly digest: Uint8Array<ArrayBuffer>;
  /** The position of its list. */
  readonly list: number;
  readonly status: "revoked" | "hold";
}

function isWorse(listed: "revoked" | "hold", onRecord: string): boolean {
  return onRecord !== "revoked" && onRecord !== listed;
}

/**
 * One bit for the first 27 bits of each digest (16 MiB): nearly every certificate that is listed and not
 * bound is known by it, without a look-up in the database.
 */
function createMarks(): { set(digest: Uint8Array): void; has(digest: Uint8Array): boolean } {
  const words = new Uint32Array(2 ** 22);
  const markOf = ([a = 0, b = 0, c = 0, d = 0]: Uint8Array): number => ((a << 24) | (b << 16) | (c << 8) | d) >>> 5;
  return {
    set(digest) {
      const mark = markOf(digest);
      words[mark >>> 5] = (words[mark >>> 5] ?? 0) | (1 << (mark & 31));
    },
    has(digest) {
      const mark = markOf(digest);
      return ((words[mark >>> 5] ?? 0) & (1 << (mark & 31))) !== 0;
    },
  };
}
