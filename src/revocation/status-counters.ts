import type { CertificateStatus } from "./certificate-status.ts";
import type { ErrorCode } from "../errors.ts";

/** What the status service has done since it was made, for metrics. Nothing in it names a person. */
export interface StatusCounts {
  /** Questions put to a responder or looked up in a CRL. */
  readonly queries: Readonly<Record<CertificateStatus["source"], number>>;
  readonly answers: Readonly<Record<CertificateStatus["status"], number>>;
  /** Answers refused and sources that failed, by code. */
  readonly failures: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Checks that ended without a status. */
  readonly unavailable: number;
  readonly cacheHits: number;
  /** Responders in the order of the configuration; those that were asked. */
  readonly responders: readonly SourceHealth[];
}

/** How a source does. */
export interface SourceHealth {
  /** Its place in the configuration, from 0. */
  readonly index: number;
  /** Whether the last attempt brought an answer. */
  readonly up: boolean;
  /** When one last did, in seconds since the epoch; null: never. */
  readonly answeredAt: number | null;
}

export interface StatusCounters {
  query(source: CertificateStatus["source"]): void;
  /** What became of asking a responder. */
  responder(index: number, answered: boolean, now: number): void;
  answer(status: CertificateStatus["status"]): void;
  failure(code: ErrorCode): void;
  unavailable(): void;
  cacheHit(): void;
  snapshot(): StatusCounts;
}

export function createStatusCounters(): StatusCounters {
  const queries = { ocsp: 0, crl: 0 };
  const answers = { good: 0, revoked: 0, hold: 0, unknown: 0 };
  const failures: Partial<Record<ErrorCode, number>> = {};
  let unavailable = 0;
  let cacheHits = 0;
  const responders = new Map<number, SourceHealth>();
  return {
    responder: (index, up, now) => void responders.set(index, { index, up, answeredAt: up ? now : (responders.get(index)?.answeredAt ?? null) }),
    query: (source) => void (queries[source] += 1),
    answer: (status) => void (answers[status] += 1),
    failure: (code) => void (failures[code] = (failures[code] ?? 0) + 1),
    unavailable: () => void (unavailable += 1),
    cacheHit: () => void (cacheHits += 1),
    snapshot: () => ({ queries: { ...queries }, answers: { ...answers }, failures: { ...failures }, unavailable, cacheHits, responders: [...responders.values()] }),
  };
}
