import type { CertificateStatus } from "./certificate-status.ts";

export interface StatusCache {
  /** A final answer (revoked), or a good one not asked for longer ago than `maximumAge` seconds. */
  find(key: string, now: number, maximumAge: number): CertificateStatus | null;
  /** The last hold seen, which stands until another answer comes. */
  findHold(key: string): CertificateStatus | null;
  /** `nextUpdate` in seconds bounds how long a good answer is kept; null when the answer names none. */
  store(key: string, status: CertificateStatus, nextUpdate: number | null): void;
  readonly size: number;
}

interface Entry {
  readonly status: CertificateStatus;
  /** Seconds; a good answer is not used from then on. */
  readonly until: number;
}

/**
 * GOOD is kept at most `goodSeconds` and never past its nextUpdate, REVOKED for ever, a hold until the
 * next answer, unknown not at all. Good and held answers are bounded by `maximumEntries`, oldest out;
 * revoked ones are the truth and stay.
 */
export function createStatusCache(goodSeconds: number, maximumEntries = 100_000): StatusCache {
  const revoked = new Map<string, CertificateStatus>();
  const changing = new Map<string, Entry>();

  return {
    find(key, now, maximumAge) {
      const final = revoked.get(key);
      if (final !== undefined) return final;
      const entry = changing.get(key);
      if (entry === undefined || entry.status.status !== "good") return null;
      const age = now - entry.status.checkedAt;
      return now < entry.until && age >= 0 && age <= maximumAge ? entry.status : null;
    },
    findHold(key) {
      const entry = changing.get(key);
      return entry?.status.status === "hold" ? entry.status : null;
    },
    store(key, status, nextUpdate) {
      changing.delete(key);
      if (status.status === "unknown") return;
      if (status.status === "revoked") {
        revoked.set(key, status);
        return;
      }
      const until = Math.min(status.checkedAt + goodSeconds, nextUpdate ?? Number.POSITIVE_INFINITY);
      changing.set(key, { status, until });
      const oldest = changing.keys().next();
      if (changing.size > maximumEntries && oldest.done !== true) changing.delete(oldest.value);
    },
    get size() {
      return revoked.size + changing.size;
    },
  };
}
