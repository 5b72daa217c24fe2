import { setImmediate } from "node:timers/promises";
import type { CertificateStatus } from "./certificate-status.ts";
import { toHex } from "../bytes.ts";
import { orThrow } from "../errors.ts";
import type { EvidenceId, PersonId } from "../identifiers.ts";
import { type Certificate, parseCertificate } from "../pki/certificate.ts";
import type { BoundEvidence } from "../storage/index.ts";

/** The evidence of some people, to read and to record. */
export interface SettledEvidence {
  /** What opens each certificate, in DER; those that are gone are not among them. Opening one may throw. */
  certificatesOf(evidence: readonly BoundEvidence[]): Promise<ReadonlyMap<EvidenceId, () => Uint8Array>>;
  /** All in one transaction with what ends by it; none of their people is there twice. What is not in the answer is unchanged. */
  record(evidence: readonly BoundEvidence[], status: CertificateStatus): Promise<ReadonlyMap<EvidenceId, "unchanged" | "refreshed" | "fell">>;
}

/** What is to be recorded of a certificate; `null` for nothing. */
export type StatusOf<Bound> = (certificate: Certificate, bound: Bound) => Promise<CertificateStatus | null>;

/** What came of a batch. */
export interface Settled {
  readonly fell: number;
  /** Whose hold was lifted. */
  readonly released: number;
  /** What could not be read or recorded, and why. */
  readonly failed: readonly { readonly bound: BoundEvidence; readonly error: unknown }[];
}

interface Found {
  readonly bound: BoundEvidence;
  readonly status: CertificateStatus;
}

/**
 * Reads evidence, finds what is to be recorded of it and records what is the same together. Whatever is wrong
 * with one person's does not keep the others'.
 */
export async function settleBatch<Bound extends BoundEvidence>(evidence: SettledEvidence, batch: readonly Bound[], statusOf: StatusOf<Bound>): Promise<Settled> {
  const failed: Settled["failed"][number][] = [];
  const found: Found[] = [];
  const changes: { readonly status: CertificateStatus; readonly change: string }[] = [];

  const find = async (bound: Bound, open: (() => Uint8Array) | undefined): Promise<void> => {
    const status = open === undefined ? null : await statusOf(orThrow(parseCertificate(open())), bound);
    if (status !== null) found.push({ bound, status });
  };
  /** Together; where that fails each alone. */
  const record = async (all: readonly BoundEvidence[], status: CertificateStatus): Promise<void> => {
    await setImmediate();
    try {
      for (const change of (await evidence.record(all, status)).values()) changes.push({ status, change });
    } catch (error) {
      const [bound, ...others] = all;
      if (others.length > 0) for (const each of all) await record([each], status);
      else if (bound !== undefined) failed.push({ bound, error });
    }
  };

  try {
    const certificates = await evidence.certificatesOf(batch);
    for (const bound of batch) {
      // The database's client never leaves the event loop to others by itself.
      await setImmediate();
      await find(bound, certificates.get(bound.evidenceId)).catch((error: unknown) => failed.push({ bound, error }));
    }
  } catch (error) {
    return { fell: 0, released: 0, failed: batch.map((bound) => ({ bound, error })) };
  }
  for (const same of Map.groupBy(found, wordOf).values()) if (same[0] !== undefined) await record(same.map(({ bound }) => bound), same[0].status);
  return {
    fell: changes.filter(({ change }) => change === "fell").length,
    released: changes.filter(({ change, status }) => change === "refreshed" && status.status === "good").length,
    failed,
  };
}

/** All that is recorded of a status. */
const wordOf = ({ status: { status, source, thisUpdate, checkedAt, answer } }: Found): string => JSON.stringify([status, source, thisUpdate, checkedAt, answer === null ? null : toHex(answer)]);

/** Batches of up to `size`, in none of which a person is twice: each change of somebody is told by itself, in order. */
export function inBatches<Bound extends BoundEvidence>(all: readonly Bound[], size: number): Bound[][] {
  const seen = new Map<PersonId, number>();
  const rounds = Map.groupBy(all, ({ personId }) => {
    const round = seen.get(personId) ?? 0;
    seen.set(personId, round + 1);
    return round;
  });
  return [...rounds.values()].flatMap((round) => round.flatMap((_, index) => (index % size === 0 ? [round.slice(index, index + size)] : [])));
}
