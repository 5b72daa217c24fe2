import type { KeyObject } from "node:crypto";
import type { Database } from "better-sqlite3";
import type { EvidenceId, PersonId } from "../identifiers.ts";
import { revocationAt, serialAt, type SerialTable } from "../pki/crl-serials.ts";
import { statusOfRevocation } from "../pki/crl-reason.ts";
import { lookUpDigester } from "./look-up-digest.ts";

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

interface Row extends BoundEvidence {
  readonly status: string;
}

// Superseded evidence, and evidence that its person ended, speaks for nobody any more.
const sql = {
  digests: `SELECT "certificate_digest" FROM "evidence"`,
  byDigest: `SELECT "id" AS "evidenceId","person_id" AS "personId","status" FROM "evidence" WHERE "certificate_digest"=? AND "superseded_by_id" IS NULL AND "ended_at" IS NULL`,
  held: `SELECT "id" AS "evidenceId","person_id" AS "personId" FROM "evidence" WHERE "status"='hold' AND "status_source"='crl' AND "superseded_by_id" IS NULL AND "ended_at" IS NULL`,
} as const;

/**
 * Compares all evidence with lists by the digests that certificates are found by: no serial number is
 * stored, and none is unsealed. One pass over the evidence, and one digest for each entry of a list.
 * Names and serial numbers agree where it says so, and nothing else was looked at.
 *
 * @param isStopped - asked at every step.
 * @throws when stopped.
 */
export function compareWithLists(database: Database, key: KeyObject, lists: readonly CertificateList[], isStopped: () => boolean): Comparison {
  const goOn = (): void => {
    if (isStopped()) throw new Error("stopped");
  };
  const marks = createMarks();
  for (const digest of database.prepare(sql.digests).pluck().iterate()) {
    goOn();
    marks.set(digest as Uint8Array);
  }

  const byDigest = database.prepare<[Uint8Array], Row>(sql.byDigest);
  const listed: (BoundEvidence & { list: number })[] = [];
  for (const [list, { issuers, table }] of lists.entries()) {
    for (const issuer of issuers) {
      const digestOf = lookUpDigester(key, issuer, table.width * 4);
      for (let entry = 0; entry < table.size; entry += 1) {
        goOn();
        const digest = digestOf(serialAt(table, entry));
        const row = marks.has(digest) ? byDigest.get(digest) : undefined;
        const revocation = revocationAt(table, entry);
        if (row === undefined || revocation.reason === "removeFromCRL") continue;
        const { evidenceId, personId, status } = row;
        if (isWorse(statusOfRevocation(revocation), status)) listed.push({ evidenceId, personId, list });
      }
    }
  }
  return { listed, held: database.prepare<[], BoundEvidence>(sql.held).all() };
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
