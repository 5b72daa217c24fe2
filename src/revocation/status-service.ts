import type { Fetch } from "./bounded-fetch.ts";
import type { CertificateStatus, CheckOptions, StatusSource, StatusSubject } from "./certificate-status.ts";
import { createCoalescer } from "./coalesce.ts";
import { type CrlListener, type CrlSource, createCrlStore, type CrlStoreSnapshot } from "./crl-store.ts";
import { createOcspClient, type OcspResponder } from "./ocsp-client.ts";
import { createStatusCache } from "./status-cache.ts";
import { createStatusCounters, type StatusCounts } from "./status-counters.ts";
import { type Answer, askSources } from "./status-sources.ts";
import { concatBytes } from "../bytes.ts";
import { type Clock, systemClock } from "../clock.ts";
import { accept, type Verdict } from "../errors.ts";
import { sha256Base64Url } from "../pki/digest.ts";

export interface StatusServiceOptions {
  /** In the order in which they are asked. */
  readonly responders: readonly OcspResponder[];
  readonly crls: readonly CrlSource[];
  /** Where CRLs are kept between two starts. */
  readonly directory?: string;
  /** Told of every CRL that is kept from an earlier start or newly adopted. */
  readonly onAdopted?: CrlListener;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** For all sources together. */
  readonly totalDeadlineMs?: number;
  /** Longest time for which a good answer is used again; never past its nextUpdate. */
  readonly goodCacheSeconds?: number;
}

export interface StatusService extends StatusSource {
  /** False while checks end without an answer, or when there is nothing to ask. */
  ready(): boolean;
  /** Fetches the CRLs that are due, so that no person waits for them. */
  refresh(): Promise<void>;
  /** Fetches every CRL: there is word of a new one. */
  refreshAll(): Promise<void>;
  /** Refreshes now and every `seconds` until the returned function is called. */
  start(seconds?: number): () => void;
  snapshot(): StatusSnapshot;
}

export interface StatusSnapshot extends StatusCounts, CrlStoreSnapshot {
  /** Checks served by another check's question. */
  readonly shared: number;
}

/** After a check without an answer the service calls itself not ready for this many seconds. */
const notReadySeconds = 30;

/**
 * The status of certificates: from the cache while that is allowed, else from the listed sources within
 * one budget. Never "good" for want of an answer.
 */
export function createStatusService(options: StatusServiceOptions): StatusService {
  const { fetch = globalThis.fetch, clock = systemClock, totalDeadlineMs = 5000, goodCacheSeconds = 300 } = options;
  const counters = createStatusCounters();
  const responders = options.responders.map((responder) => createOcspClient(responder, fetch));
  const { crls: sources, directory, onAdopted } = options;
  const store = createCrlStore({ sources, fetch, ...(directory !== undefined && { directory }), ...(onAdopted !== undefined && { onAdopted }) });
  const crls = options.crls.length > 0 ? store : null;
  const cache = createStatusCache(goodCacheSeconds);
  const questions = createCoalescer<Verdict<Answer>>();
  let unavailableAt: number | null = null;

  async function ask(key: string, subject: StatusSubject, now: number): Promise<Verdict<Answer>> {
    const verdict = await askSources({ responders, crls, counters, totalDeadlineMs }, subject, now);
    unavailableAt = verdict.valid ? null : clock();
    if (!verdict.valid) {
      counters.unavailable();
      return verdict;
    }
    const { status, nextUpdate } = verdict.value;
    counters.answer(status.status);
    cache.store(key, status, nextUpdate);
    return verdict;
  }

  const refresh = () => store.refresh(clock());
  return {
    async check(subject: StatusSubject, now: number, { maximumAge = Number.POSITIVE_INFINITY }: CheckOptions = {}): Promise<Verdict<CertificateStatus>> {
      const key = keyOf(subject);
      const cached = cache.find(key, now, maximumAge);
      if (cached !== null) {
        counters.cacheHit();
        return accept(cached);
      }
      const verdict = await questions.run(key, () => ask(key, subject, now));
      if (verdict.valid) return accept(verdict.value.status);
      // A hold stands until an answer lifts it; an outage is no answer.
      const hold = cache.findHold(key);
      return hold === null ? verdict : accept(hold);
    },
    ready() {
      const now = clock();
      if (unavailableAt !== null && now - unavailableAt < notReadySeconds) return false;
      return responders.length > 0 || store.hasCurrent(now);
    },
    refresh,
    refreshAll: () => store.refreshAll(clock()),
    start(seconds = 1) {
      void refresh();
      const timer = setInterval(() => void refresh(), seconds * 1000);
      timer.unref();
      return () => clearInterval(timer);
    },
    snapshot: () => ({ ...counters.snapshot(), ...store.snapshot(), shared: questions.shared }),
  };
}

/** Generations of an authority share a name, so the key stands for it. */
function keyOf({ certificate, issuer }: StatusSubject): string {
  return sha256Base64Url(concatBytes(issuer.publicKey.spki, certificate.serialNumber));
}
