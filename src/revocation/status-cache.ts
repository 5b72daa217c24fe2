import type { CertificateStatus } from "./certificate-status.ts";

export interface StatusCache {
  /** A final answer (revoked), or a good one not asked for longer ago than `maximumAge` seconds. */
  find(key: string, now: number, maximumAge: number): CertificateStatus | null;
  /** The last hold seen, which stands until another answer comes. */
  findHold(key: string): CertificateStatus | null;
  /** `nextUpdate` in seconds bounds how long a good answer is kept; null when the answer names none. */
  store(key: string, status: CertificateStatus, nextUpdate: number | null): void;
  readonly size: number;
  /** Octets of the answers that are kept. */
  readonly answerOctets: number;
}

interface Entry {
  readonly status: CertificateStatus;
  /** Seconds; a good answer is not used from then on. */
  readonly until: number;
}

export interface StatusCacheLimits {
  /** Good and held answers together. */
  readonly entries: number;
  /** Octets of what the sources answered, for good, held and revoked together. */
  readonly answerOctets: number;
}

const defaultLimits: StatusCacheLimits = { entries: 100_000, answerOctets: 32 * 1024 * 1024 };

/**
 * GOOD is kept at most `goodSeconds` and never past its nextUpdate, REVOKED for ever, a hold until the
 * next answer, unknown not at all. Good and held answers are bounded by `limits`, oldest out; revoked
 * ones are the truth and stay.
 *
 * A good answer is used only with what the source said, so that it can be archived. A revocation or a
 * hold is told without it where there was no room: that nobody is let in needs no proof.
 */
export function createStatusCache(goodSeconds: number, limits = defaultLimits): StatusCache {
  const revoked = new Map<string, CertificateStatus>();
  const changing = new Map<string, Entry>();
  const answers = createAnswers(limits.answerOctets);
  const withAnswer = (key: string, status: CertificateStatus): CertificateStatus => ({ ...status, answer: answers.find(key) });

  return {
    find(key, now, maximumAge) {
      const final = revoked.get(key);
      if (final !== undefined) return withAnswer(key, final);
      const entry = changing.get(key);
      if (entry === undefined || entry.status.status !== "good") return null;
      const age = now - entry.status.checkedAt;
      const isUsable = now < entry.until && age >= 0 && age <= maximumAge && answers.find(key) !== null;
      return isUsable ? withAnswer(key, entry.status) : null;
    },
    findHold(key) {
      const entry = changing.get(key);
      return entry?.status.status === "hold" ? withAnswer(key, entry.status) : null;
    },
    store(key, { answer, ...status }, nextUpdate) {
      changing.delete(key);
      answers.put(key, status.status === "unknown" ? null : answer);
      if (status.status === "unknown") return;
      const kept = { ...status, answer: null };
      if (status.status === "revoked") {
        revoked.set(key, kept);
        return;
      }
      changing.set(key, { status: kept, until: Math.min(status.checkedAt + goodSeconds, nextUpdate ?? Number.POSITIVE_INFINITY) });
      const oldest = changing.keys().next();
      if (changing.size <= limits.entries || oldest.done === true) return;
      changing.delete(oldest.value);
      answers.put(oldest.value, null);
    },
    get size() {
      return revoked.size + changing.size;
    },
    get answerOctets() {
      return answers.octets;
    },
  };
}

/** Answers by key, oldest out once there are more than so many octets. */
function createAnswers(maximumOctets: number) {
  const kept = new Map<string, Uint8Array>();
  let octets = 0;
  const remove = (key: string) => {
    octets -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  };
  return {
    find: (key: string): Uint8Array | null => kept.get(key) ?? null,
    put(key: string, answer: Uint8Array | null): void {
      remove(key);
      if (answer === null) return;
      kept.set(key, answer);
      octets += answer.length;
      for (const oldest of kept.keys()) {
        if (octets <= maximumOctets) break;
        remove(oldest);
      }
    },
    get octets() {
      return octets;
    },
  };
}
